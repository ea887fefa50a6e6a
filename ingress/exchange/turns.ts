import { BodyCapture } from './body-capture.ts';
import type { KeptBody } from './body-capture.ts';

const LINE_END = Buffer.from('\n');
const BRACE = '{'.charCodeAt(0);

/** Messages of one side, joined by line ends. */
class Messages {
  readonly #capture: BodyCapture;
  #count = 0;
  #hasBinary = false;
  #isObject = false;

  constructor(limitBytes: number) {
    this.#capture = new BodyCapture(limitBytes);
  }

  add(message: Buffer, isBinary: boolean): void {
    if (this.#count > 0) this.#capture.add(LINE_END, true);
    else this.#isObject = message[0] === BRACE;
    this.#capture.add(message, false);
    this.#count += 1;
    this.#hasBinary ||= isBinary;
  }

  kept(): KeptBody {
    return this.#capture.kept();
  }

  get contentType(): string {
    if (this.#count === 0) return '';
    if (this.#hasBinary) return 'application/octet-stream';
    if (!this.#isObject) return 'text/plain; charset=utf-8';
    return this.#count === 1 ? 'application/json' : 'application/x-ndjson';
  }
}

export type SaidBody = KeptBody & { contentType: string };

/** A request and its answer as they passed. Times are in milliseconds of a clock that never steps back. */
export type Turn = {
  /** Counted from 1 within its connection. */
  number: number;
  startedMs: number;
  /** Null: nothing was answered. */
  firstMessageMs: number | null;
  lastMessageMs: number | null;
  request: SaidBody;
  response: SaidBody;
};

type OpenTurn = Pick<Turn, 'startedMs' | 'firstMessageMs' | 'lastMessageMs'> & { asked: Messages; answered: Messages };

const saidBody = (messages: Messages): SaidBody => ({ ...messages.kept(), contentType: messages.contentType });

/**
 * Cuts a connection into turns. A turn begins with a client's message when none is under way. The client's messages up to
 * the first answer are its request; the upstream's messages from then on are its answer. It ends with the client's next
 * message, or when whoever holds this calls `end`. What an upstream says while no turn is under way answers nothing and
 * belongs to none. Between turns nothing is kept.
 */
export class Turns {
  readonly #limitBytes: number;
  #open: OpenTurn | null = null;
  #count = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get isUnderWay(): boolean {
    return this.#open !== null;
  }

  get isAnswered(): boolean {
    return this.#open !== null && this.#open.firstMessageMs !== null;
  }

  get count(): number {
    return this.#count;
  }

  /** Returns the turn that ended with this message. */
  fromClient(message: Buffer, isBinary: boolean, nowMs: number): Turn | null {
    const ended = this.isAnswered ? this.end() : null;
    if (this.#open === null) {
      this.#count += 1;
      this.#open = {
        startedMs: nowMs,
        firstMessageMs: null,
        lastMessageMs: null,
        asked: new Messages(this.#limitBytes),
        answered: new Messages(this.#limitBytes),
      };
    }
    this.#open.asked.add(message, isBinary);
    return ended;
  }

  /** False if the message belongs to no turn. */
  fromUpstream(message: Buffer, isBinary: boolean, nowMs: number): boolean {
    const turn = this.#open;
    if (turn === null) return false;
    turn.firstMessageMs ??= nowMs;
    turn.lastMessageMs = nowMs;
    turn.answered.add(message, isBinary);
    return true;
  }

  /** Ends the turn under way, if there is one. */
  end(): Turn | null {
    const turn = this.#open;
    if (turn === null) return null;
    this.#open = null;
    const { startedMs, firstMessageMs, lastMessageMs, asked, answered } = turn;
    return {
      startedMs,
      firstMessageMs,
      lastMessageMs,
      number: this.#count,
      request: saidBody(asked),
      response: saidBody(answered),
    };
  }
}
