import { baseUrlOf } from '../../openai/base-url.ts';
import { Connection } from './upstream-connection.io.ts';
import type { ConnectionPool, PendingCall, Origin } from './upstream-connection.io.ts';
import type {
  SendUpstream,
  UpstreamCall,
  UpstreamLimits,
  UpstreamRequest,
  UpstreamSink,
} from '../protocol/upstream-call.ts';

const READ_BYTES = 65_536;
const SWEEP_EVERY_MS = 50;
const MAX_IDLE_CONNECTIONS = 256;

export type UpstreamHttp = {
  send: SendUpstream;
  /** Closes every connection; calls under way fail. */
  close: () => void;
};

/** The caller's handle on a call. */
class HttpCall implements UpstreamCall {
  readonly #pending: PendingCall;

  constructor(pending: PendingCall) {
    this.#pending = pending;
  }

  abort(): void {
    this.#pending.connection?.abort();
  }

  pause(): void {
    this.#pending.connection?.pause();
  }

  resume(): void {
    this.#pending.connection?.resume();
  }

  write(chunk: Buffer): boolean {
    return this.#pending.connection?.write(chunk, this.#isChunked) ?? true;
  }

  end(): void {
    if (this.#pending.isSent) return;
    this.#pending.isSent = true;
    this.#pending.connection?.finish(this.#isChunked);
  }

  get #isChunked(): boolean {
    const { body } = this.#pending.request;
    return !(body instanceof Uint8Array) && body.lengthBytes === null;
  }
}

/** All connections to all upstreams. */
class Pool implements ConnectionPool {
  readonly nowMs: () => number;
  readonly readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);
  readonly #origins = new Map<string, Origin>();
  readonly #connections = new Set<Connection>();
  /** Runs while there is a connection to look at. */
  #sweeper: NodeJS.Timeout | null = null;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  send(request: UpstreamRequest, sink: UpstreamSink): UpstreamCall {
    const origin = this.#originOf(request.upstream);
    const endsAtMs = this.nowMs() + request.limits.totalMs;
    const pending: PendingCall = { request, sink, endsAtMs, connection: null, isSent: false };
    const connection = origin.idle.pop() ?? this.#open(origin, request.limits);
    connection.send(pending);
    return new HttpCall(pending);
  }

  again(pending: PendingCall, origin: Origin): void {
    this.#open(origin, pending.request.limits).send(pending);
  }

  rest(connection: Connection, origin: Origin): void {
    if (origin.idle.length < MAX_IDLE_CONNECTIONS) origin.idle.push(connection);
    else connection.destroy();
  }

  forget(connection: Connection, origin: Origin): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#stopSweeping();
    const at = origin.idle.indexOf(connection);
    if (at >= 0) origin.idle.splice(at, 1);
  }

  close(): void {
    for (const connection of this.#connections) connection.destroy();
    this.#stopSweeping();
  }

  #open(origin: Origin, limits: UpstreamLimits): Connection {
    const connection = new Connection(this, origin, this.nowMs(), limits.connectMs);
    this.#connections.add(connection);
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_EVERY_MS).unref();
    return connection;
  }

  #originOf(upstream: string): Origin {
    const known = this.#origins.get(upstream);
    if (known) return known;
    const url = new URL(upstream);
    const origin = {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || 80),
      base: baseUrlOf(upstream),
      idle: [],
    };
    this.#origins.set(upstream, origin);
    return origin;
  }

  #stopSweeping(): void {
    if (this.#sweeper) clearInterval(this.#sweeper);
    this.#sweeper = null;
  }

  #sweep(): void {
    const nowMs = this.nowMs();
    for (const connection of this.#connections) connection.sweep(nowMs);
  }
}

/**
 * An HTTP/1.1 client for `http:` upstreams, over plain sockets, because the client is what a front door's speed and tail
 * are made of: keep-alive connections, last used first, one request at a time and no pipelining. Connections are as many
 * as requests under way. Timeouts are exact to 50 ms.
 * @param nowMs a clock that never steps back.
 */
export const createUpstreamHttp = (nowMs: () => number): UpstreamHttp => {
  const pool = new Pool(nowMs);
  return { send: (request, sink) => pool.send(request, sink), close: () => pool.close() };
};
