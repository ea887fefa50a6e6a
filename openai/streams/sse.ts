const LF = 10;
const CR = 13;
const COLON = 58;
const MAX_HELD_BYTES = 1_048_576;
const NOTHING = Buffer.alloc(0);
const EVENT_END = Buffer.from('\n\n');

/** Who is shown each event: bytes and all, its empty line included. */
export type EventReader = {
  /** True for the event that a client takes for the end of its answer. */
  see(event: Buffer): boolean;
  /** What a stream ended with, without an empty line. False if it is only half an event. */
  seeTrimmed(event: Buffer): boolean;
};

const isLineEnd = (byte: number | undefined): boolean => byte === LF || byte === CR;

/** Behind the line end at `at`; CR and LF together are one. */
const behind = (bytes: Buffer, at: number): number => (bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : at + 1);

/** The next line end, -1 if there is none. A stream that never has a CR, as most, is searched faster. */
const lineEndFrom = (bytes: Buffer, at: number, hasCr: boolean): number => {
  if (!hasCr) return bytes.indexOf(LF, at);
  for (let i = at; i < bytes.length; i += 1) if (isLineEnd(bytes[i])) return i;
  return -1;
};

/** Behind the comments that these bytes begin with, each a whole line. */
const behindComments = (bytes: Buffer): number => {
  let at = 0;
  while (bytes[at] === COLON) {
    const end = lineEndFrom(bytes, at, true);
    if (end < 0) break;
    at = behind(bytes, end);
  }
  return at;
};

const joined = (parts: readonly Buffer[]): Buffer => {
  const filled = parts.filter(({ length }) => length > 0);
  return filled.length === 1 ? filled[0]! : Buffer.concat(filled);
};

/**
 * Cuts a stream of server-sent events where a relay may: whole events go on as they come, an unfinished one waits for its
 * end, and from the event on that ends the stream everything waits, since a client takes that for the end of its answer. An
 * event ends with an empty line; lines end with LF, CR or both (WHATWG HTML, section 9.2.5), in any mix. A CR at the end of
 * what came so far is an end of line, and a LF that follows belongs to it. Comments before an event, which may be heartbeats,
 * wait for no empty line.
 */
export class SseCutter {
  readonly #reader: EventReader;
  /** Copies of what came of the event under way, or, once done, all from the last event on. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isLineStart = true;
  #afterCr = false;
  /** The event under way is too long to be held, and goes on in pieces. */
  #isTorn = false;
  #isDone = false;
  #isTrimmed = false;

  constructor(reader: EventReader) {
    this.#reader = reader;
  }

  /** True once the event that ends the stream was seen; it is held. */
  get done(): boolean {
    return this.#isDone;
  }

  /** True while a client has a part of an event and not the rest. */
  get isTorn(): boolean {
    return this.#isTorn;
  }

  /** The bytes that may go on now; possibly none. They may share memory with `chunk`. */
  push(chunk: Buffer): Buffer {
    if (chunk.length === 0) return NOTHING;
    if (this.#isDone) {
      this.#hold(chunk);
      return NOTHING;
    }
    const isStray = this.#afterCr && chunk[0] === LF;
    this.#afterCr = chunk[chunk.length - 1] === CR;
    return this.#cut(chunk, isStray ? 1 : 0);
  }

  /** The stream's bytes are over. What it ended with counts, if that is whole but for its empty line. */
  close(): void {
    if (this.#isDone || this.#isTorn || this.#heldBytes === 0) return;
    this.#isTrimmed = this.#reader.seeTrimmed(this.#joined());
    if (!this.#isTrimmed) this.#release();
  }

  /** What was held back to the last. */
  rest(): Buffer {
    const held = this.#joined();
    this.#release();
    return this.#isTrimmed ? Buffer.concat([held, EVENT_END]) : held;
  }

  /** @param start where the lines of `chunk` begin: behind a LF that belongs to the CR before it. */
  #cut(chunk: Buffer, start: number): Buffer {
    const hasCr = chunk.includes(CR);
    let before: Buffer | null = null;
    let from = 0;
    // The rest of an event's last line end goes on at once.
    let to = this.#heldBytes === 0 ? start : 0;
    for (let end = this.#endFrom(chunk, start, hasCr); end >= 0; end = this.#endFrom(chunk, end, hasCr)) {
      if (this.#isTorn) this.#isTorn = false;
      else {
        const isWaiting = this.#heldBytes > 0;
        const event = isWaiting ? this.#joined(chunk.subarray(0, end)) : chunk.subarray(to, end);
        if (this.#reader.see(event)) {
          this.#isDone = true;
          break;
        }
        if (isWaiting) {
          before = event;
          from = end;
          this.#release();
        }
      }
      to = end;
    }
    const rest = to === 0 ? chunk : chunk.subarray(to);
    const ready = this.#isTorn ? chunk.subarray(from) : chunk.subarray(from, to);
    if (!this.#isTorn && rest.length > 0) this.#hold(rest);
    if (!this.#isDone && this.#heldBytes > MAX_HELD_BYTES) return this.#tear(before, ready);
    const comments = hasCr || rest.includes(LF) ? this.#takeComments() : NOTHING;
    if (before === null && comments.length === 0) return ready;
    return joined([before ?? NOTHING, ready, comments]);
  }

  /** Takes the comments out of what is held that it begins with. */
  #takeComments(): Buffer {
    if (this.#isDone || this.#held[0]?.[0] !== COLON) return NOTHING;
    const held = this.#joined();
    const end = behindComments(held);
    if (end === 0) return NOTHING;
    this.#release();
    if (end < held.length) this.#hold(held.subarray(end));
    return held.subarray(0, end);
  }

  /** What is too long to be held goes on; its reader has seen its beginning, with its name. */
  #tear(before: Buffer | null, ready: Buffer): Buffer {
    const piece = this.#joined();
    this.#release();
    this.#isTorn = true;
    this.#reader.see(piece);
    return joined([before ?? NOTHING, ready, piece]);
  }

  /** Behind the next empty line, -1 if none ends in these bytes. */
  #endFrom(bytes: Buffer, start: number, hasCr: boolean): number {
    for (let at = start; at < bytes.length;) {
      if (this.#isLineStart && isLineEnd(bytes[at])) return behind(bytes, at);
      const end = lineEndFrom(bytes, at, hasCr);
      this.#isLineStart = end >= 0;
      if (end < 0) return -1;
      at = behind(bytes, end);
    }
    return -1;
  }

  /** After the end of the stream only so much is kept as a client could make use of. */
  #hold(bytes: Buffer): void {
    if (this.#isDone && this.#heldBytes + bytes.length > 2 * MAX_HELD_BYTES) return;
    this.#held.push(Buffer.from(bytes));
    this.#heldBytes += bytes.length;
  }

  #joined(more: Buffer = NOTHING): Buffer {
    if (more.length === 0 && this.#held.length === 1) return this.#held[0]!;
    return Buffer.concat([...this.#held, more], this.#heldBytes + more.length);
  }

  #release(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }
}
