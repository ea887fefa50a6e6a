import { createHash } from 'node:crypto';
import { request } from 'undici';
import { bodyText } from '../schemas/body-text.ts';
import { type Body, MAX_CONTENT_TYPE_CHARACTERS, type Outcome, outcomeOfStatus } from '../schemas/exchange.ts';
import { joinUrl } from '../openai/base-url.ts';
import { type Asked, readAnswer } from '../openai/answer.ts';
import { outcomeOfBody } from '../openai/in-band-error.ts';
import { bodyFormOf } from '../openai/media-type.ts';
import { type Credential, headersFor, withoutSecrets } from './credentials.ts';
import type { SendOptions, SentAnswer } from './replaying.ts';
import { decodedBody } from './decoded-body.io.ts';
import { StreamEnd } from './stream-end.ts';

/** An answer longer than this is no longer read; until then what is over the limit is hashed and left out. */
const MAX_READ_BYTES = 16_777_216;
/** Enough to hold what ends a stream that is longer than what is kept of it, but for its very last event. */
const TAIL_BYTES = 65_536;
/** A stream that said its last has this long to end before it is left, as at the front door. */
const LINGER_MS = 500;

/** Keeps the first `limitBytes` and the end of a longer answer, and hashes all. */
const createCapture = (limitBytes: number) => {
  const hash = createHash('sha256');
  const kept: Uint8Array[] = [];
  let keptBytes = 0;
  let sizeBytes = 0;
  let tail: Buffer = Buffer.alloc(0);
  return {
    add: (chunk: Uint8Array): void => {
      hash.update(chunk);
      sizeBytes += chunk.length;
      const part = chunk.subarray(0, limitBytes - keptBytes);
      if (part.length > 0) kept.push(part);
      keptBytes += part.length;
      if (part.length < chunk.length) tail = Buffer.concat([tail, chunk.subarray(part.length)]).subarray(-TAIL_BYTES);
    },
    sizeBytes: (): number => sizeBytes,
    body: (contentType: string): Body => {
      const text = bodyText(Buffer.concat(kept), sizeBytes > keptBytes);
      return { ...text, contentType, sizeBytes, sha256: hash.digest('hex') };
    },
    /** What was said: all of it, whatever its bytes are, or the end of what is too long to keep. */
    words: (): { state: Body['state']; text: string } => {
      const isCut = sizeBytes > keptBytes;
      const end = isCut ? Buffer.concat([...kept, tail]).subarray(-TAIL_BYTES) : Buffer.concat(kept);
      return { state: isCut ? 'truncated' : 'full', text: end.toString() };
    },
  };
};

const withoutSecretsIn = (body: Body, credentials: readonly Credential[]): Body => {
  const text = withoutSecrets(credentials, body.text);
  if (text === body.text) return body;
  return { ...body, text, state: body.state === 'full' ? 'redacted' : body.state, sha256: '' };
};

type Words = Pick<Body, 'state' | 'contentType' | 'text'>;

/** Whether a stream came to its end, so that a connection broken after that does no harm. */
const isEnded = (words: Words, asked: Asked): boolean =>
  readAnswer({ ...words, state: 'full' }, asked).kind === 'answer';

/** By what was said. A long stream whose end holds pieces of an answer, and not its last, broke off. */
const outcomeOfWords = (outcome: Outcome, words: Words, asked: Asked): Outcome => {
  const found = outcomeOfBody(outcome, words, asked);
  if (found !== 'ok' || words.state !== 'truncated' || bodyFormOf(words) !== 'events') return found;
  return readAnswer({ ...words, state: 'full' }, asked).kind === 'broken' ? 'truncated' : 'ok';
};

const listOf = (header: string | string[] | undefined): string => [header ?? []].flat().join(', ');

type Options = {
  /** For one request. */
  timeoutMs: number;
  limitBytes: number;
  nowMs: () => number;
  /** The mirror's own. */
  credentials: readonly Credential[];
};

/**
 * Sends one request of a replay, marked `x-coalmine-shadow: 1` so that an agent can leave side effects out, and with the version that
 * is asked, as the front door does, for an upstream that serves several. It has none of
 * the client's headers or credentials: those of the mirror go to the origin that they name, and as no redirect is followed
 * nowhere else. Not by `fetch`, which refuses ports that an upstream may well have, such as 6000. Never throws; ends within `timeoutMs`. Outcomes are named as the ingress names those of live answers.
 */
export const createUpstream =
  (options: Options) =>
  async (upstream: string, path: string, body: string, how: SendOptions): Promise<SentAnswer> => {
    const startedAtMs = options.nowMs();
    const capture = createCapture(options.limitBytes);
    const [timeout, leaving] = [AbortSignal.timeout(options.timeoutMs), new AbortController()];
    const stream = new StreamEnd(how.asked.path);
    let lingering: NodeJS.Timeout | undefined;
    let contentType = '';
    let firstByteMs: number | null = null;
    const { asked } = how;
    const answer = (status: number, outcome: Outcome): SentAnswer => {
      const latencyMs = options.nowMs() - startedAtMs;
      const responseBody = withoutSecretsIn(capture.body(contentType), options.credentials);
      const words = capture.words();
      const found = outcomeOfWords(outcome, { ...words, contentType }, asked);
      // Of what is read no further nobody knows the end.
      const end = capture.sizeBytes() > MAX_READ_BYTES ? '' : words.text;
      const known = { status, outcome: found, latencyMs, firstByteMs, responseBody };
      return words.state === 'truncated' ? { ...known, end } : known;
    };
    let status = 0;
    try {
      const response = await request(joinUrl(upstream, path), {
        method: 'POST',
        headersTimeout: 0,
        bodyTimeout: 0,
        signal: AbortSignal.any([timeout, leaving.signal]),
        headers: {
          ...headersFor(options.credentials, upstream),
          ...(how.isStream ? { accept: 'text/event-stream' } : {}),
          'content-type': how.contentType,
          'accept-encoding': 'identity',
          'user-agent': 'coalmine-mirror',
          'x-coalmine-shadow': '1',
          'x-coalmine-version': how.version,
        },
        body,
      });
      ({ statusCode: status } = response);
      const { 'content-type': type, 'content-encoding': coding } = response.headers;
      contentType = withoutSecrets(options.credentials, listOf(type)).slice(0, MAX_CONTENT_TYPE_CHARACTERS);
      for await (const chunk of decodedBody(response.body, listOf(coding))) {
        firstByteMs ??= options.nowMs() - startedAtMs;
        capture.add(chunk);
        if (stream.see(chunk, contentType)) lingering ??= setTimeout(() => leaving.abort(), LINGER_MS);
        if (capture.sizeBytes() > MAX_READ_BYTES) break;
      }
      return answer(status, outcomeOfStatus(status));
    } catch {
      const words = { ...capture.words(), contentType };
      if (bodyFormOf(words) === 'events')
        return answer(status, isEnded(words, asked) ? outcomeOfStatus(status) : 'truncated');
      return timeout.aborted ? answer(504, 'upstream_timeout') : answer(502, 'upstream_error');
    } finally {
      clearTimeout(lingering);
    }
  };
