import { createHash } from 'node:crypto';
import { bodyText } from '../schemas/body-text.ts';
import { type Body, MAX_CONTENT_TYPE_CHARACTERS, type Outcome, outcomeOfStatus } from '../schemas/exchange.ts';
import { joinUrl } from '../openai/base-url.ts';
import { outcomeOfBody } from '../openai/in-band-error.ts';
import { type Credential, headersFor, withoutSecrets } from './credentials.ts';
import type { Answer } from './plan.ts';

/** An answer longer than this is no longer read; until then what is over the limit is hashed and left out. */
const MAX_READ_BYTES = 16_777_216;
const TAIL_BYTES = 64;

/** Keeps the first `limitBytes`, and hashes all. */
const createCapture = (limitBytes: number) => {
  const hash = createHash('sha256');
  const kept: Uint8Array[] = [];
  let keptBytes = 0;
  let sizeBytes = 0;
  let tail = '';
  return {
    add: (chunk: Uint8Array): void => {
      hash.update(chunk);
      sizeBytes += chunk.length;
      tail = (tail + Buffer.from(chunk.subarray(-TAIL_BYTES)).toString('latin1')).slice(-TAIL_BYTES);
      const part = chunk.subarray(0, limitBytes - keptBytes);
      if (part.length > 0) kept.push(part);
      keptBytes += part.length;
    },
    sizeBytes: (): number => sizeBytes,
    /** Whether the stream came to its end, so that a connection broken after that does no harm. */
    endsWithDone: (): boolean => /data: ?\[DONE\]\s*$/.test(tail),
    body: (contentType: string): Body => {
      const text = bodyText(Buffer.concat(kept), sizeBytes > keptBytes);
      return { ...text, contentType, sizeBytes, sha256: hash.digest('hex') };
    },
  };
};

const withoutSecretsIn = (body: Body, credentials: readonly Credential[]): Body => {
  const text = withoutSecrets(credentials, body.text);
  if (text === body.text) return body;
  return { ...body, text, state: body.state === 'full' ? 'redacted' : body.state, sha256: '' };
};

type Options = {
  /** For one request. */
  timeoutMs: number;
  limitBytes: number;
  nowMs: () => number;
  /** The mirror's own. */
  credentials: readonly Credential[];
};

/**
 * Sends one request of a replay, marked `x-coalmine-shadow: 1` so that an agent can leave side effects out, without any of
 * the client's headers or credentials: those of the mirror go to the origin that they name, and as no redirect is followed
 * nowhere else. Never throws; ends within `timeoutMs`. Outcomes are named as the ingress names those of live answers.
 */
export const createUpstream =
  (options: Options) =>
  async (upstream: string, path: string, body: string): Promise<Answer> => {
    const startedAtMs = options.nowMs();
    const capture = createCapture(options.limitBytes);
    const signal = AbortSignal.timeout(options.timeoutMs);
    let contentType = '';
    let firstByteMs: number | null = null;
    const answer = (status: number, outcome: Outcome): Answer => {
      const latencyMs = options.nowMs() - startedAtMs;
      const responseBody = withoutSecretsIn(capture.body(contentType), options.credentials);
      return { status, outcome: outcomeOfBody(outcome, responseBody), latencyMs, firstByteMs, responseBody };
    };
    let status = 0;
    try {
      const response = await fetch(joinUrl(upstream, path.replace(/^\/v1/, '')), {
        method: 'POST',
        redirect: 'manual',
        signal,
        headers: {
          ...headersFor(options.credentials, upstream),
          'content-type': 'application/json',
          'x-coalmine-shadow': '1',
        },
        body,
      });
      ({ status } = response);
      const told = response.headers.get('content-type') ?? '';
      contentType = withoutSecrets(options.credentials, told).slice(0, MAX_CONTENT_TYPE_CHARACTERS);
      for await (const chunk of response.body ?? []) {
        firstByteMs ??= options.nowMs() - startedAtMs;
        capture.add(chunk);
        if (capture.sizeBytes() > MAX_READ_BYTES) break;
      }
      return answer(status, outcomeOfStatus(status));
    } catch {
      if (contentType.startsWith('text/event-stream'))
        return answer(status, capture.endsWithDone() ? outcomeOfStatus(status) : 'truncated');
      return signal.aborted ? answer(504, 'upstream_timeout') : answer(502, 'upstream_error');
    }
  };
