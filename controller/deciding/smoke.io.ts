import type { Clock } from '../../platform/process/clock.ts';
import { failureOf, askOnce } from './plain-request.io.ts';
import type { SendSmoke } from './smoke-check.ts';
import { unpacked } from './unpacked.ts';

/** More of an answer than this is not read: it is no answer to a smoke request. */
const MAX_ANSWER_BYTES = 1 << 20;

/**
 * POSTs one smoke request as JSON. Only what the version is registered with is asked. An answer in a coding, which was not asked for, is
 * decoded.
 */
export const createSmokeSender =
  (clock: Pick<Clock, 'nowMs'>): SendSmoke =>
  async ({ url, version, body, timeoutMs }, signal) => {
    const startMs = clock.nowMs();
    const latencyMs = (): number => Math.max(0, clock.nowMs() - startMs);
    const headers = { 'content-type': 'application/json', 'x-coalmine-smoke': '1', 'x-coalmine-version': version };
    const answer = await askOnce({ url, headers, body, timeoutMs, maxBytes: MAX_ANSWER_BYTES }, signal);
    if ('failure' in answer) return { ...answer, latencyMs: latencyMs() };
    try {
      const codings = [answer.headers['content-encoding'] ?? []].flat().join(', ');
      const text = unpacked(answer.body, codings, MAX_ANSWER_BYTES).toString();
      const contentType = String(answer.headers['content-type'] ?? '');
      return { status: answer.status, contentType, text, latencyMs: latencyMs() };
    } catch (error) {
      return { failure: failureOf(error), latencyMs: latencyMs() };
    }
  };
