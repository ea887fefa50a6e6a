const LF = 10;
const CR = 13;
const MAX_HELD_BYTES = 1_048_576;

/** The event that a client takes for the end of its answer: `data: [DONE]`, a response's last event, or none. */
export type StreamEnd = 'done' | 'response' | 'none';

const ENDS: Readonly<Record<StreamEnd, readonly string[]>> = {
  done: ['data: [DONE]', 'data:[DONE]'],
  response: ['completed', 'failed', 'incomplete']
    .map((state) => `response.${state}`)
    .concat('error')
    .flatMap((name) => [`event: ${name}`, `event:${name}`]),
  none: [],
};

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

const isLineStart = (bytes: Buffer, at: number): boolean => at === 0 || bytes[at - 1] === LF || bytes[at - 1] === CR;

/** Where the line of a stream's last event begins, -1 if it isn't there. A text within an event may quote such a line. */
const endAt = (events: Buffer, marks: readonly string[]): number => {
  for (const mark of marks) {
    let found = events.indexOf(mark, 0, 'latin1');
    while (found >= 0 && !isLineStart(events, found)) found = events.indexOf(mark, found + 1, 'latin1');
    if (found >= 0) return found;
  }
  return -1;
};

/**
 * Cuts a stream of server-sent events where a relay may: whole events go on as they come, an unfinished one waits for its
 * end, and from the event on that ends the stream everything waits, since a client takes that for the end of its answer.
 */
export class SseCutter {
  readonly #marks: readonly string[];
  #held: Buffer | null = null;
  #done = false;

  constructor(end: StreamEnd) {
    this.#marks = ENDS[end];
  }

  /** True once the event that ends the stream was seen. */
  get done(): boolean {
    return this.#done;
  }

  /** The bytes that may go on now; possibly none. They may share memory with `chunk`. */
  push(chunk: Buffer): Buffer {
    const all = this.#held === null ? chunk : Buffer.concat([this.#held, chunk]);
    let end = this.#done ? 0 : boundaryOf(all);
    if (!this.#done) {
      const done = endAt(all.subarray(0, end), this.#marks);
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
