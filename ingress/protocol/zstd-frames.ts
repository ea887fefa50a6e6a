const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const MAGIC_BYTES = 4;
const BLOCK_HEAD_BYTES = 3;
const CHECKSUM_BYTES = 4;

/** What is read next; its bytes are few. Whatever has more is skipped. */
type Part = 'magic' | 'skippable' | 'descriptor' | 'block';

/** How much of a frame's head follows its descriptor (RFC 8878, section 3.1.1.1): window, dictionary, size of the content. */
const restOfHead = (descriptor: number): number => {
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? Number(isSingle) : 2 ** sizeFlag;
  return Number(!isSingle) + [0, 1, 2, 4][descriptor & 3]! + sizeBytes;
};

/** Of a block only the head is read; what is in it, the decoder says. */
const sizeOfBlock = (head: number): number => (((head >> 1) & 3) === 1 ? 1 : head >>> 3);

/**
 * Follows the frames of a body in zstd (RFC 8878) to know whether it is whole: Node's decoder takes one that was cut short for
 * an end.
 */
export class ZstdFrames {
  #part: Part = 'magic';
  #head = 0;
  #headBytes = 0;
  #toSkip = 0;
  #hasChecksum = false;

  /** Whether what came are whole frames. */
  get isWhole(): boolean {
    return this.#part === 'magic' && this.#headBytes === 0 && this.#toSkip === 0;
  }

  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const skipped = Math.min(this.#toSkip, bytes.length - at);
      this.#toSkip -= skipped;
      at += skipped;
      if (this.#toSkip > 0 || at >= bytes.length) return;
      this.#head += bytes[at]! * 2 ** (8 * this.#headBytes);
      this.#headBytes += 1;
      at += 1;
      if (this.#headBytes === this.#wanted()) this.#read();
    }
  }

  #wanted(): number {
    if (this.#part === 'descriptor') return 1;
    return this.#part === 'block' ? BLOCK_HEAD_BYTES : MAGIC_BYTES;
  }

  #read(): void {
    const head = this.#head;
    this.#head = 0;
    this.#headBytes = 0;
    if (this.#part === 'magic') {
      // What is none at all, the decoder refuses.
      if (head === MAGIC) this.#part = 'descriptor';
      else if (head - (head % 16) === SKIPPABLE) this.#part = 'skippable';
    } else if (this.#part === 'skippable') {
      this.#toSkip = head;
      this.#part = 'magic';
    } else if (this.#part === 'descriptor') {
      this.#hasChecksum = (head & 4) !== 0;
      this.#toSkip = restOfHead(head);
      this.#part = 'block';
    } else {
      const isLast = (head & 1) === 1;
      this.#toSkip = sizeOfBlock(head) + (isLast && this.#hasChecksum ? CHECKSUM_BYTES : 0);
      if (isLast) this.#part = 'magic';
    }
  }
}
