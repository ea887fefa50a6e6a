import { request } from 'undici';
import type { Clock } from '../../platform/process/clock.ts';
import type { SendSmoke } from './smoke-check.ts';
import { unpacked } from './unpacked.ts';

/** More of an answer than this is not read: it is no answer to a smoke request. */
const MAX_ANSWER_BYTES = 1 << 20;

/**
 * POSTs one smoke request as JSON. Redirects are not followed: only what the version is registered with is asked. An answer in a
 * coding, which was not asked for, is decoded. Not by `fetch`, which refuses ports that an upstream may well have, such as 6000.
 */
export const createSmokeSender =
  (clock: Pick<Clock, 'nowMs'>): SendSmoke =>
  async ({ url, version, body: asked, timeoutMs }, signal) => {
    const startMs = clock.nowMs();
    const timeout = AbortSignal.timeout(timeoutMs);
    const latencyMs = (): number => Math.max(0, clock.nowMs() - startMs);
    try {
      const response = await request(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'accept-encoding': 'identity',
          'user-agent': 'coalmine-controller',
          'x-coalmine-smoke': '1',
          'x-coalmine-version': version,
        },
        body: asked,
        headersTimeout: 0,
        bodyTimeout: 0,
        signal: AbortSignal.any([signal, timeout]),
      });
      const body = await readWhole(response.body);
      const codings = [response.headers['content-encoding'] ?? []].flat().join(', ');
      const text = unpacked(body, codings, MAX_ANSWER_BYTES).toString();
      const contentType = String(response.headers['content-type'] ?? '');
      return { status: response.statusCode, contentType, text, latencyMs: latencyMs() };
    } catch (error) {
      const failure = timeout.aborted ? `not done within ${timeoutMs} ms` : failureOf(error);
      return { failure, latencyMs: latencyMs() };
    }
  };

const readWhole = async (body: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_ANSWER_BYTES) throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const failureOf = (error: unknown): string =>
  error instanceof Error ? error.message || ('code' in error ? String(error.code) : error.name) : String(error);
