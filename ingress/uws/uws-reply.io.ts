import { STATUS_CODES } from 'node:http';
import type { HttpResponse } from 'uWebSockets.js';
import type { AdmissionCall } from '../admission/admission-call.ts';
import { holdingNothing } from '../admission/held-bytes.ts';
import type { HeldBytes } from '../admission/held-bytes.ts';
import { CLIENT_GONE } from '../exchange/live-exchange.ts';
import type { Reply, ReplyHeaders } from '../protocol/client-call.ts';
import { LastAnswer } from './uws-last-answer.io.ts';

const statusLines = new Map(Object.entries(STATUS_CODES).map(([code, text]) => [Number(code), `${code} ${text}`]));
const statusLine = (status: number): string => statusLines.get(status) ?? `${status} Unknown`;
const NO_HEADERS: ReplyHeaders = [];
const EMPTY = Buffer.alloc(0);
/** An answer up to here is left to uWebSockets.js until its client has read it. */
const LONG_BYTES = 16_384;

/** What all replies of a server share. */
export class ServerState {
  /** Requests not yet answered. */
  pending = 0;
  isStopping = false;
  readonly held: HeldBytes;
  readonly callerOf: (call: AdmissionCall) => string;

  constructor(held: HeldBytes, callerOf: (call: AdmissionCall) => string) {
    this.held = held;
    this.callerOf = callerOf;
  }
}

/** What kind of reply a request's head asks for. */
export type ReplyKind = {
  /** Of a request that wants no body, whatever it is answered (RFC 9110, section 9.3.2). */
  isHead: boolean;
  /** Nothing that comes behind the request is to be taken for another one: the connection ends with this reply. */
  isLast: boolean;
};

/** Keeps to the rules of uWebSockets.js: nothing touches `res` after it was ended or aborted, and all writes are corked. */
export class UwsReply implements Reply {
  readonly #res: HttpResponse;
  readonly #server: ServerState;
  readonly #kind: ReplyKind;
  readonly #holding = holdingNothing();
  #call: AdmissionCall | null = null;
  #last: LastAnswer | null = null;
  #status = 0;
  #isStarted = false;
  #isOver = false;
  #isGone = false;
  #hasChunks = false;
  #onAborted: (() => void) | null = null;
  #onDrain: (() => void) | null = null;

  constructor(res: HttpResponse, server: ServerState, kind: ReplyKind) {
    this.#res = res;
    this.#kind = kind;
    this.#server = server;
    server.pending += 1;
    res.onAborted(() => {
      this.#isGone = true;
      this.#last?.gone();
      this.#server.held.give(this.#holding);
      if (this.#isOver) return;
      this.#isOver = true;
      this.#onAborted?.();
      this.#settle(CLIENT_GONE);
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Its head is on its way. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** The call that this answers: it gives the answer headers, and is settled when the reply is over. */
  answers(call: AdmissionCall): void {
    this.#call = call;
  }

  /** Takes room for more of the request's body, until the reply is over. False: there is none. */
  hold(bytes: number): boolean {
    return this.#isOver || this.#server.held.take(this.#holding, bytes, () => this.#caller());
  }

  /** Ends what is under way for the request, as if the client had left, so that something else can be answered. */
  giveUp(): void {
    if (this.#isOver) return;
    const onAborted = this.#onAborted;
    this.#onAborted = null;
    onAborted?.();
  }

  onAborted(handler: () => void): void {
    this.#onAborted = handler;
  }

  send(status: number, headers: ReplyHeaders, body: string | Uint8Array, close = this.#server.isStopping): void {
    if (this.#isOver) return;
    if (this.#kind.isHead) return this.#sendHead(status, headers, Buffer.byteLength(body), close);
    if (close || this.#kind.isLast) {
      // The memory may be used again by then.
      const kept = Buffer.from(body);
      return this.#sendLast(status, (last) => {
        if (kept.length > LONG_BYTES && !this.#holdAnswer(kept.length)) this.#close();
        else last.whole(() => this.#head(status, headers), kept);
      });
    }
    this.#over(status);
    if (body.length > LONG_BYTES) return this.#sendLong(status, headers, body);
    this.#res.cork(() => {
      this.#head(status, headers);
      this.#res.end(body);
    });
  }

  sendHead(status: number, headers: ReplyHeaders, lengthBytes: number | null): void {
    if (!this.#isOver) this.#sendHead(status, headers, lengthBytes, this.#server.isStopping);
  }

  start(status: number, headers: ReplyHeaders): void {
    if (this.#isOver) return;
    this.#status = status;
    this.#isStarted = true;
    this.#res.onWritable(() => {
      this.#onDrain?.();
      return true;
    });
    const isLast = this.#server.isStopping || this.#kind.isLast;
    this.#res.cork(() => this.#head(status, isLast ? [...headers, 'connection', 'close'] : headers));
  }

  write(chunk: Uint8Array): boolean {
    if (this.#isOver) return true;
    this.#hasChunks ||= chunk.length > 0;
    let isDrained = true;
    this.#res.cork(() => {
      isDrained = this.#res.write(chunk);
    });
    return isDrained;
  }

  onDrain(handler: () => void): void {
    this.#onDrain = handler;
  }

  end(chunk?: Uint8Array): void {
    if (this.#isOver) return;
    if (this.#kind.isLast) return this.#endLast(chunk);
    this.#over(this.#status);
    this.#res.cork(() => {
      if (chunk !== undefined && chunk.length > 0) this.#res.write(chunk);
      // Never with its flag to close: after a body in chunks this uWebSockets.js writes that header into the body.
      this.#res.end();
    });
  }

  /** Not at once: this may be while a packet is read, which uWebSockets.js goes on with even if its connection is closed. */
  cut(): void {
    if (this.#isOver) return;
    this.#over(this.#status);
    this.#close();
  }

  #sendHead(status: number, headers: ReplyHeaders, lengthBytes: number | null, close: boolean): void {
    if (close || this.#kind.isLast)
      return this.#sendLast(status, (last) => last.headAlone(() => this.#head(status, headers), lengthBytes));
    this.#over(status);
    this.#res.cork(() => {
      this.#head(status, headers);
      if (lengthBytes !== null) this.#res.writeHeader('content-length', String(lengthBytes));
      // Without arguments: given a length, this uWebSockets.js takes the answer for unfinished; given undefined, it makes one up.
      this.#res.endWithoutBody();
    });
  }

  /** What the operating system does not take at once waits here, where it is counted, and not in uWebSockets.js. */
  #sendLong(status: number, headers: ReplyHeaders, body: string | Uint8Array): void {
    let bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.length);
    const goOn = (): boolean => this.#res.tryEnd(bytes.subarray(this.#res.getWriteOffset()), bytes.length)[1];
    let isWhole = false;
    this.#res.cork(() => {
      this.#head(status, headers);
      isWhole = goOn();
    });
    if (isWhole) return;
    if (!this.#holdAnswer(bytes.length)) return this.#close();
    // The memory may be used again by then.
    bytes = Buffer.from(bytes);
    this.#res.onWritable(() => {
      this.#res.cork(() => (isWhole = goOn()));
      if (isWhole) this.#server.held.give(this.#holding);
      return true;
    });
  }

  #endLast(chunk: Uint8Array | undefined): void {
    const kept = chunk === undefined ? EMPTY : Buffer.from(chunk);
    this.#sendLast(this.#status, (last) => {
      if (this.#hasChunks || kept.length > 0) last.ofChunks(kept);
      else last.headAlone(() => {}, 0);
    });
  }

  /**
   * Not before the packet that the request came in is read to its end: what follows the request in it would be taken for
   * the next one, and answered, over the connection that was to be closed. While an answer is wanting, it is closed instead.
   */
  #sendLast(status: number, send: (last: LastAnswer) => void): void {
    this.#isOver = true;
    setImmediate(() => {
      this.#settle(status);
      if (this.#isGone) return;
      this.#last = new LastAnswer(this.#res);
      send(this.#last);
    });
  }

  #over(status: number): void {
    this.#isOver = true;
    this.#settle(status);
  }

  #close(): void {
    setImmediate(() => {
      if (!this.#isGone) this.#res.close();
    });
  }

  #holdAnswer(bytes: number): boolean {
    return this.#server.held.take(this.#holding, bytes, () => this.#caller());
  }

  #caller(): string {
    return this.#call === null ? '' : this.#server.callerOf(this.#call);
  }

  #settle(status: number): void {
    this.#server.pending -= 1;
    this.#server.held.give(this.#holding);
    this.#call?.settle(status);
  }

  #head(status: number, headers: ReplyHeaders): void {
    this.#res.writeStatus(statusLine(status));
    for (let i = 0; i < headers.length; i += 2) this.#res.writeHeader(headers[i]!, headers[i + 1]!);
    const always = this.#call?.headers ?? NO_HEADERS;
    for (let i = 0; i < always.length; i += 2) this.#res.writeHeader(always[i]!, always[i + 1]!);
  }
}
