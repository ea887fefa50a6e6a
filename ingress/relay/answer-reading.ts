import { formOfBeginning, toldForm } from '../protocol/answer-form.ts';
import type { Dialect } from '../protocol/dialect.ts';
import type { BodyForm } from '../../openai/media-type.ts';
import { SseCutter } from '../../openai/streams/sse.ts';
import { StreamReading } from '../../openai/streams/stream-reading.ts';
import { BodyCapture } from '../exchange/body-capture.ts';

/** What was asked for. */
export type AskedAnswer = {
  dialect: Dialect;
  isStream: boolean;
  /** How many choices an answer is to have. */
  choices: number;
  captureLimitBytes: number;
};

/** What is known of an answer's body once its head is there. */
export type AnswerHead = {
  contentType: string;
  /** Of an answer that has none there is nothing to read. */
  hasBody: boolean;
  isGood: boolean;
  /** False of one in a coding that nobody here can undo. */
  isReadable: boolean;
};

const BLANK = /^\s*$/;
/** It is one at the very beginning of a stream alone. */
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/**
 * What is read of one version's answer while it passes, in the form in which it can be read: what is kept of it, whether it
 * is to go on piece by piece, when its first content came, and how it ended.
 */
export class AnswerReading {
  readonly capture: BodyCapture;
  readonly #asked: AskedAnswer;
  #contentType = '';
  /** Null while the body's beginning must still tell. */
  #form: BodyForm | null = 'whole';
  #events: { cutter: SseCutter; stream: StreamReading } | null = null;
  #hasContent = false;

  constructor(asked: AskedAnswer) {
    this.#asked = asked;
    this.capture = new BodyCapture(asked.captureLimitBytes);
  }

  begin({ contentType, hasBody, isGood, isReadable }: AnswerHead): void {
    const { dialect, isStream } = this.#asked;
    this.#contentType = contentType;
    const told = hasBody ? toldForm(contentType) : 'whole';
    const maySurprise = isStream && isGood && isReadable && !dialect.isRaw;
    this.#form = told ?? (maySurprise ? null : 'whole');
    if (this.#form === 'events' && isReadable) this.#startEvents();
  }

  /** Whether the answer goes on piece by piece. */
  get isPiecewise(): boolean {
    return this.#form !== null && this.#form !== 'whole';
  }

  /** Whether it may turn out to be a stream of events, to which the front door adds its own. */
  get mayBeEvents(): boolean {
    return this.#form === null || this.isEvents;
  }

  get isEvents(): boolean {
    return this.#form === 'events';
  }

  /** Whether words of our own may be added: between the events of a stream. */
  get takesWords(): boolean {
    return this.#untorn !== null && !this.#asked.dialect.isRaw;
  }

  get hasContent(): boolean {
    return this.#events === null ? this.#hasContent : this.#events.stream.hasContent;
  }

  /** Counts what was more than a heartbeat, until the first content; null of what is no stream of events. */
  get signs(): number | null {
    return this.#events?.stream.signs ?? null;
  }

  /** Whether a client takes what came for the end of its answer. An agent's own protocol may go on. */
  get isOver(): boolean {
    return this.#untorn?.isOver === true && !this.#asked.dialect.isRaw;
  }

  /** Whether it said all it had to, or that it failed, so that it does not matter how its connection ends. */
  get isSaid(): boolean {
    return (this.#untorn?.state ?? 'open') !== 'open';
  }

  /** Null of what is no stream of events, and while a client has only a part of one: what it says is read, and it may still break off. */
  get #untorn(): StreamReading | null {
    return this.#events === null || this.#events.cutter.isTorn ? null : this.#events.stream;
  }

  /** @returns what may go on now of an answer that goes piece by piece: once that is known, all from its beginning. */
  take(chunk: Buffer): Buffer {
    this.capture.add(chunk, false);
    if (this.#form !== null) return this.#cut(chunk);
    const beginning = this.capture.kept().bytes;
    const isKept = this.capture.sizeBytes === beginning.length;
    this.#form = isKept ? formOfBeginning(this.#contentType, beginning) : 'whole';
    if (this.#form === 'events') this.#startEvents();
    return this.isPiecewise ? this.#cut(beginning) : this.#cut(chunk);
  }

  /** How the answer ended, its connection being closed in order: a stream may have been cut short all the same. */
  end(isGood: boolean): 'whole' | 'told' | 'missing' {
    if (this.#events === null || this.#asked.dialect.isRaw) return 'whole';
    this.#events.cutter.close();
    if (!isGood) return 'whole';
    const state = this.#untorn?.state ?? 'open';
    return state === 'open' ? 'missing' : state;
  }

  /** The last words of a whole stream: the exchange's id and what was held back. */
  lastWords(exchangeId: string): Buffer | undefined {
    if (!this.takesWords || this.#events === null) return undefined;
    const { cutter } = this.#events;
    if (!cutter.done) return Buffer.concat([Buffer.from(`: coalmine-exchange-id ${exchangeId}\n\n`), cutter.rest()]);
    const rest = cutter.rest();
    const start = rest.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0;
    return Buffer.concat([rest.subarray(0, start), Buffer.from(`id: ${exchangeId}\n`), rest.subarray(start)]);
  }

  #startEvents(): void {
    const stream = new StreamReading(this.#asked.dialect.stream, this.#asked.choices);
    this.#events = { cutter: new SseCutter(stream), stream };
  }

  #cut(chunk: Buffer): Buffer {
    if (this.#events === null) {
      this.#hasContent ||= chunk.length > 0 && (this.#form === 'whole' || !BLANK.test(chunk.toString('latin1')));
      return chunk;
    }
    const { cutter } = this.#events;
    if (!this.#asked.dialect.isRaw) return cutter.push(chunk);
    // Byte for byte, whole or not; only looked at.
    if (!cutter.done) cutter.push(chunk);
    return chunk;
  }
}
