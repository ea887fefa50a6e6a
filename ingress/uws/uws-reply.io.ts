import { STATUS_CODES } from 'node:http';
import type { HttpResponse } from 'uWebSockets.js';
import type { AdmissionCall } from '../admission/admission-call.ts';
import { CLIENT_GONE } from '../exchange/live-exchange.ts';
import type { Reply, ReplyHeaders } from '../protocol/client-call.ts';

const statusLines = new Map(Object.entries(STATUS_CODES).map(([code, text]) => [Number(code), `${code} ${text}`]));
const statusLine = (status: number): string => statusLines.get(status) ?? `${status} Unknown`;
const NO_HEADERS: ReplyHeaders = [];

/** What all replies of a server share. */
export class ServerState {
  /** Requests not yet answered. */
  pending = 0;
  isStopping = false;
}

/** Keeps to the rules of uWebSockets.js: nothing touches `res` after it was ended or aborted, and all writes are corked. */
export class UwsReply implements Reply {
  readonly #res: HttpResponse;
  readonly #server: ServerState;
  readonly #isHead: boolean;
  #call: AdmissionCall | null = null;
  #status = 0;
  #isOver = false;
  #isGone = false;
  #onAborted: (() => void) | null = null;
  #onDrain: (() => void) | null = null;

  /** @param isHead of a request that wants no body, whatever it is answered (RFC 9110, section 9.3.2). */
  constructor(res: HttpResponse, server: ServerState, isHead: boolean) {
    this.#res = res;
    this.#isHead = isHead;
    this.#server = server;
    server.pending += 1;
    res.onAborted(() => {
      this.#isGone = true;
      if (this.#isOver) return;
      this.#isOver = true;
      this.#onAborted?.();
      this.#settle(CLIENT_GONE);
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The call that this answers: it gives the answer headers, and is settled when the reply is over. */
  answers(call: AdmissionCall): void {
    this.#call = call;
  }

  onAborted(handler: () => void): void {
    this.#onAborted = handler;
  }

  send(status: number, headers: ReplyHeaders, body: string | Uint8Array, close = this.#server.isStopping): void {
    if (this.#isOver) return;
    if (this.#isHead) return this.sendHead(status, headers, Buffer.byteLength(body));
    if (close) return this.#sendLast(status, headers, body);
    this.#over(status);
    this.#res.cork(() => {
      this.#head(status, headers);
      this.#res.end(body);
    });
  }

  sendHead(status: number, headers: ReplyHeaders, lengthBytes: number | null): void {
    if (this.#isOver) return;
    this.#over(status);
    this.#res.cork(() => {
      this.#head(status, headers);
      if (lengthBytes !== null) this.#res.writeHeader('content-length', String(lengthBytes));
      if (this.#server.isStopping) this.#res.writeHeader('connection', 'close');
      // Without arguments: given a length, this uWebSockets.js takes the answer for unfinished; given undefined, it makes one up.
      this.#res.endWithoutBody();
    });
  }

  start(status: number, headers: ReplyHeaders): void {
    if (this.#isOver) return;
    this.#status = status;
    this.#res.onWritable(() => {
      this.#onDrain?.();
      return true;
    });
    this.#res.cork(() => this.#head(status, this.#server.isStopping ? [...headers, 'connection', 'close'] : headers));
  }

  write(chunk: Uint8Array): boolean {
    if (this.#isOver) return true;
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
    this.#over(this.#status);
    this.#res.cork(() => {
      if (chunk !== undefined && chunk.length > 0) this.#res.write(chunk);
      // Never with its flag to close: after a body in chunks this uWebSockets.js writes that header into the body.
      this.#res.end();
    });
  }

  cut(): void {
    if (this.#isOver) return;
    this.#over(this.#status);
    this.#res.close();
  }

  /**
   * Not before the packet that the request came in is read to its end: what follows the request in it would be taken for
   * the next one, and answered, over the connection that was to be closed. While an answer is wanting, it is closed instead.
   */
  #sendLast(status: number, headers: ReplyHeaders, body: string | Uint8Array): void {
    this.#isOver = true;
    // The memory may be used again by then.
    const kept = typeof body === 'string' ? body : Buffer.from(body);
    setImmediate(() => {
      this.#settle(status);
      if (this.#isGone) return;
      this.#res.cork(() => {
        this.#head(status, headers);
        this.#res.end(kept, true);
      });
    });
  }

  #over(status: number): void {
    this.#isOver = true;
    this.#settle(status);
  }

  #settle(status: number): void {
    this.#server.pending -= 1;
    this.#call?.settle(status);
  }

  #head(status: number, headers: ReplyHeaders): void {
    this.#res.writeStatus(statusLine(status));
    for (let i = 0; i < headers.length; i += 2) this.#res.writeHeader(headers[i]!, headers[i + 1]!);
    const always = this.#call?.headers ?? NO_HEADERS;
    for (let i = 0; i < always.length; i += 2) this.#res.writeHeader(always[i]!, always[i + 1]!);
  }
}
