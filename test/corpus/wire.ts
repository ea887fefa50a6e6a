import { bodyFormOf } from '../../openai/media-type.ts';
import { encoded } from './content-coding.ts';
import type { Header, Input } from './input-file.ts';

/** An answer as it goes over the wire. `staysOpen`: the connection is not closed after the last byte. */
export type Wire = { bytes: Buffer; ending: Input['answer']['ending'] };

/** More than is sent, of an answer with a length that breaks off. */
const MISSING_BYTES = 1_000;

const headerValue = (headers: readonly Header[], name: string): string =>
  headers.find(([one]) => one.toLowerCase() === name)?.[1] ?? '';

const hasNoBody = (status: number): boolean => status === 204 || status === 304;

/** Whether it is told piece by piece, so that nobody knows its length before. */
const isStreamed = ({ headers, body }: Input['answer']): boolean => {
  const form = bodyFormOf({ contentType: headerValue(headers, 'content-type'), text: body.toString('latin1') });
  return form === 'events' || form === 'lines';
};

const chunked = (pieces: readonly Buffer[], isEnded: boolean): Buffer =>
  Buffer.concat([
    ...pieces
      .filter(({ length }) => length > 0)
      .flatMap((piece) => [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]),
    Buffer.from(isEnded ? '0\r\n\r\n' : ''),
  ]);

/**
 * The bytes of an answer: one that is streamed in chunks, any other with its length. `cut` says into which chunks a body is
 * cut. Header fields go out as UTF-8, in the letter case that they are written in.
 */
export const wireOf = (answer: Input['answer'], cut: (body: Buffer) => readonly Buffer[] = (body) => [body]): Wire => {
  const { status, headers, ending } = answer;
  const body = encoded(headers, answer.body);
  const inChunks = isStreamed(answer);
  const isWhole = ending === 'whole';
  const framing: Header[] = hasNoBody(status)
    ? []
    : [
        inChunks
          ? ['transfer-encoding', 'chunked']
          : ['content-length', String(body.length + (isWhole ? 0 : MISSING_BYTES))],
      ];
  const fields = [...headers, ...framing].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const sent = hasNoBody(status) ? Buffer.alloc(0) : inChunks ? chunked(cut(body), isWhole) : body;
  return { bytes: Buffer.concat([Buffer.from(`HTTP/1.1 ${status} So\r\n${fields}\r\n`), sent]), ending };
};
