import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib';
import type { ClientRequest } from '../protocol/client-call.ts';
import { CODINGS, codingsOf, isZlib } from '../../openai/content-coding.ts';
import type { Coding } from '../../openai/content-coding.ts';
import { badCoding, bodyTooLarge, unsupportedCoding } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import { ZstdFrames } from '../protocol/zstd-frames.ts';

type Decode = (
  body: Buffer,
  options: { maxOutputLength: number },
  done: (error: Error | null, decoded: Buffer) => void,
) => void;

const decodeZstd: Decode = (body, options, done) => {
  const frames = new ZstdFrames();
  frames.add(body);
  zstdDecompress(body, options, (error, decoded) =>
    done(error ?? (frames.isWhole ? null : new Error('unexpected end of file')), decoded),
  );
};

const decoderFor = (coding: Coding, body: Buffer): Decode => {
  if (coding === 'gzip') return gunzip;
  if (coding === 'br') return brotliDecompress;
  if (coding === 'zstd') return decodeZstd;
  return isZlib(body[0]) ? inflate : inflateRaw;
};

const UNDERSTOOD = CODINGS.join(', ');

const refusalOf = (error: Error, coding: Coding, maxBytes: number): Refusal => {
  const isTooLong = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
  return {
    headers: [],
    error: isTooLong
      ? bodyTooLarge(`The body is larger than ${maxBytes} bytes once it is decoded.`)
      : badCoding(`The body is not whole, or not in the coding ${coding} that \`content-encoding\` tells.`),
  };
};

/**
 * A request with its body as it was before it was encoded, and without the header that tells so; or why it is refused. `done`
 * is called at once for a body that is not encoded, as nearly all.
 * @param maxBytes of the decoded body, so that a small one cannot fill the memory
 */
export const decodeRequest = (
  request: ClientRequest,
  maxBytes: number,
  done: (decoded: ClientRequest | Refusal) => void,
): void => {
  const header = request.headers.get('content-encoding');
  if (header === undefined) return done(request);
  const codings = codingsOf(header);
  if (codings === null) {
    const message = `The body's coding ${JSON.stringify(header)} is not understood. Send it in one of ${UNDERSTOOD}, or as it is.`;
    return done({ error: unsupportedCoding(message), headers: ['accept-encoding', UNDERSTOOD] });
  }
  const headers = new Map(request.headers);
  headers.delete('content-encoding');
  const undo = (body: Buffer, left: readonly Coding[]): void => {
    const coding = left.at(-1);
    if (coding === undefined || body.length === 0) return done({ ...request, headers, body });
    decoderFor(coding, body)(body, { maxOutputLength: maxBytes }, (error, decoded) => {
      if (error === null) undo(decoded, left.slice(0, -1));
      else done(refusalOf(error, coding, maxBytes));
    });
  };
  undo(request.body, codings);
};
