import type { HttpResponse } from 'uWebSockets.js';

/** A client has so long to take more of the end of its answer, or to close the connection, as it was told to. */
const LINGER_MS = 10_000;
/** The last chunk, of no bytes, and a trailer of no meaning, whose colon and line end are not ours to choose. */
const END_OF_CHUNKS = ['\r\n0\r\nx-connection', 'close\r\n'] as const;

/**
 * The end of a connection's last answer, such that nothing which comes behind its request is ever taken for another one.
 *
 * uWebSockets.js closes a connection on which a request comes before the last one is answered. But it takes one that comes
 * behind a finished answer, although it was told to close the connection, until the client has read all of that answer. So no
 * last answer is finished in its eyes: what ends it is written by hand, and the connection is closed after that. A header is
 * written as it is given, whatever the state of the answer, and so a line end may stand in it.
 *
 * To be used when the packet that the request came in is read to its end: uWebSockets.js reads on after a close.
 */
export class LastAnswer {
  readonly #res: HttpResponse;
  #isGone = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param res whose writable events are this answer's from here on */
  constructor(res: HttpResponse) {
    this.#res = res;
  }

  /** The connection is closed, by whomever. */
  gone(): void {
    this.#isGone = true;
    clearTimeout(this.#timer);
  }

  /** @param writeHead writes status and headers, but no length */
  whole(writeHead: () => void, body: Buffer): void {
    if (body.length === 0) return this.headAlone(writeHead, 0);
    this.#res.cork(() => {
      writeHead();
      this.#res.writeHeader('connection', 'close');
      // With the length, but without a byte of the body.
      this.#res.tryEnd('', body.length);
    });
    const goOn = (): boolean => {
      this.#writeUpTo(body, body.length - 1);
      // The last byte is only taken when the operating system has all before it.
      this.#writeUpTo(body, body.length);
      // Not while uWebSockets.js tells of a writable connection, which it goes on to use.
      if (this.#res.getWriteOffset() === body.length) setImmediate(() => this.#close());
      return true;
    };
    this.#res.onWritable(goOn);
    goOn();
  }

  /** @param lengthBytes is told, if it is not null; no body follows */
  headAlone(writeHead: () => void, lengthBytes: number | null): void {
    this.#res.cork(() => {
      writeHead();
      if (lengthBytes !== null) this.#res.writeHeader('content-length', String(lengthBytes));
      this.#res.writeHeader('date', new Date().toUTCString());
      this.#res.writeHeader('connection', 'close\r\n');
    });
    this.#close();
  }

  /** The end of a body in chunks, of which there is one at least. Nobody tells when the client has all of it. */
  ofChunks(lastChunk: Buffer): void {
    this.#timer = setTimeout(() => this.#close(), LINGER_MS);
    this.#res.onWritable(() => {
      this.#timer?.refresh();
      // Writes what is left.
      this.#res.cork(() => {});
      return true;
    });
    this.#res.cork(() => {
      if (lastChunk.length > 0) this.#res.write(lastChunk);
      this.#res.writeHeader(...END_OF_CHUNKS);
    });
  }

  #close(): void {
    if (!this.#isGone) this.#res.close();
  }

  #writeUpTo(body: Buffer, end: number): void {
    const offset = this.#res.getWriteOffset();
    // One more in all than will come, so that it never counts as finished.
    if (offset < end) this.#res.cork(() => void this.#res.tryEnd(body.subarray(offset, end), body.length + 1));
  }
}
