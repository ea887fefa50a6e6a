import { joinUrl } from '../../openai/base-url.ts';
import type { CallFailure } from './model-gate.ts';

const DEFAULT_RETRY_MS = 200;
/** An endpoint that asks for a longer pause is asked again then, and asks for another. */
const MAX_RETRY_MS = 60_000;
const MAX_REPLY_BYTES = 1_048_576;
const TOO_MANY_REQUESTS = 429;

export type Endpoint = { url: string; apiKey: string; timeoutMs: number };

/** A whole reply in JSON, or why there is none. */
export type Posted = { ok: true; json: unknown } | CallFailure;

export const failed = (reason: string, more: Partial<CallFailure> = {}): CallFailure => ({
  ok: false,
  reason: `the judge model ${reason}`,
  retryAfterMs: DEFAULT_RETRY_MS,
  isBusy: false,
  ...more,
});

/** Null where the endpoint names no time. */
const askedToWaitMs = (headers: Headers): number | null => {
  const ms = Number.parseFloat(headers.get('retry-after-ms') ?? '');
  const seconds = Number.parseFloat(headers.get('retry-after') ?? '');
  const wanted = Number.isFinite(ms) ? ms : seconds * 1000;
  return Number.isFinite(wanted) ? Math.min(MAX_RETRY_MS, Math.max(0, wanted)) : null;
};

const readText = async (response: Response): Promise<string | null> => {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_REPLY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const read = async (response: Response): Promise<Posted> => {
  if (response.ok) {
    const text = await readText(response);
    if (text === null) return failed('answered with more than 1 MiB', { isPaid: true });
    try {
      return { ok: true, json: JSON.parse(text) };
    } catch {
      return failed('did not answer in JSON', { isPaid: true });
    }
  }
  await response.body?.cancel();
  const { status, headers } = response;
  const isWorthwhile = status === 408 || status === TOO_MANY_REQUESTS || status >= 500;
  if (!isWorthwhile) return failed(`answered ${status}`, { retryAfterMs: null });
  const waitMs = askedToWaitMs(headers);
  const isBusy = status === TOO_MANY_REQUESTS || (status === 503 && waitMs !== null);
  return failed(`answered ${status}`, { retryAfterMs: waitMs ?? DEFAULT_RETRY_MS, isBusy });
};

/**
 * Posts to an OpenAI-compatible endpoint; `url` is its base, such as `https://host/v1`. Never throws and always ends within
 * `timeoutMs`: what goes wrong is in the result.
 */
export const post = async ({ url, apiKey, timeoutMs }: Endpoint, path: string, body: object): Promise<Posted> => {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(joinUrl(url, `/${path}`), {
      method: 'POST',
      redirect: 'error',
      signal,
      headers: { 'content-type': 'application/json', ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) },
      body: JSON.stringify(body),
    });
    return await read(response);
  } catch (error) {
    if (signal.aborted) return failed(`did not answer within ${timeoutMs} ms`, { isPaid: true });
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return failed(`can’t be reached: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
};
