import { request } from 'undici';
import { withEither } from '../../platform/process/either-signal.ts';

/** One request to one address: a POST, and without a body a GET. */
export type PlainRequest = {
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** To the answer's last byte. */
  timeoutMs: number;
  maxBytes: number;
};

/** An answer as it came, to its last byte, or why there is none. */
export type PlainAnswer =
  | { status: number; headers: Readonly<Record<string, string | string[] | undefined>>; body: Buffer }
  | { failure: string };

/**
 * Asks once. No redirect is followed: nobody is asked but who was named. Never rejects. Not by `fetch`, which refuses ports that an
 * address may well have, such as 6000.
 */
export const askOnce = async (asked: PlainRequest, signal: AbortSignal): Promise<PlainAnswer> => {
  const { url, headers, body, timeoutMs, maxBytes } = asked;
  const timeout = AbortSignal.timeout(timeoutMs);
  const ask = async (either: AbortSignal): Promise<PlainAnswer> => {
    const response = await request(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'accept-encoding': 'identity', 'user-agent': 'coalmine-controller', ...headers },
      ...(body === undefined ? {} : { body }),
      headersTimeout: 0,
      bodyTimeout: 0,
      signal: either,
    });
    return { status: response.statusCode, headers: response.headers, body: await readWhole(response.body, maxBytes) };
  };
  try {
    return await withEither([signal, timeout], ask);
  } catch (error) {
    return { failure: timeout.aborted ? `not done within ${timeoutMs} ms` : failureOf(error) };
  }
};

const readWhole = async (body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** The words of an error, for people. */
export const failureOf = (error: unknown): string =>
  error instanceof Error ? error.message || ('code' in error ? String(error.code) : error.name) : String(error);
