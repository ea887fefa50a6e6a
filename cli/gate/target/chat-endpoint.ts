import { Agent, request as send } from 'undici';
import { joinUrl } from '../../../openai/base-url.ts';
import type { Json } from '../../../openai/json-value.ts';
import { outcomeOfSaid } from '../../../openai/in-band-error.ts';
import { bodyFormOf } from '../../../openai/media-type.ts';
import { saidIn } from '../../../openai/said.ts';
import { SseCutter } from '../../../openai/streams/sse.ts';
import { CHAT } from '../../../openai/streams/stream-protocols.ts';
import { StreamReading } from '../../../openai/streams/stream-reading.ts';
import { bodyText } from '../../../schemas/body-text.ts';
import { MAX_CONTENT_TYPE_CHARACTERS, outcomeOfStatus } from '../../../schemas/exchange.ts';
import type { Reply } from '../reply.ts';
import type { Mask } from '../secrets.ts';
import { retryAfterOf, type RetryHeaders } from './retry-after.ts';
import { type Attempt, NO_REPLY } from './target.ts';

export const CHAT_PATH = '/v1/chat/completions';
const MAX_KEPT_BYTES = 4_194_304;
const MAX_REASON_CHARACTERS = 300;
const VERSION_HEADERS = ['x-agent-version', 'x-coalmine-version'] as const;

export type ChatEndpoint = {
  /** Base URL of an OpenAI-compatible API: `http://127.0.0.1:9001/v1`. */
  url: string;
  model: string;
  headers: Readonly<Record<string, string>>;
  timeoutMs: number;
  mask: Mask;
};

type Headers = RetryHeaders;
const headerOf = (headers: Headers, name: string): string => [headers[name] ?? ''].flat().join(', ');

const versionOf = (headers: Headers): string => {
  const name = VERSION_HEADERS.find((one) => headerOf(headers, one) !== '');
  return name === undefined ? '' : headerOf(headers, name);
};

/** Reads an answer as it comes, and when the first of it came: of a stream its first content. */
const createReading = (contentType: string, sinceMs: () => number) => {
  const events = bodyFormOf({ contentType, text: '' }) === 'events' ? new StreamReading(CHAT, 1) : null;
  const cutter = events && new SseCutter(events);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  let firstByteMs: number | null = null;
  return {
    add: (chunk: Buffer): void => {
      if (sizeBytes < MAX_KEPT_BYTES) chunks.push(chunk.subarray(0, MAX_KEPT_BYTES - sizeBytes));
      sizeBytes += chunk.length;
      if (firstByteMs === null && cutter !== null) cutter.push(chunk);
      if (events === null || events.hasContent) firstByteMs ??= sinceMs();
    },
    isFull: (): boolean => sizeBytes > MAX_KEPT_BYTES,
    kept: () => ({
      firstByteMs,
      isCut: sizeBytes > MAX_KEPT_BYTES,
      body: bodyText(Buffer.concat(chunks), sizeBytes > MAX_KEPT_BYTES).text,
    }),
  };
};

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  const { code, message } = cause as NodeJS.ErrnoException;
  return [code, message].filter(Boolean).join(': ') || String(cause);
};

/** What its own words say of a failure: an error's message, else the beginning of the text. */
const toldBy = (body: string): string => {
  try {
    const message: unknown = (JSON.parse(body) as { error?: { message?: unknown } }).error?.message;
    if (typeof message === 'string') return message;
  } catch {}
  return body.trim();
};

const outcomeOf = (status: number, reply: Pick<Reply, 'contentType' | 'body' | 'isCut'>): Reply['outcome'] => {
  const outcome = outcomeOfStatus(status);
  if (outcome !== 'ok' || reply.isCut) return outcome;
  return outcomeOfSaid(saidIn({ contentType: reply.contentType, text: reply.body }), {
    path: CHAT_PATH,
    answerPath: '',
  });
};

/**
 * Asks a chat endpoint once. Whatever goes wrong is in the reply, and whether asking again may help: after 408, 429, 5xx and a
 * broken connection, unless the endpoint itself says otherwise. Not by `fetch`, which refuses ports that an agent may well have.
 */
export const createChatEndpoint = ({ url, model, headers, timeoutMs, mask }: ChatEndpoint) => {
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: timeoutMs } });
  const target = joinUrl(url, '/chat/completions');
  const failure = (outcome: Reply['outcome'], status: number, latencyMs: number, reason: string): Attempt => ({
    answered: { ...NO_REPLY, status, outcome, latencyMs, reason: mask(reason).slice(0, MAX_REASON_CHARACTERS) },
    retryAfterMs: 0,
    isBusy: false,
  });
  const ask = async (request: Json, signal: AbortSignal): Promise<Attempt> => {
    const startedAtMs = performance.now();
    const sinceMs = (): number => performance.now() - startedAtMs;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await send(target, {
        dispatcher: agent,
        method: 'POST',
        signal: AbortSignal.any([signal, timeout]),
        headers: {
          'content-type': 'application/json',
          accept: request['stream'] === true ? 'text/event-stream' : 'application/json',
          'user-agent': 'coalmine-gate',
          ...headers,
        },
        body: JSON.stringify({ model, ...request }),
      });
      const contentType = headerOf(response.headers, 'content-type').slice(0, MAX_CONTENT_TYPE_CHARACTERS);
      const reading = createReading(contentType, sinceMs);
      for await (const chunk of response.body as AsyncIterable<Buffer>) {
        reading.add(chunk);
        if (reading.isFull()) break;
      }
      const latencyMs = sinceMs();
      const { statusCode: status } = response;
      const { body, isCut, firstByteMs } = reading.kept();
      const kept = { contentType: mask(contentType), body: mask(body), isCut };
      const outcome = outcomeOf(status, kept);
      const told = outcome === 'ok' ? '' : `HTTP ${status}: ${toldBy(kept.body)}`;
      const reason = told.slice(0, MAX_REASON_CHARACTERS);
      const version = mask(versionOf(response.headers));
      const reply = { status, outcome, latencyMs, firstByteMs, ...kept, version, attempts: 1, reason };
      return { answered: reply, ...retryAfterOf(status, response.headers) };
    } catch (error) {
      if (signal.aborted) throw error;
      if (timeout.aborted)
        return failure('upstream_timeout', 504, sinceMs(), `no answer within ${timeoutMs / 1_000} s`);
      return failure('upstream_error', 0, sinceMs(), reasonOf(error));
    }
  };
  return { ask, close: () => agent.destroy() };
};
