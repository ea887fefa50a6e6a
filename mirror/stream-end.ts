import { pathWithoutQuery } from '../openai/base-url.ts';
import { bodyFormOf } from '../openai/media-type.ts';
import { SseCutter } from '../openai/streams/sse.ts';
import { CHAT, RESPONSE, type StreamProtocol } from '../openai/streams/stream-protocols.ts';
import { StreamReading } from '../openai/streams/stream-reading.ts';

/** Enough to know a stream by. */
const BEGINNING_BYTES = 1_024;

const PROTOCOLS: ReadonlyMap<string, StreamProtocol> = new Map([
  ['/v1/chat/completions', CHAT],
  ['/v1/completions', CHAT],
  ['/v1/responses', RESPONSE],
]);

/**
 * Looks for the event that a client takes for the end of an answer: whether it came yet. An agent's own protocol may go on
 * behind what others take for an end.
 */
export class StreamEnd {
  readonly #reading: StreamReading | null;
  #cutter: SseCutter | null = null;
  #isBegun = false;

  /** @param path of the call that is answered, with or without a query */
  constructor(path: string) {
    const protocol = PROTOCOLS.get(pathWithoutQuery(path));
    this.#reading = protocol === undefined ? null : new StreamReading(protocol, 1);
  }

  see(bytes: Uint8Array, contentType: string): boolean {
    if (this.#reading === null || (this.#isBegun && this.#cutter === null)) return false;
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const text = this.#isBegun ? '' : chunk.toString('latin1', 0, BEGINNING_BYTES);
    if (!this.#isBegun && bodyFormOf({ contentType, text }) === 'events') this.#cutter = new SseCutter(this.#reading);
    this.#isBegun = true;
    if (this.#cutter === null) return false;
    if (!this.#cutter.done) this.#cutter.push(chunk);
    return this.#reading.isOver && !this.#cutter.isTorn;
  }
}
