import { joinUrl } from '../../openai/base-url.ts';
import type { Json } from '../../openai/json-value.ts';
import { type Change, changeFor, withChanges } from './accepted-request.ts';
import type { CallFailure } from './model-gate.ts';

const DEFAULT_RETRY_MS = 200;
/** An endpoint that asks for a longer pause is asked again then, and asks for another. */
const MAX_RETRY_MS = 60_000;
const MAX_REPLY_BYTES = 1_048_576;
/** Too many requests, unavailable, overloaded (Anthropic's): the endpoint is there and has too much to do, for all its callers. */
const BUSY: ReadonlySet<number> = new Set([429, 503, 529]);
/** What is in the request is refused; the body may say what. */
const REFUSED: ReadonlySet<number> = new Set([400, 422]);
/** Things that are left out of one request, one after the other. */
const MAX_CHANGES = 6;

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

/** Seconds or a date (RFC 9110, section 10.2.3), which is held against the endpoint's own clock if it tells that. */
const afterMs = (retryAfter: string, headers: Headers): number => {
  if (/^\s*[-+]?[\d.]+\s*$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const toldMs = Date.parse(headers.get('date') ?? '');
  return Date.parse(retryAfter) - (Number.isNaN(toldMs) ? Date.now() : toldMs);
};

/** Null where the endpoint names no time. */
const askedToWaitMs = (headers: Headers): number | null => {
  const ms = Number.parseFloat(headers.get('retry-after-ms') ?? '');
  const wanted = Number.isFinite(ms) ? ms : afterMs(headers.get('retry-after') ?? '', headers);
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

/** What came back of one call; `refusal` is what the endpoint says of a request that it refuses. */
type Reply = { posted: Posted; refusal: string | null };

const read = async (response: Response): Promise<Reply> => {
  const { status, headers } = response;
  if (response.ok) {
    const text = await readText(response);
    if (text === null) return { posted: failed('answered with more than 1 MiB', { isPaid: true }), refusal: null };
    try {
      return { posted: { ok: true, json: JSON.parse(text) }, refusal: null };
    } catch {
      return { posted: failed('did not answer in JSON', { isPaid: true }), refusal: null };
    }
  }
  if (REFUSED.has(status))
    return { posted: failed(`answered ${status}`, { retryAfterMs: null }), refusal: await readText(response) };
  await response.body?.cancel();
  const isBusy = BUSY.has(status);
  const isWorthwhile = status === 408 || isBusy || status >= 500;
  const retryAfterMs = isWorthwhile ? (askedToWaitMs(headers) ?? DEFAULT_RETRY_MS) : null;
  return { posted: failed(`answered ${status}`, { retryAfterMs, isBusy }), refusal: null };
};

const send = async ({ url, apiKey }: Endpoint, path: string, body: Json, signal: AbortSignal): Promise<Reply> => {
  const response = await fetch(joinUrl(url, `/${path}`), {
    method: 'POST',
    redirect: 'error',
    signal,
    headers: { 'content-type': 'application/json', ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) },
    body: JSON.stringify(body),
  });
  return read(response);
};

/**
 * Posts to an OpenAI-compatible endpoint; `url` is its base, such as `https://host/v1`. What the endpoint refuses in a
 * request, such as a temperature or a bound in a schema, is left out and the request sent again; once that was taken, it is
 * left out of all that follow. Never throws and always ends within `timeoutMs`: what goes wrong is in the result.
 */
export const createPost = (endpoint: Endpoint, path: string): ((body: Json) => Promise<Posted>) => {
  let learnt: readonly Change[] = [];
  /** Others may have learnt something else in the meantime. */
  const remember = (changes: readonly Change[]): void => {
    const known = learnt.map((change) => JSON.stringify(change));
    learnt = [...learnt, ...changes.filter((change) => !known.includes(JSON.stringify(change)))];
  };
  return async (body) => {
    const { timeoutMs } = endpoint;
    const signal = AbortSignal.timeout(timeoutMs);
    let changes = learnt;
    try {
      for (let tries = 0; ; tries += 1) {
        const request = withChanges(body, changes);
        const { posted, refusal } = await send(endpoint, path, request, signal);
        if (posted.ok) remember(changes);
        const change = refusal === null || tries === MAX_CHANGES ? null : changeFor(request, refusal);
        if (change === null) return posted;
        changes = [...changes, change];
      }
    } catch (error) {
      if (signal.aborted) return failed(`did not answer within ${timeoutMs} ms`, { isPaid: true });
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      return failed(`can’t be reached: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  };
};
