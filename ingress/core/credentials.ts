/** A header that every request to an origin gets. Its value is a secret. */
export type Credential = { origin: string; header: string; value: string };

const originOf = (upstream: string): string => {
  try {
    return new URL(upstream).origin;
  } catch {
    return '';
  }
};

/** The header lines for each upstream: credentials are bound to their origin and go nowhere else. */
export const credentialLinesOf = (credentials: readonly Credential[]): ((upstream: string) => string) => {
  if (credentials.length === 0) return () => '';
  const known = new Map<string, string>();
  return (upstream) => {
    const lines = known.get(upstream);
    if (lines !== undefined) return lines;
    const origin = originOf(upstream);
    const made = credentials
      .filter((credential) => credential.origin === origin)
      .map(({ header, value }) => `${header}: ${value}\r\n`)
      .join('');
    known.set(upstream, made);
    return made;
  };
};
