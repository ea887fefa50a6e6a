import { STATUS_CODES } from 'node:http';
import type { HttpRequest, HttpResponse, TemplatedApp, us_socket_context_t, WebSocket } from 'uWebSockets.js';
import type { ReplyHeaders } from '../protocol/client-call.ts';
import { badFraming, badRequest, envelopeOf } from '../protocol/error-envelope.ts';
import type { ApiError } from '../protocol/error-envelope.ts';
import type { ClientSocketSink, Handshake, Socket, SocketRequest } from '../protocol/socket-call.ts';
import { CLOSE } from '../protocol/websocket-close.ts';
import type { Close } from '../protocol/websocket-close.ts';
import { hasBody, peerOf, readHeaders } from './uws-body.io.ts';
import { LastAnswer } from './uws-last-answer.io.ts';

export type SocketServerOptions = {
  /** A pattern of uWebSockets.js: `/agents/*`. */
  path: string;
  maxMessageBytes: number;
  /** A client that says nothing for so long, although it is pinged, is gone. 0, or 8 to 960. */
  idleTimeoutS: number;
  open: (request: SocketRequest, handshake: Handshake) => void;
  onRefused: (code: string) => void;
};

const NO_BODY = Buffer.alloc(0);
const SUBPROTOCOL = /^[!#$%&'*+\-.^`|~\w]+$/;
const BAD_VERSION: ApiError = { ...badRequest('Only version 13 of WebSocket is spoken here.'), status: 426 };

/** An upgraded connection. uWebSockets.js throws at whoever touches a `ws` that is closed. */
class UwsSocket implements Socket {
  readonly #sink: ClientSocketSink;
  #ws: WebSocket<unknown> | null = null;

  constructor(sink: ClientSocketSink) {
    this.#sink = sink;
  }

  opened(ws: WebSocket<unknown>): void {
    this.#ws = ws;
  }

  received(message: ArrayBuffer, isBinary: boolean, maxBytes: number): void {
    if (this.#ws === null) return;
    if (message.byteLength <= maxBytes) return this.#sink.onMessage(Buffer.from(message), isBinary);
    this.close({ code: CLOSE.tooBig, reason: `a message has at most ${maxBytes} bytes` });
    this.#sink.onClose({ code: CLOSE.abnormal, reason: 'the client sent too long a message' });
  }

  drained(): void {
    if (this.#ws !== null) this.#sink.onDrain();
  }

  over(close: Close): void {
    if (this.#ws === null) return;
    this.#ws = null;
    this.#sink.onClose(close);
  }

  send(message: Buffer, isBinary: boolean): void {
    this.#ws?.send(message, isBinary);
  }

  bufferedBytes(): number {
    return this.#ws?.getBufferedAmount() ?? 0;
  }

  close(close: Close | null): void {
    const ws = this.#ws;
    this.#ws = null;
    // It calls the close handler before it returns.
    if (close === null) ws?.end();
    else ws?.end(close.code, close.reason);
  }
}

type UserData = { socket: UwsSocket };
/** What of a handshake is needed once its request is gone. */
type Keys = { key: string; extensions: string };

/** What all connections of a server share. */
class SocketServer {
  handshakes = 0;
  readonly open = new Set<WebSocket<UserData>>();
}

/** A handshake that is answered later, unless the client leaves before. */
class UwsHandshake implements Handshake {
  readonly #res: HttpResponse;
  readonly #context: us_socket_context_t;
  readonly #keys: Keys;
  readonly #server: SocketServer;
  #isOver = false;
  #isGone = false;
  #last: LastAnswer | null = null;
  #onAborted: (() => void) | null = null;

  constructor(res: HttpResponse, context: us_socket_context_t, keys: Keys, server: SocketServer) {
    this.#res = res;
    this.#context = context;
    this.#keys = keys;
    this.#server = server;
    server.handshakes += 1;
    res.onAborted(() => {
      this.#isGone = true;
      this.#last?.gone();
      if (this.#isOver) return;
      this.#over();
      this.#onAborted?.();
    });
  }

  onAborted(handler: () => void): void {
    this.#onAborted = handler;
  }

  refuse(error: ApiError, headers: ReplyHeaders): void {
    if (this.#isOver) return;
    this.#over();
    // Not before the packet of the handshake is read to its end; see `UwsReply`.
    setImmediate(() => {
      if (this.#isGone) return;
      const writeHead = (): void => this.#head(error.status, ['content-type', 'application/json', ...headers]);
      this.#last = new LastAnswer(this.#res);
      this.#last.whole(writeHead, Buffer.from(envelopeOf(error)));
    });
  }

  accept(protocol: string, headers: ReplyHeaders, sink: ClientSocketSink): Socket | null {
    if (this.#isOver) return null;
    this.#over();
    const socket = new UwsSocket(sink);
    this.#res.cork(() => this.#head(101, headers));
    // It calls the open handler before it returns.
    const upgrade = (): void => {
      const { key, extensions } = this.#keys;
      this.#res.upgrade<UserData>({ socket }, key, protocol, extensions, this.#context);
    };
    // In a cork of its own, this uWebSockets.js goes on to take the socket for an HTTP one if that kept its address, and closes it
    // if freed memory says so (uNetworking/uWebSockets#1929). Within the cork of another socket it doesn't. The only one has to
    // do without, for which it gets a line on stderr.
    const [other] = this.#server.open;
    if (other === undefined) upgrade();
    else other.cork(() => void this.#res.cork(upgrade));
    return socket;
  }

  #over(): void {
    this.#isOver = true;
    this.#server.handshakes -= 1;
  }

  #head(status: number, headers: ReplyHeaders): void {
    this.#res.writeStatus(`${status} ${STATUS_CODES[status] ?? 'Unknown'}`);
    for (let i = 0; i < headers.length; i += 2) this.#res.writeHeader(headers[i]!, headers[i + 1]!);
  }
}

/** The subprotocols that a client offers, or null if they are no list of different names. */
const protocolsOf = (header: string | undefined): string[] | null => {
  if (header === undefined) return [];
  const names = header.split(',').map((name) => name.trim());
  return names.every((name) => SUBPROTOCOL.test(name)) && new Set(names).size === names.length ? names : null;
};

const requestOf = (res: HttpResponse, req: HttpRequest): SocketRequest | ApiError => {
  const headers = readHeaders(req);
  if (headers === null) return badFraming('Content-Length, Transfer-Encoding or Host is ambiguous.');
  if (hasBody(headers)) return badFraming('A handshake has no body.');
  if (headers.get('sec-websocket-version') !== '13') return BAD_VERSION;
  const protocols = protocolsOf(headers.get('sec-websocket-protocol'));
  if (protocols === null) return badRequest('Sec-WebSocket-Protocol is no list of different names.');
  // Asked for later, the address would be that of a client that may be gone by then.
  const address = peerOf(res);
  const client = {
    method: 'WS',
    path: req.getUrl(),
    query: req.getQuery() ?? '',
    headers,
    body: NO_BODY,
    peer: () => address,
  };
  return { client, protocols };
};

/**
 * Takes WebSocket handshakes on a path and hands them on; each is answered when `open` says so. uWebSockets.js closes a client
 * that breaks the protocol without a close frame, as it does for messages of more than twice the limit; up to there the
 * client is told 1009. It answers pings by itself and sends its own, and it can't pause a client that sends too fast.
 */
export const serveSockets = (app: TemplatedApp, options: SocketServerOptions): { connections(): number } => {
  const { maxMessageBytes } = options;
  const server = new SocketServer();
  app.ws<UserData>(options.path, {
    // No permessage-deflate: what is relayed is what was said, and an idle connection costs no window.
    compression: 0,
    maxPayloadLength: maxMessageBytes * 2,
    // Whoever sends to a client looks at what it has not taken yet.
    maxBackpressure: 0,
    idleTimeout: options.idleTimeoutS,
    sendPingsAutomatically: true,
    upgrade: (res, req, context) => {
      if (req.getHeader('upgrade').toLowerCase() !== 'websocket') return void req.setYield(true);
      const keys = { key: req.getHeader('sec-websocket-key'), extensions: '' };
      const handshake = new UwsHandshake(res, context, keys, server);
      const request = requestOf(res, req);
      if (!('status' in request)) return options.open(request, handshake);
      options.onRefused(request.code);
      handshake.refuse(request, request === BAD_VERSION ? ['sec-websocket-version', '13'] : []);
    },
    open: (ws) => {
      server.open.add(ws);
      ws.getUserData().socket.opened(ws);
    },
    message: (ws, message, isBinary) => ws.getUserData().socket.received(message, isBinary, maxMessageBytes),
    drain: (ws) => ws.getUserData().socket.drained(),
    close: (ws, code, message) => {
      server.open.delete(ws);
      ws.getUserData().socket.over({ code, reason: Buffer.from(message).toString() });
    },
  });
  return { connections: () => server.handshakes + server.open.size };
};
