import { joinUrl } from '../../openai/base-url.ts';
import { askedToWaitMs } from '../../platform/process/retry-after.ts';
import { isObject, type Json } from '../../openai/json-value.ts';
import { toldError } from '../../openai/protocols/told-error.ts';
import { type Said, saidIn } from '../../openai/said.ts';
import { type Change, changeFor, formOf, isFailedReply, withChanges } from './accepted-request.ts';
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
/** Questions in a row that were refused in every form, after which a refusal is believed: what it names may be words of the question. */
const MAX_IN_VAIN = 3;
/** A form that was taken is refused for what is asked, unless it is refused so often in a row: then another model stands behind the name. */
const REFUSALS_TO_FORGET = 5;

export type Endpoint = { url: string; apiKey: string; timeoutMs: number };

/** What a whole reply says, or why there is none. */
export type Posted = { ok: true; said: Said } | CallFailure;

export const failed = (reason: string, more: Partial<CallFailure> = {}): CallFailure => ({
  ok: false,
  reason: `the judge model ${reason}`,
  retryAfterMs: DEFAULT_RETRY_MS,
  isBusy: false,
  ...more,
});

/** Null where the endpoint names no time. */
const waitAskedFor = (headers: Headers): number | null => {
  const waitMs = askedToWaitMs((name) => headers.get(name) ?? '', Date.now());
  return waitMs === null ? null : Math.min(MAX_RETRY_MS, waitMs);
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

/** What a status says that is none of success. `refusal` is the body of one that says what it refuses. */
const failedBy = (status: number, headers: Headers, refusal: string): Reply => {
  if (REFUSED.has(status) && isFailedReply(refusal))
    return { posted: failed('wrote no JSON', { isPaid: true }), refusal: null };
  if (REFUSED.has(status)) return { posted: failed(`answered ${status}`, { retryAfterMs: null }), refusal };
  const isBusy = BUSY.has(status);
  const isWorthwhile = status === 408 || isBusy || status >= 500;
  const retryAfterMs = isWorthwhile ? (waitAskedFor(headers) ?? DEFAULT_RETRY_MS) : null;
  return { posted: failed(`answered ${status}`, { retryAfterMs, isBusy }), refusal: null };
};

/** The error that a document tells in place of an answer, as routers do of the model behind them; null if it tells none. */
const errorIn = (said: Said): Json | null => {
  if (said.form !== 'document' || !isObject(said.value) || toldError(said.value) === null) return null;
  return isObject(said.value['error']) ? said.value['error'] : said.value;
};

/** By the status that it names, if any. */
const failedByTold = (error: Json, headers: Headers, text: string): Reply => {
  const status = Number(error['code'] ?? error['status']);
  if (Number.isInteger(status) && status >= 400 && status < 600) return failedBy(status, headers, text);
  return { posted: failed('answered with an error', { isPaid: true }), refusal: null };
};

const read = async (response: Response): Promise<Reply> => {
  const { status, headers } = response;
  if (!response.ok && !REFUSED.has(status)) {
    await response.body?.cancel();
    return failedBy(status, headers, '');
  }
  const text = await readText(response);
  if (!response.ok) return failedBy(status, headers, text ?? '');
  if (text === null) return { posted: failed('answered with more than 1 MiB', { isPaid: true }), refusal: null };
  const said = saidIn({ contentType: headers.get('content-type') ?? '', text });
  if (said.form === 'text') return { posted: failed('did not answer in JSON', { isPaid: true }), refusal: null };
  const error = errorIn(said);
  return error === null ? { posted: { ok: true, said }, refusal: null } : failedByTold(error, headers, text);
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

/** Whether only this question asks for the change. */
const isForThis = (change: Change): boolean => change.what === 'at most' && change.isForThis;

/** What is known of the forms that an endpoint takes. */
const createForms = () => {
  let learnt: readonly Change[] = [];
  /** The forms that were taken, with how often each was refused in a row since. */
  const taken = new Map<string, number>();
  let inVain = 0;
  /** Whether the form is one that is taken, so that the question is what was refused. */
  const isQuestions = (form: string): boolean => {
    const refusals = (taken.get(form) ?? REFUSALS_TO_FORGET) + 1;
    if (refusals >= REFUSALS_TO_FORGET) taken.delete(form);
    else taken.set(form, refusals);
    return taken.has(form);
  };
  return {
    learnt: () => learnt,
    /** Others may have learnt something else in the meantime. */
    wasTaken: (request: Json, changes: readonly Change[]): void => {
      taken.set(formOf(request), 0);
      inVain = 0;
      const known = learnt.map((change) => JSON.stringify(change));
      const isNew = (change: Change): boolean => !isForThis(change) && !known.includes(JSON.stringify(change));
      learnt = [...learnt, ...changes.filter(isNew)];
    },
    /** What to change about a refused request; null if nothing. */
    changeFor: (request: Json, refusal: string): Change | null => {
      const change = changeFor(request, refusal);
      if (change !== null && isForThis(change)) return change;
      return isQuestions(formOf(request)) || inVain >= MAX_IN_VAIN ? null : change;
    },
    wereInVain: (changes: readonly Change[]): void => {
      if (changes.length > 0) inVain += 1;
    },
  };
};

/**
 * Posts to an OpenAI-compatible endpoint; `url` is its base, such as `https://host/v1`. What the endpoint refuses in a
 * request, such as a temperature or a bound in a schema, is left out and the request sent again, and where it does not say what it
 * refuses, all but the question is; once that was taken, it is left out of all that follow. Never throws and always ends within
 * `timeoutMs`: what goes wrong is in the result.
 */
export const createPost = (endpoint: Endpoint, path: string): ((body: Json) => Promise<Posted>) => {
  const forms = createForms();
  return async (body) => {
    const { timeoutMs } = endpoint;
    const signal = AbortSignal.timeout(timeoutMs);
    const known = forms.learnt();
    const changes: Change[] = [];
    try {
      for (;;) {
        const request = withChanges(body, [...known, ...changes]);
        const { posted, refusal } = await send(endpoint, path, request, signal);
        if (posted.ok) forms.wasTaken(request, changes);
        if (refusal === null) return posted;
        const change = changes.length === MAX_CHANGES ? null : forms.changeFor(request, refusal);
        if (change === null) {
          forms.wereInVain(changes);
          return posted;
        }
        changes.push(change);
      }
    } catch (error) {
      if (signal.aborted) return failed(`did not answer within ${timeoutMs} ms`, { isPaid: true });
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      return failed(`can’t be reached: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  };
};
