import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';

/** Enough of an answer's end to hold its usage. */
export const TAIL_BYTES = 8_192;
const EMPTY = Buffer.alloc(0);

/** A body as it was kept: whole, or its first `limit` bytes with the last few and the hash of all. */
export type KeptBody = { bytes: Buffer; tail: Buffer; sizeBytes: number; truncated: boolean; sha256: string };

/**
 * Keeps a body's first `limitBytes`. A longer one is hashed as it passes and its last 8 KiB are kept apart, so that its
 * memory is bounded however long it gets; a whole one is left to be hashed off the request's path.
 */
export class BodyCapture {
  readonly #limitBytes: number;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #sizeBytes = 0;
  #hash: Hash | null = null;
  #tail: Buffer = EMPTY;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** @param chunk is copied unless `owned` says that nobody will write to it again. */
  add(chunk: Buffer, owned: boolean): void {
    this.#sizeBytes += chunk.length;
    const room = this.#limitBytes - this.#keptBytes;
    if (room > 0) {
      const part = chunk.length <= room ? chunk : chunk.subarray(0, room);
      this.#kept.push(owned ? part : Buffer.from(part));
      this.#keptBytes += part.length;
    }
    if (chunk.length <= room) return;
    const over = chunk.subarray(Math.max(0, room));
    this.#hashed().update(over);
    this.#tail = Buffer.from(Buffer.concat([this.#tail, over]).subarray(-TAIL_BYTES));
  }

  /** What follows can't be read: what was kept so far is not all, and its last bytes are not its end. */
  cut(): void {
    this.#tail = EMPTY;
    this.#hashed();
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  kept(): KeptBody {
    // Asked for several times at the end of an answer, and joined once.
    if (this.#kept.length !== 1) this.#kept = [Buffer.concat(this.#kept, this.#keptBytes)];
    const bytes = this.#kept[0]!;
    const truncated = this.#hash !== null;
    const sha256 = this.#hash?.copy().digest('hex') ?? '';
    return { bytes, tail: this.#tail, sizeBytes: this.#sizeBytes, truncated, sha256 };
  }

  /** The hash of all that came, begun with what was kept. */
  #hashed(): Hash {
    if (this.#hash !== null) return this.#hash;
    this.#hash = createHash('sha256');
    for (const part of this.#kept) this.#hash.update(part);
    return this.#hash;
  }
}
