import { request } from 'undici';
import { withEither } from '../../platform/process/either-signal.ts';

/** One POST to one address. */
export type Post = {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** To the answer's last byte. */
  timeoutMs: number;
  maxBytes: number;
};

/** An answer as it came, to its last byte, or why there is none. */
export type Posted =
  | { status: number; headers: Readonly<Record<string, string | string[] | undefined>>; body: Buffer }
  | { failure: string };

/**
 * POSTs once. No redirect is followed: nobody is asked but who was named. Never rejects. Not by `fetch`, which refuses ports that an
 * address may well have, such as 6000.
 */
export const postOnce = async (post: Post, signal: AbortSignal): Promise<Posted> => {
  const { url, headers, body, timeoutMs, maxBytes } = post;
  const timeout = AbortSignal.timeout(timeoutMs);
  const ask = async (either: AbortSignal): Promise<Posted> => {
    const response = await request(url, {
      method: 'POST',
      headers: { 'accept-encoding': 'identity', 'user-agent': 'coalmine-controller', ...headers },
      body,
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
