import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import type { BrotliDecompress, Gunzip, Inflate, InflateRaw, ZstdDecompress } from 'node:zlib';
import { isZlib } from '../../openai/content-coding.ts';
import type { Coding } from '../../openai/content-coding.ts';
import { ZstdFrames } from '../protocol/zstd-frames.ts';

type Decoder = Gunzip | Inflate | InflateRaw | BrotliDecompress | ZstdDecompress;

const decoderOf = (coding: Coding, firstByte: number | undefined): Decoder => {
  if (coding === 'gzip') return createGunzip();
  if (coding === 'br') return createBrotliDecompress();
  if (coding === 'zstd') return createZstdDecompress();
  return firstByte === undefined || isZlib(firstByte) ? createInflate() : createInflateRaw();
};

/** What comes of a body that is decoded as it comes: any `onData`, then `onEnd` or `onFault`. */
export type DecodingSink = {
  onData(chunk: Buffer): void;
  /** After `write` returned false: it may go on. */
  onDrain(): void;
  onEnd(): void;
  /** The bytes are no such coding, or end too early. */
  onFault(message: string): void;
};

/** Undoes the codings of a body as it comes, the last one first, no faster than its sink takes it. */
export class Decoding {
  readonly #codings: readonly Coding[];
  readonly #sink: DecodingSink;
  readonly #frames: ZstdFrames | null;
  #decoders: Decoder[] = [];
  #isOver = false;

  /** @param codings in the order they were applied */
  constructor(codings: readonly Coding[], sink: DecodingSink) {
    this.#codings = codings;
    this.#sink = sink;
    this.#frames = codings.at(-1) === 'zstd' ? new ZstdFrames() : null;
  }

  /** Copies the chunk. False: write no more until `onDrain`. */
  write(chunk: Buffer): boolean {
    if (this.#isOver || chunk.length === 0) return true;
    this.#frames?.add(chunk);
    return this.#firstOf(chunk[0]).write(Buffer.from(chunk));
  }

  end(): void {
    // A body of no bytes is an empty one in whatever coding.
    if (this.#decoders.length === 0) return this.#over(() => this.#sink.onEnd());
    this.#decoders[0]!.end();
  }

  pause(): void {
    this.#decoders.at(-1)?.pause();
  }

  resume(): void {
    this.#decoders.at(-1)?.resume();
  }

  /** The sink hears nothing more. */
  stop(): void {
    this.#over(() => {});
  }

  /** Made with the first byte, by which the two kinds of `deflate` differ. */
  #firstOf(firstByte: number | undefined): Decoder {
    const known = this.#decoders[0];
    if (known !== undefined) return known;
    const decoders = this.#codings.toReversed().map((coding, i) => decoderOf(coding, i === 0 ? firstByte : undefined));
    this.#decoders = decoders;
    for (const [i, decoder] of decoders.entries()) {
      decoder.on('error', ({ message }) => this.#over(() => this.#sink.onFault(message)));
      const next = decoders[i + 1];
      if (next !== undefined) decoder.pipe(next);
    }
    const [first, last] = [decoders[0]!, decoders.at(-1)!];
    first.on('drain', () => {
      if (!this.#isOver) this.#sink.onDrain();
    });
    last.on('data', (decoded: Buffer) => {
      if (!this.#isOver) this.#sink.onData(decoded);
    });
    last.on('end', () => this.#ended());
    return first;
  }

  #ended(): void {
    const isWhole = this.#frames?.isWhole ?? true;
    this.#over(() => (isWhole ? this.#sink.onEnd() : this.#sink.onFault('unexpected end of file')));
  }

  #over(then: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    then();
    for (const decoder of this.#decoders) decoder.destroy();
  }
}
