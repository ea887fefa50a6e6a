import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { targetBelow } from '../../openai/base-url.ts';
import type { BaseUrl } from '../../openai/base-url.ts';
import { ResponseFault, ResponseParser } from '../protocol/http1-response.ts';
import type { HeaderList, ResponseSink } from '../protocol/http1-response.ts';
import type { UpstreamFailure, UpstreamLimits, UpstreamRequest, UpstreamSink } from '../protocol/upstream-call.ts';

/** Under this size head and body go out as one string, which is one copy and one system call. */
const ONE_WRITE_BYTES = 16_384;
/** Shorter than the 5 s after which many servers close an idle connection, so that few requests race with that. */
const MAX_IDLE_MS = 4_000;
const NO_LIMITS: UpstreamLimits = { connectMs: 0, firstByteMs: 0, idleMs: 0, totalMs: 0 };

export type Origin = { host: string; port: number; base: BaseUrl; idle: Connection[] };

/** What a connection asks of whoever has them all. */
export type ConnectionPool = {
  nowMs: () => number;
  /** Every connection reads into this: what is kept of it must be copied. */
  readBuffer: Buffer;
  again(pending: PendingCall, origin: Origin): void;
  rest(connection: Connection, origin: Origin): void;
  forget(connection: Connection, origin: Origin): void;
};

/** A request on its way, over one connection and, if that was a dead idle one, over one more. */
export type PendingCall = {
  request: UpstreamRequest;
  sink: UpstreamSink;
  endsAtMs: number;
  connection: Connection | null;
  /** False while parts of its body are still to come. */
  isSent: boolean;
};

/** Methods whose requests have a body, so that an empty one is said to be empty (RFC 9110, section 8.6). */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** Idempotent methods (RFC 9110, section 9.2.2). */
const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

const IDEMPOTENCY_KEY = /(?:^|\n)(?:x-)?idempotency-key:/i;

const mayRepeat = ({ method, body, headerLines }: UpstreamRequest): boolean =>
  body instanceof Uint8Array && (REPEATABLE.has(method) || IDEMPOTENCY_KEY.test(headerLines));

const TIMEOUT = /(?:^|[,\s])timeout=(\d{1,6})/;

/** How long a connection may rest: a second less than the upstream says that it keeps it. */
const restMsOf = (headers: HeaderList): number => {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== 'keep-alive') continue;
    const told = TIMEOUT.exec(headers[i + 1]!);
    if (told !== null) return Math.min(MAX_IDLE_MS, Math.max(0, Number(told[1]) * 1_000 - 1_000));
  }
  return MAX_IDLE_MS;
};

const framingLine = ({ body, method }: UpstreamRequest): string => {
  if (!(body instanceof Uint8Array))
    return body.lengthBytes === null ? 'transfer-encoding: chunked\r\n' : `content-length: ${body.lengthBytes}\r\n`;
  return body.length > 0 || WITH_BODY.has(method) ? `content-length: ${body.length}\r\n` : '';
};

/**
 * One keep-alive connection, one request at a time. What it knows of the response under way lives in its parser; which
 * deadline counts follows from `#phase`.
 */
export class Connection implements ResponseSink {
  readonly #pool: ConnectionPool;
  readonly #origin: Origin;
  readonly #socket: Socket;
  readonly #parser = new ResponseParser(this);
  #pending: PendingCall | null = null;
  #phase: 'connecting' | 'waiting' | 'reading' | 'paused' | 'idle' | 'dead' = 'connecting';
  #wasUsed = false;
  #restMs = MAX_IDLE_MS;
  #sawBytes = false;
  #deadlineMs: number;

  constructor(pool: ConnectionPool, origin: Origin, nowMs: number, connectMs: number) {
    this.#pool = pool;
    this.#origin = origin;
    this.#deadlineMs = nowMs + connectMs;
    const onread = {
      buffer: pool.readBuffer,
      callback: (length: number) => {
        this.#received(pool.readBuffer.subarray(0, length));
        return this.#phase !== 'paused';
      },
    };
    this.#socket = connect({ host: origin.host, port: origin.port, noDelay: true, onread });
    this.#socket.on('connect', () => this.#connected());
    this.#socket.on('error', (error) => this.#lost(error.message));
    this.#socket.on('drain', () => this.#pending?.sink.onWritable?.());
    this.#socket.on('end', () => this.#ended());
    this.#socket.on('close', () => this.#lost('connection closed'));
  }

  send(pending: PendingCall): void {
    const { request } = pending;
    this.#pending = pending;
    pending.connection = this;
    this.#sawBytes = false;
    if (this.#phase === 'idle') this.#await('waiting', request.limits.firstByteMs);
    this.#parser.expect(request.method === 'HEAD');
    const { base } = this.#origin;
    const path = targetBelow(base, request.path);
    const head = `${request.method} ${path} HTTP/1.1\r\nhost: ${base.host}\r\n${request.headerLines}${framingLine(request)}\r\n`;
    const { body } = request;
    if (!(body instanceof Uint8Array)) {
      this.#socket.write(head, 'latin1');
      return;
    }
    pending.isSent = true;
    if (body.length <= ONE_WRITE_BYTES) {
      this.#socket.write(head + body.toString('latin1'), 'latin1');
      return;
    }
    this.#socket.cork();
    this.#socket.write(head, 'latin1');
    this.#socket.write(body);
    this.#socket.uncork();
  }

  /** A part of a body that comes in pieces, framed as its head said. */
  write(chunk: Buffer, isChunked: boolean): boolean {
    if (this.#phase === 'dead') return true;
    // An upload in progress is no silence of the upstream's.
    if (this.#phase === 'waiting') this.#await('waiting', this.#limits().firstByteMs);
    if (!isChunked) return this.#socket.write(chunk);
    this.#socket.cork();
    this.#socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
    this.#socket.write(chunk);
    const isDrained = this.#socket.write('\r\n', 'latin1');
    this.#socket.uncork();
    return isDrained;
  }

  finish(isChunked: boolean): void {
    if (this.#phase !== 'dead' && isChunked) this.#socket.write('0\r\n\r\n', 'latin1');
  }

  /** Drops the call under way without a word to its sink. */
  abort(): void {
    this.#pending = null;
    this.destroy();
  }

  pause(): void {
    if (this.#phase !== 'reading') return;
    this.#phase = 'paused';
    this.#socket.pause();
  }

  resume(): void {
    if (this.#phase !== 'paused') return;
    this.#await('reading', this.#limits().idleMs);
    this.#socket.resume();
  }

  /** True if the connection is of no more use. */
  sweep(nowMs: number): boolean {
    if (this.#phase === 'dead') return true;
    const endsAtMs = this.#pending?.endsAtMs ?? Number.POSITIVE_INFINITY;
    if (nowMs >= endsAtMs) this.#fail('total_timeout', 'the answer took too long');
    else if (nowMs < this.#deadlineMs || this.#phase === 'paused') return false;
    else if (this.#phase === 'connecting') this.#fail('connect_timeout', 'no connection in time');
    else if (this.#phase === 'waiting') this.#fail('first_byte_timeout', 'no answer in time');
    else if (this.#phase === 'reading') this.#fail('idle_timeout', 'the answer stopped half way');
    else this.destroy();
    return true;
  }

  destroy(): void {
    if (this.#phase === 'dead') return;
    this.#phase = 'dead';
    this.#socket.destroy();
    this.#pool.forget(this, this.#origin);
  }

  onHead(status: number, headers: HeaderList): void {
    this.#restMs = restMsOf(headers);
    this.#pending?.sink.onHead(status, headers);
  }

  onData(chunk: Buffer): void {
    this.#pending?.sink.onData(chunk);
  }

  onEnd(reusable: boolean): void {
    const pending = this.#pending;
    this.#pending = null;
    if (this.#phase === 'paused') this.#socket.resume();
    if (reusable && this.#restMs > 0 && this.#phase !== 'dead' && pending?.isSent !== false) {
      this.#wasUsed = true;
      this.#await('idle', this.#restMs);
      this.#pool.rest(this, this.#origin);
    } else this.destroy();
    if (pending !== null) {
      pending.connection = null;
      pending.sink.onEnd();
    }
  }

  #connected(): void {
    if (this.#phase === 'connecting') this.#await('waiting', this.#limits().firstByteMs);
  }

  #received(bytes: Buffer): void {
    if (this.#phase === 'dead') return;
    if (this.#pending === null) return this.destroy();
    this.#sawBytes = true;
    if (this.#phase !== 'paused') this.#await('reading', this.#limits().idleMs);
    try {
      this.#parser.feed(bytes);
    } catch (error) {
      this.#failParse(error);
    }
  }

  #ended(): void {
    try {
      this.#parser.close();
    } catch {
      return this.#lost('closed by the upstream');
    }
    this.destroy();
  }

  #failParse(error: unknown): void {
    if (!(error instanceof ResponseFault)) throw error;
    // After a sound response the excess is this connection's trouble only.
    if (this.#pending === null) this.destroy();
    else this.#fail('protocol', error.message);
  }

  /**
   * A connection that served before and dies without a byte was most likely closed while idle. What may be done twice
   * gets one more try; a POST may have been read and worked on, and is left to whoever may decide that.
   */
  #lost(message: string): void {
    const pending = this.#pending;
    if (this.#phase !== 'dead' && pending !== null && mayRepeat(pending.request) && this.#wasUsed && !this.#sawBytes) {
      this.#pending = null;
      this.destroy();
      this.#pool.again(pending, this.#origin);
      return;
    }
    this.#fail(this.#phase === 'connecting' ? 'connect' : 'closed', message);
  }

  #fail(kind: UpstreamFailure['kind'], message: string): void {
    const pending = this.#pending;
    this.#pending = null;
    this.destroy();
    if (pending === null) return;
    pending.connection = null;
    pending.sink.onFailure({ kind, message });
  }

  /** Those of the request under way; a connection without one waits for nothing. */
  #limits(): UpstreamLimits {
    return this.#pending?.request.limits ?? NO_LIMITS;
  }

  #await(phase: 'waiting' | 'reading' | 'idle', forMs: number): void {
    this.#phase = phase;
    this.#deadlineMs = this.#pool.nowMs() + forMs;
  }
}
