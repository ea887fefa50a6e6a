import { eventsOf } from '../event-stream.ts';
import type { StreamEvent } from '../event-stream.ts';
import { isObject, parseJson } from '../json-value.ts';
import type { StreamProtocol } from './stream-protocols.ts';

/** `open`: more is to come. `whole`: it said all that it had to. `told`: it told of its own failure. */
export type StreamState = 'open' | 'whole' | 'told';

const DONE = '[DONE]';
/** A hostile stream that invents choices is not followed for ever. */
const MAX_STRAY_CHOICES = 256;

/** Half an event, as a stream that was cut short ends with: JSON that is none. */
const isHalf = ({ data }: StreamEvent): boolean => {
  const text = data.trim();
  return /^[{["]/.test(text) && text !== DONE && parseJson(text) === undefined;
};

/**
 * What has to be known of a stream while it passes: whether content came, and whether its end did. It is shown each event
 * as it was cut, bytes and all. Those in the middle of an answer, which are nearly all, cost a search or two of their bytes;
 * an event is only parsed until the first content came, or if it may be the last.
 */
export class StreamReading {
  readonly #protocol: StreamProtocol;
  /** How many choices were asked for. */
  readonly #choices: number;
  readonly #seen = new Set<unknown>();
  readonly #finished = new Set<unknown>();
  #state: StreamState = 'open';
  #hasContent = false;
  #isOver = false;
  #signs = 0;

  constructor(protocol: StreamProtocol, choices: number) {
    this.#protocol = protocol;
    this.#choices = choices;
  }

  get state(): StreamState {
    return this.#state;
  }

  /** Whether a piece of an answer came: not a comment, a ping, or a chunk that names no more than the role. */
  get hasContent(): boolean {
    return this.#hasContent;
  }

  /** Whether the event came that a client takes for the end of its answer. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Counts what was more than a heartbeat, up to the first content. */
  get signs(): number {
    return this.#signs;
  }

  /** True for the event that a client takes for the end of its answer. */
  see(event: Buffer): boolean {
    // Where all choices are finished, another one may still begin.
    if (this.#hasContent && this.#state === 'open' && this.#protocol.isMiddle(event)) return false;
    for (const said of eventsOf(event.toString())) this.#hear(said);
    return this.#isOver;
  }

  /** The bytes that a stream ended with, without an empty line: proxies trim bodies. False if they are only half an event. */
  seeTrimmed(event: Buffer): boolean {
    const said = eventsOf(event.toString());
    if (said.length === 0 || said.some(isHalf)) return false;
    for (const one of said) this.#hear(one);
    return true;
  }

  #hear(event: StreamEvent): void {
    const document = parseJson(event.data);
    const said = this.#protocol.read(event, isObject(document) ? document : null);
    for (const { index, isFinished } of said.choices ?? []) {
      if (this.#seen.size > this.#choices + MAX_STRAY_CHOICES) break;
      this.#seen.add(index);
      if (isFinished) this.#finished.add(index);
    }
    this.#hasContent ||= said.isContent === true;
    if (said.isContent === true || said.isWork === true) this.#signs += 1;
    const areAllFinished = this.#finished.size >= this.#choices && this.#finished.size === this.#seen.size;
    if (!this.#isOver) this.#state = said.ends ?? (areAllFinished ? 'whole' : 'open');
    this.#isOver ||= said.ends !== undefined;
  }
}
