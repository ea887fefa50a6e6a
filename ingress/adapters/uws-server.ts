import { STATUS_CODES } from 'node:http';
import type { HttpRequest, HttpResponse, TemplatedApp, us_listen_socket } from 'uWebSockets.js';
import type { ClientRequest, Reply, ReplyHeaders } from '../core/client-call.ts';
import { badFraming, bodyTooLarge, envelopeOf, methodNotAllowed, pathNotFound } from '../core/error-envelope.ts';
import type { ApiError } from '../core/error-envelope.ts';

/** uWebSockets.js reads this once, when it is loaded; its own 4 KiB are too few for long tokens and cookies. */
process.env['UWS_HTTP_MAX_HEADERS_SIZE'] ??= '32768';
const uws = await import('uWebSockets.js');

export type Handle = (request: ClientRequest, reply: Reply) => void;

/** Every path there is. What comes later gets its line here. */
const ENDPOINTS = [
  { method: 'POST', path: '/v1/chat/completions', name: 'chat' },
  { method: 'GET', path: '/v1/models', name: 'models' },
  { method: 'POST', path: '/v1/feedback', name: 'feedback' },
  { method: 'GET', path: '/livez', name: 'live' },
  { method: 'GET', path: '/readyz', name: 'ready' },
  { method: 'GET', path: '/metrics', name: 'metrics' },
] as const;
type Endpoint = (typeof ENDPOINTS)[number];

export type FrontServer = {
  port: number;
  /** Takes no new connections. Those that are open go on; each is closed with its next whole answer. */
  stopListening: () => void;
  /** Requests not yet answered. */
  pending: () => number;
  /** Closes every connection. */
  close: () => void;
};

type Options = {
  host: string;
  port: number;
  maxBodyBytes: number;
  front: Readonly<Record<Endpoint['name'], Handle>>;
  onRefused: (code: string) => void;
};

const statusLines = new Map(Object.entries(STATUS_CODES).map(([code, text]) => [Number(code), `${code} ${text}`]));
const statusLine = (status: number): string => statusLines.get(status) ?? `${status} Unknown`;
const JSON_HEADERS = ['content-type', 'application/json'];
/** A header that says where a message ends or whom it is for; twice is an attack or a defect. */
const SINGLE: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'host']);

/** What all replies of a server share. */
class ServerState {
  pending = 0;
  isStopping = false;
}

/** Keeps to the rules of uWebSockets.js: nothing touches `res` after it was ended or aborted, and all writes are corked. */
class UwsReply implements Reply {
  readonly #res: HttpResponse;
  readonly #server: ServerState;
  #isOver = false;
  #onAborted: (() => void) | null = null;
  #onDrain: (() => void) | null = null;

  constructor(res: HttpResponse, server: ServerState) {
    this.#res = res;
    this.#server = server;
    server.pending += 1;
    res.onAborted(() => {
      if (this.#isOver) return;
      this.#over();
      this.#onAborted?.();
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  onAborted(handler: () => void): void {
    this.#onAborted = handler;
  }

  send(status: number, headers: ReplyHeaders, body: string | Uint8Array, close = this.#server.isStopping): void {
    if (this.#isOver) return;
    this.#over();
    this.#res.cork(() => {
      this.#head(status, headers);
      this.#res.end(body, close);
    });
  }

  start(status: number, headers: ReplyHeaders): void {
    if (this.#isOver) return;
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
    this.#over();
    this.#res.cork(() => {
      if (chunk !== undefined && chunk.length > 0) this.#res.write(chunk);
      // Never with its flag to close: after a body in chunks this uWebSockets.js writes that header into the body.
      this.#res.end();
    });
  }

  cut(): void {
    if (this.#isOver) return;
    this.#over();
    this.#res.close();
  }

  refuse(error: ApiError, headers: ReplyHeaders = [], close?: boolean): void {
    this.send(error.status, [...JSON_HEADERS, ...headers], envelopeOf(error), close);
  }

  #over(): void {
    this.#isOver = true;
    this.#server.pending -= 1;
  }

  #head(status: number, headers: ReplyHeaders): void {
    this.#res.writeStatus(statusLine(status));
    for (let i = 0; i < headers.length; i += 2) this.#res.writeHeader(headers[i]!, headers[i + 1]!);
  }
}

/** All headers, or null if one that must be single came twice, or it is not clear where the message ends. */
const readHeaders = (req: HttpRequest): ReadonlyMap<string, string> | null => {
  const headers = new Map<string, string>();
  let isSound = true;
  req.forEach((name, value) => {
    const before = headers.get(name);
    if (before === undefined) headers.set(name, value);
    else if (SINGLE.has(name)) isSound = false;
    else headers.set(name, `${before}, ${value}`);
  });
  const coding = headers.get('transfer-encoding');
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || headers.has('content-length'))) isSound = false;
  return isSound ? headers : null;
};

/** Collects the body, at most `maxBytes` of it; `null` if it is longer. */
const readBody = (res: HttpResponse, maxBytes: number, done: (body: Buffer | null) => void): void => {
  let parts: Buffer[] = [];
  let sizeBytes = 0;
  let isOver = false;
  res.onData((data, isLast) => {
    if (isOver) return;
    sizeBytes += data.byteLength;
    if (sizeBytes > maxBytes) {
      isOver = true;
      parts = [];
      done(null);
      return;
    }
    // The memory is uWebSockets.js' own and only valid during the call.
    if (data.byteLength > 0 || isLast) parts.push(Buffer.from(Buffer.from(data)));
    if (!isLast) return;
    isOver = true;
    done(parts.length === 1 ? parts[0]! : Buffer.concat(parts, sizeBytes));
  });
};

const peerOf = (res: HttpResponse): string => Buffer.from(res.getRemoteAddressAsText()).toString();

const serve = (app: TemplatedApp, endpoint: Endpoint, options: Options, server: ServerState): void => {
  const { method, path, name } = endpoint;
  const handle = options.front[name];
  const onRequest = (res: HttpResponse, req: HttpRequest): void => {
    const reply = new UwsReply(res, server);
    const refuse = (error: ApiError, close: boolean): void => {
      options.onRefused(error.code);
      reply.refuse(error, [], close);
    };
    const headers = readHeaders(req);
    if (headers === null) return refuse(badFraming('Content-Length, Transfer-Encoding or Host is ambiguous.'), true);
    const request = (body: Buffer): ClientRequest => ({ method, path, headers, body, peer: () => peerOf(res) });
    if (method === 'GET') return handle(request(Buffer.alloc(0)), reply);
    const tooLarge = bodyTooLarge(`The body is larger than ${options.maxBodyBytes} bytes.`);
    if (Number(headers.get('content-length') ?? 0) > options.maxBodyBytes) return refuse(tooLarge, true);
    readBody(res, options.maxBodyBytes, (body) => {
      if (reply.isOver) return;
      if (body === null) refuse(tooLarge, true);
      else handle(request(body), reply);
    });
  };
  if (method === 'GET') app.get(path, onRequest);
  else app.post(path, onRequest);
  app.any(path, (res, req) => {
    const error = methodNotAllowed(`${path} takes ${method}, not ${req.getCaseSensitiveMethod()}.`);
    options.onRefused(error.code);
    new UwsReply(res, server).refuse(error, ['allow', method]);
  });
};

/** What the package has but its types don't: without the option two processes could share the port unawares. */
type Exclusive = {
  listen(host: string, port: number, options: number, onListen: (socket: us_listen_socket | false) => void): void;
};
const { LIBUS_LISTEN_EXCLUSIVE_PORT: EXCLUSIVE } = uws as unknown as { LIBUS_LISTEN_EXCLUSIVE_PORT: number };

const listen = (app: TemplatedApp, host: string, port: number): Promise<us_listen_socket> =>
  new Promise((resolve, reject) => {
    (app as unknown as Exclusive).listen(host, port, EXCLUSIVE, (socket) => {
      if (socket) resolve(socket);
      else reject(new Error(`can't listen on ${host}:${port}: is the port taken? Choose another with INGRESS_PORT`));
    });
  });

/**
 * The HTTP server of the front door: reads requests whole within limits, refuses what no endpoint takes, and hands the
 * rest on. The only file that knows uWebSockets.js.
 */
export const startServer = async (options: Options): Promise<FrontServer> => {
  const app = uws.App();
  const server = new ServerState();
  for (const endpoint of ENDPOINTS) serve(app, endpoint, options, server);
  app.any('/*', (res, req) => {
    const error = pathNotFound(`There is no ${req.getUrl()} here. Try POST /v1/chat/completions.`);
    options.onRefused(error.code);
    new UwsReply(res, server).refuse(error);
  });
  const socket = await listen(app, options.host, options.port);
  return {
    port: uws.us_socket_local_port(socket),
    stopListening: () => {
      if (server.isStopping) return;
      server.isStopping = true;
      uws.us_listen_socket_close(socket);
    },
    pending: () => server.pending,
    close: () => void app.close(),
  };
};
