const LF = 10;
const CR = 13;
const DONE = 'data: [DONE]';
const DONE_TIGHT = 'data:[DONE]';
const MAX_HELD_BYTES = 1_048_576;

const endOfLast = (bytes: Buffer, mark: string): number => {
  const found = bytes.lastIndexOf(mark, undefined, 'latin1');
  return found < 0 ? 0 : found + mark.length;
};

/** The end of the last complete event (its empty line included), 0 if there is none. */
const boundaryOf = (bytes: Buffer): number => {
  const { length } = bytes;
  if (length >= 2 && bytes[length - 1] === LF && bytes[length - 2] === LF) return length;
  return Math.max(endOfLast(bytes, '\n\n'), endOfLast(bytes, '\r\n\r\n'), endOfLast(bytes, '\r\r'));
};

const doneAt = (events: Buffer): number => {
  const tail = Math.max(0, events.length - 64);
  const found = Math.max(
    events.lastIndexOf(DONE, undefined, 'latin1'),
    events.lastIndexOf(DONE_TIGHT, undefined, 'latin1'),
  );
  if (found < tail) return -1;
  return found === 0 || events[found - 1] === LF || events[found - 1] === CR ? found : -1;
};

/**
 * Cuts a stream of server-sent events where a relay may: whole events go on as they come, an unfinished one waits for its
 * end, and from `data: [DONE]` on everything waits, since a client takes that for the end of its answer.
 */
export class SseCutter {
  #held: Buffer | null = null;
  #done = false;

  /** True once `data: [DONE]` was seen. */
  get done(): boolean {
    return this.#done;
  }

  /** The bytes that may go on now; possibly none. They may share memory with `chunk`. */
  push(chunk: Buffer): Buffer {
    const all = this.#held === null ? chunk : Buffer.concat([this.#held, chunk]);
    let end = this.#done ? 0 : boundaryOf(all);
    if (!this.#done) {
      const done = doneAt(all.subarray(0, end));
      if (done >= 0) {
        this.#done = true;
        end = done;
      } else if (end === 0 && all.length > MAX_HELD_BYTES) end = all.length;
    }
    const rest = all.subarray(end);
    this.#held = rest.length === 0 ? null : this.#held === null ? Buffer.from(rest) : rest;
    return all.subarray(0, end);
  }

  /** What was held back to the last. */
  rest(): Buffer {
    const held = this.#held ?? Buffer.alloc(0);
    this.#held = null;
    return held;
  }
}
