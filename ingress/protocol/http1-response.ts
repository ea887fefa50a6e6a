/** Why an upstream's bytes are no HTTP/1.1 response that we accept. The connection is unusable afterwards. */
export class ResponseFault extends Error {
  override name = 'ResponseFault';
}

/** Header names in lower case, each followed by its value with one character for each byte, in the order received. */
export type HeaderList = readonly string[];

export type ResponseSink = {
  onHead(status: number, headers: HeaderList): void;
  /** The chunk is only valid during the call. */
  onData(chunk: Buffer): void;
  /** `reusable` if the connection may carry another request. */
  onEnd(reusable: boolean): void;
};

type Framing = { kind: 'length'; length: number } | { kind: 'chunked' } | { kind: 'until_close' };
type Head = { status: number; headers: HeaderList; framing: Framing; keepAlive: boolean };

const MAX_HEAD_BYTES = 32_768;
const MAX_CHUNK_LINE_BYTES = 1_024;
const MAX_TRAILER_BYTES = 8_192;
const MAX_CHUNK_BYTES = 2 ** 40;

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const HEADER_LINES = /^(?:\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*)*$/;
const DIGITS = /^\d{1,15}$/;
const CHUNK_SIZE = /^([0-9a-fA-F]{1,10})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;

const hasNoBody = (status: number): boolean => status < 200 || status === 204 || status === 304;

const isBlank = (text: string, at: number): boolean => text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9;

/** A value without the blanks around it, which are no part of it. No others: `trim` takes 0xA0, with which many a UTF-8 letter ends. */
const withoutBlanks = (text: string, start: number, end: number): string => {
  let [from, to] = [start, end];
  while (from < to && isBlank(text, from)) from += 1;
  while (to > from && isBlank(text, to - 1)) to -= 1;
  return text.slice(from, to);
};

/**
 * A response's head, without its closing empty line. Strict where leniency splits responses in two (RFC 9112, sections
 * 5 and 6): no folded lines, no bare LF, one Content-Length, never both Content-Length and Transfer-Encoding, no coding
 * but `chunked`.
 */
export const parseHead = (text: string): Head => {
  const lineEnd = text.indexOf('\r\n');
  const match = STATUS_LINE.exec(lineEnd < 0 ? text : text.slice(0, lineEnd));
  if (match === null) throw new ResponseFault('bad status line');
  const lines = lineEnd < 0 ? '' : text.slice(lineEnd);
  if (!HEADER_LINES.test(lines)) throw new ResponseFault('bad header');
  const headers: string[] = [];
  let length: number | undefined;
  let chunked = false;
  let connection = '';
  for (let at = lineEnd; at >= 0 && at < text.length;) {
    const colon = text.indexOf(':', at + 2);
    const next = text.indexOf('\r\n', colon);
    const name = text.slice(at + 2, colon).toLowerCase();
    const value = withoutBlanks(text, colon + 1, next < 0 ? text.length : next);
    headers.push(name, value);
    if (name === 'content-length') {
      if (length !== undefined || !DIGITS.test(value)) throw new ResponseFault('bad content-length');
      length = Number(value);
    } else if (name === 'transfer-encoding') {
      if (chunked || value.toLowerCase() !== 'chunked') throw new ResponseFault('bad transfer-encoding');
      chunked = true;
    } else if (name === 'connection') connection += `,${value.toLowerCase()}`;
    at = next;
  }
  const status = Number(match[2]);
  if (chunked && (length !== undefined || match[1] === '0')) throw new ResponseFault('ambiguous length');
  const keepAlive = match[1] === '1' && !/(?:^|,)[\t ]*close[\t ]*(?:,|$)/.test(connection);
  let framing: Framing = { kind: 'until_close' };
  if (hasNoBody(status)) framing = { kind: 'length', length: 0 };
  else if (chunked) framing = { kind: 'chunked' };
  else if (length !== undefined) framing = { kind: 'length', length };
  return { status, headers, framing, keepAlive: keepAlive && framing.kind !== 'until_close' };
};

/** What the next bytes are. After `chunk_data` comes the line end that closes the chunk. */
type State = 'head' | 'length' | 'until_close' | 'chunk_size' | 'chunk_data' | 'chunk_end' | 'trailer' | 'done';

/**
 * Push parser of HTTP/1.1 responses, one response after another on one connection, however the bytes are cut.
 * `feed` throws a `ResponseFault`; what the sink got before that was sound.
 */
export class ResponseParser {
  #sink: ResponseSink;
  #state: State = 'done';
  /** Bytes of an unfinished head, chunk line or trailer. */
  #partial: Buffer | null = null;
  #remaining = 0;
  #trailerBytes = 0;
  #keepAlive = false;
  #isHead = false;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /** A request was written: its response may come. That to a HEAD ends with its head. */
  expect(isHead = false): void {
    this.#isHead = isHead;
    this.#state = 'head';
    this.#partial = null;
  }

  feed(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      switch (this.#state) {
        case 'head':
          at = this.#head(bytes, at);
          break;
        case 'length':
        case 'chunk_data':
          at = this.#body(bytes, at);
          break;
        case 'until_close':
          this.#sink.onData(at === 0 ? bytes : bytes.subarray(at));
          return;
        case 'done':
          throw new ResponseFault('bytes that no request asked for');
        default:
          at = this.#line(bytes, at);
      }
    }
  }

  /** The upstream closed its side. Throws if a response was under way that this cuts short. */
  close(): void {
    const state = this.#state;
    this.#state = 'done';
    if (state === 'until_close') this.#sink.onEnd(false);
    else if (state !== 'done') throw new ResponseFault('closed in the middle of a response');
  }

  #head(bytes: Buffer, at: number): number {
    const before = this.#partial?.length ?? 0;
    const all = this.#join(bytes, at);
    const end = all.indexOf('\r\n\r\n', Math.max(0, before - 3), 'latin1');
    if ((end < 0 ? all.length : end) > MAX_HEAD_BYTES) throw new ResponseFault('head too large');
    if (end < 0) {
      this.#partial = before === 0 ? Buffer.from(all) : all;
      return bytes.length;
    }
    this.#partial = null;
    const { status, headers, framing: told, keepAlive } = parseHead(all.toString('latin1', 0, end));
    const framing: Framing = this.#isHead ? { kind: 'length', length: 0 } : told;
    const next = end + 4 - before + at;
    if (status === 101) throw new ResponseFault('switching protocols was not asked for');
    if (status < 200) return next;
    this.#keepAlive = keepAlive;
    if (framing.kind === 'length') {
      this.#remaining = framing.length;
      this.#state = 'length';
    } else this.#state = framing.kind === 'chunked' ? 'chunk_size' : 'until_close';
    this.#trailerBytes = 0;
    this.#sink.onHead(status, headers);
    if (framing.kind === 'length' && framing.length === 0) this.#end(next === bytes.length);
    return next;
  }

  #body(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#remaining);
    this.#remaining -= end - at;
    this.#sink.onData(bytes.subarray(at, end));
    if (this.#remaining > 0) return end;
    if (this.#state === 'length') this.#end(end === bytes.length);
    else this.#state = 'chunk_end';
    return end;
  }

  /** A line of the chunked coding: a chunk's size, the empty one after its data, or a trailer. */
  #line(bytes: Buffer, at: number): number {
    const before = this.#partial?.length ?? 0;
    const all = this.#join(bytes, at);
    const end = all.indexOf('\r\n', Math.max(0, before - 1), 'latin1');
    const limit = this.#state === 'trailer' ? MAX_TRAILER_BYTES : MAX_CHUNK_LINE_BYTES;
    if ((end < 0 ? all.length : end) > limit) throw new ResponseFault('line too long');
    if (end < 0) {
      this.#partial = Buffer.from(all);
      return bytes.length;
    }
    this.#partial = null;
    const next = end + 2 - before + at;
    if (this.#state === 'chunk_size') this.#chunkSize(all.toString('latin1', 0, end));
    else if (this.#state === 'chunk_end') {
      if (end !== 0) throw new ResponseFault('chunk longer than its size');
      this.#state = 'chunk_size';
    } else this.#trailer(all.toString('latin1', 0, end), next === bytes.length);
    return next;
  }

  #chunkSize(line: string): void {
    const match = CHUNK_SIZE.exec(line);
    if (match === null) throw new ResponseFault('bad chunk size');
    this.#remaining = Number.parseInt(match[1]!, 16);
    if (this.#remaining > MAX_CHUNK_BYTES) throw new ResponseFault('chunk too large');
    this.#state = this.#remaining === 0 ? 'trailer' : 'chunk_data';
  }

  #trailer(line: string, isLast: boolean): void {
    if (line === '') return this.#end(isLast);
    this.#trailerBytes += line.length + 2;
    if (this.#trailerBytes > MAX_TRAILER_BYTES || !HEADER_LINES.test(`\r\n${line}`))
      throw new ResponseFault('bad trailer');
  }

  #end(nothingFollows: boolean): void {
    this.#state = 'done';
    this.#sink.onEnd(this.#keepAlive && nothingFollows);
  }

  #join(bytes: Buffer, at: number): Buffer {
    const rest = at === 0 ? bytes : bytes.subarray(at);
    return this.#partial === null ? rest : Buffer.concat([this.#partial, rest]);
  }
}
