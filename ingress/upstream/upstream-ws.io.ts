import { messageOf } from '../../schemas/error-message.ts';
import { WebSocket } from 'ws';
import type { OpenUpstreamSocket, UpstreamSocket, UpstreamSocketRequest } from '../protocol/socket-call.ts';
import type { UpstreamSocketSink } from '../protocol/socket-call.ts';
import type { UpstreamFailure } from '../protocol/upstream-call.ts';
import { CLOSE } from '../protocol/websocket-close.ts';
import type { Close } from '../protocol/websocket-close.ts';

export type UpstreamSocketOptions = {
  maxMessageBytes: number;
  /** An upstream that let a whole interval pass without answering its ping is lost. */
  pingEveryMs: number;
};

/** The client that waits for it is gone already, or told. */
const CLOSING_MS = 1_000;
const NEVER_CONNECTED =
  /^(ECONNREFUSED|ECONNABORTED|ENOTFOUND|EAI_|EHOST|ENET|EADDR|ERR_TLS|CERT_|DEPTH_|SELF_SIGNED|UNABLE_)/;

const failureOf = (error: Error, isConnected: boolean): UpstreamFailure => {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (!isConnected || NEVER_CONNECTED.test(code)) return { kind: 'connect', message: error.message };
  return { kind: code === '' || code.startsWith('HPE_') ? 'protocol' : 'closed', message: error.message };
};

const headersOf = (lines: string): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const line of lines.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    // The handshake is between us and the upstream; the client had its own.
    if (name !== '' && !name.startsWith('sec-websocket-')) headers[name] = line.slice(colon + 2);
  }
  return headers;
};

/** The two timeouts of a handshake, one after the other. */
class HandshakeTimer {
  readonly #firstByteMs: number;
  readonly #fail: (failure: UpstreamFailure) => void;
  #timer: NodeJS.Timeout;
  isConnected = false;

  constructor({ limits }: UpstreamSocketRequest, fail: (failure: UpstreamFailure) => void) {
    this.#firstByteMs = limits.firstByteMs;
    this.#fail = fail;
    const message = `no connection within ${limits.connectMs} ms`;
    this.#timer = setTimeout(() => fail({ kind: 'connect_timeout', message }), limits.connectMs);
  }

  connected(): void {
    this.isConnected = true;
    this.stop();
    const message = `no answer to the handshake within ${this.#firstByteMs} ms`;
    this.#timer = setTimeout(() => this.#fail({ kind: 'first_byte_timeout', message }), this.#firstByteMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** One connection, and what of it `ws` does not do by itself: it tells its sink how it began and ended, once each. */
class WsUpstream implements UpstreamSocket {
  readonly #ws: WebSocket;
  #sink: UpstreamSocketSink | null;
  #timer: HandshakeTimer | null;
  #fault = '';
  isAlive = true;

  constructor(request: UpstreamSocketRequest, sink: UpstreamSocketSink, options: UpstreamSocketOptions) {
    this.#sink = sink;
    let offered = request.protocols;
    const settings: WebSocket.ClientOptions & { closeTimeout: number } = {
      headers: headersOf(request.headerLines),
      perMessageDeflate: false,
      maxPayload: options.maxMessageBytes,
      closeTimeout: CLOSING_MS,
      finishRequest: (req) => {
        req.once('socket', (socket) => socket.once('connect', () => this.#timer?.connected()));
        req.end();
      },
    };
    const ws = new WebSocket(request.url, [...offered], settings);
    this.#ws = ws;
    this.#timer = new HandshakeTimer(request, (failure) => this.#fail(failure));
    ws.on('upgrade', ({ headers }) => {
      // An upstream may choose none; `ws` would take that for a fault, but it is for the client to judge.
      if (headers['sec-websocket-protocol'] !== undefined || offered.length === 0) return;
      headers['sec-websocket-protocol'] = offered[0];
      offered = [];
    });
    ws.on('unexpected-response', (_req, { statusCode = 0, rawHeaders }) => {
      const sink = this.#begun();
      this.#sink = null;
      ws.terminate();
      const headers = rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text));
      sink?.onRefused(statusCode, headers);
    });
    ws.on('open', () => this.#begun()?.onOpen(offered.length === 0 ? '' : ws.protocol));
    ws.on('message', (data, isBinary) => {
      this.isAlive = true;
      this.#sink?.onMessage(data as Buffer, isBinary);
    });
    ws.on('pong', () => (this.isAlive = true));
    ws.on('error', (error) => {
      this.#fault = error.message;
      if (this.#timer !== null) this.#fail(failureOf(error, this.#timer.isConnected));
    });
    ws.on('close', (code, reason) => {
      const sink = this.#sink;
      this.#sink = null;
      if (this.#timer === null) sink?.onClose({ code, reason: this.#fault || reason.toString() });
    });
  }

  onceClosed(handler: () => void): void {
    this.#ws.once('close', handler);
  }

  ping(): void {
    if (this.#ws.readyState !== WebSocket.OPEN || this.#ws.isPaused) return;
    if (!this.isAlive) return this.#ws.terminate();
    this.isAlive = false;
    this.#ws.ping();
  }

  send(message: Buffer, isBinary: boolean): void {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(message, { binary: isBinary });
  }

  bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.isAlive = true;
    this.#ws.resume();
  }

  close(close: Close | null): void {
    this.#begun();
    this.#sink = null;
    if (this.#ws.readyState === WebSocket.CONNECTING) return this.#ws.terminate();
    // Paused, it would never see the upstream's close frame. Not otherwise: `ws` throws if its handshake was given up.
    if (this.#ws.isPaused) this.#ws.resume();
    if (close === null) this.#ws.close();
    else this.#ws.close(close.code, close.reason);
  }

  #begun(): UpstreamSocketSink | null {
    this.#timer?.stop();
    this.#timer = null;
    return this.#sink;
  }

  #fail(failure: UpstreamFailure): void {
    const sink = this.#begun();
    this.#sink = null;
    this.#ws.terminate();
    sink?.onFailure(failure);
  }
}

const CLOSED: UpstreamSocket = {
  send: () => {},
  bufferedBytes: () => 0,
  close: () => {},
  pause: () => {},
  resume: () => {},
};

/**
 * WebSocket connections to upstreams. Redirects are not followed, compression is not offered, pings are answered, and
 * every connection is pinged. The only file that knows `ws`.
 */
export const createUpstreamWs = (options: UpstreamSocketOptions) => {
  const sockets = new Set<WsUpstream>();
  const pinging = setInterval(() => {
    for (const socket of sockets) socket.ping();
  }, options.pingEveryMs);
  pinging.unref();

  const open: OpenUpstreamSocket = (request, sink) => {
    try {
      const socket = new WsUpstream(request, sink, options);
      sockets.add(socket);
      socket.onceClosed(() => sockets.delete(socket));
      return socket;
    } catch (error) {
      const message = messageOf(error);
      queueMicrotask(() => sink.onFailure({ kind: 'connect', message }));
      return CLOSED;
    }
  };

  return {
    open,
    connections: () => sockets.size,
    close: () => {
      clearInterval(pinging);
      for (const socket of sockets) socket.close({ code: CLOSE.goingAway, reason: '' });
    },
  };
};
