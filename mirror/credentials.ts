/** A header that every request to an origin gets. `value` holds `secret`, which must get into no log, topic or error. */
export type Credential = { origin: string; header: string; value: string; secret: string };

const originOf = (upstream: string): string => (URL.canParse(upstream) ? new URL(upstream).origin : '');

/** The headers of the credentials for an upstream: bound to their origin (scheme, host and port), they go nowhere else. */
export const headersFor = (credentials: readonly Credential[], upstream: string): Record<string, string> => {
  const origin = originOf(upstream);
  return Object.fromEntries(
    credentials.filter((one) => one.origin === origin).map(({ header, value }) => [header, value]),
  );
};

/** A text without the secrets, also as JSON would write them: an upstream may quote a key that it refuses. */
export const withoutSecrets = (credentials: readonly Credential[], text: string): string =>
  credentials.reduce(
    (rest, { secret }) =>
      rest.replaceAll(secret, '[CREDENTIAL]').replaceAll(JSON.stringify(secret).slice(1, -1), '[CREDENTIAL]'),
    text,
  );
