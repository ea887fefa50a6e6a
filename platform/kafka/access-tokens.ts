import { type Secret, secretText } from '../process/options.ts';
import type { TokenEndpoint } from '../process/parts-security.ts';

const TIMEOUT_MS = 5_000;
/** A token's last fifth is left unused, and no less than this: kafkajs shows a new one 10 s before a session's end. */
const UNUSED_SHARE = 0.2;
const UNUSED_AT_LEAST_MS = 15_000;
/** Of an endpoint that does not say how long its tokens last (`expires_in` is only recommended). */
const UNSAID_LIFETIME_S = 300;

/** The token endpoint gave no token. The message says what to look at, and no secret. */
export class TokenEndpointError extends Error {
  override name = 'TokenEndpointError';
}

export type TokenSource = () => Promise<string>;

type Answer = { access_token?: unknown; expires_in?: unknown; error?: unknown };

const ask = async ({ url, clientId, clientSecret, scope }: TokenEndpoint): Promise<Answer> => {
  // RFC 6749, 2.3.1: both are form-encoded before they become a basic user and password.
  const encoded = [clientId, secretText(clientSecret)].map((text) =>
    new URLSearchParams({ t: text }).toString().slice(2),
  );
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === null ? {} : { scope }) });
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`,
        accept: 'application/json',
      },
      body: form,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    throw new TokenEndpointError(`the token endpoint at ${new URL(url).host} does not answer`, { cause });
  }
  const answer = (await response.json().catch(() => ({}))) as Answer;
  if (response.ok && typeof answer.access_token === 'string' && answer.access_token !== '') return answer;
  const why = typeof answer.error === 'string' ? ` (${answer.error.slice(0, 60)})` : '';
  throw new TokenEndpointError(
    `the token endpoint at ${new URL(url).host} gave client ${clientId} no token: status ${response.status}${why}; ` +
      'look at KAFKA_SASL_OAUTHBEARER_CLIENT_ID, …_CLIENT_SECRET and …_SCOPE',
  );
};

/**
 * Tokens by client credentials (RFC 6749, 4.4), kept until their last fifth; those who ask at the same time wait for the
 * same one. Rejects with TokenEndpointError.
 */
const fromEndpoint = (endpoint: TokenEndpoint, nowMs: () => number): TokenSource => {
  let current: Promise<{ token: string; goodUntilMs: number }> | undefined;
  const fetchToken = async () => {
    const askedAtMs = nowMs();
    const { access_token: token, expires_in: seconds } = await ask(endpoint);
    const lifetimeMs = (Number(seconds) > 0 ? Number(seconds) : UNSAID_LIFETIME_S) * 1_000;
    const unusedMs = Math.max(lifetimeMs * UNUSED_SHARE, UNUSED_AT_LEAST_MS);
    return { token: String(token), goodUntilMs: askedAtMs + lifetimeMs - unusedMs };
  };
  const fetchAnew = (): NonNullable<typeof current> => {
    const asked = fetchToken();
    asked.catch(() => {
      if (current === asked) current = undefined;
    });
    current = asked;
    return asked;
  };
  return async () => {
    const asked = current ?? fetchAnew();
    const known = await asked;
    if (known.goodUntilMs > nowMs()) return known.token;
    return (await (current === asked ? fetchAnew() : (current ?? fetchAnew()))).token;
  };
};

/** A token that something else renews is read anew each time. */
export const createTokenSource = (token: Secret | TokenEndpoint, nowMs: () => number): TokenSource =>
  'url' in token ? fromEndpoint(token, nowMs) : async () => secretText(token);
