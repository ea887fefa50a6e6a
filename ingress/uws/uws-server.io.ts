import type * as uWebSockets from 'uWebSockets.js';
import type { HttpRequest, HttpResponse, TemplatedApp, us_listen_socket } from 'uWebSockets.js';
import type { ClientRequest } from '../protocol/client-call.ts';
import { badFraming, badRequest, badTarget, bodyTooLarge, unavailable } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import { noEndpoint, wrongMethod } from '../door/endpoint.ts';
import type { Endpoint } from '../door/endpoint.ts';
import type { FrontDoor } from '../service.ts';
import { decodeRequest } from './request-coding.io.ts';
import { checkUwsBinary } from './uws-binary.io.ts';
import { hasBody, isInChunks, peerOf, readBody, readHeaders, UwsUpload } from './uws-body.io.ts';
import type { UploadLimits } from './uws-body.io.ts';
import { ServerState, UwsReply } from './uws-reply.io.ts';
import { serveSockets } from './uws-websocket.io.ts';

/** What may stand in front of a request's body, in bytes; uWebSockets.js' own 4 KiB are too few for long tokens and cookies. */
const MAX_HEAD_BYTES = '32768';

export type Uws = typeof uWebSockets;

/**
 * Loads uWebSockets.js, which reads from the environment, once and only then, how long a request's head may be. Throws if its binary is not
 * one that is known.
 */
export const installUws = async (entry = import.meta.resolve('uWebSockets.js')): Promise<Uws> => {
  checkUwsBinary(entry);
  process.env['UWS_HTTP_MAX_HEADERS_SIZE'] ??= MAX_HEAD_BYTES;
  return (await import(entry)) as Uws;
};

export type FrontServer = {
  port: number;
  /** Takes no new connections. Those that are open go on; each is closed with its next whole answer. */
  stopListening: () => void;
  /** Requests not yet answered. */
  pending: () => number;
  /** Closes every connection. */
  close: () => void;
};

export type ServerOptions = {
  host: string;
  port: number;
  /** Lets other processes of this host take connections of the same port. */
  sharesPort: boolean;
  /** Files in PEM form; null serves without TLS. */
  tls: { certFile: string; keyFile: string } | null;
  front: FrontDoor;
};

/** A server under way. */
type Serving = { front: FrontDoor; state: ServerState };

/** What is left of a refused request's body is read and forgotten up to here; a longer one's connection is closed. */
const FORGOTTEN_BODY_BYTES = 65_536;
const EMPTY = Buffer.alloc(0);
const NO_ROOM: Refusal = {
  error: unavailable('overloaded', 'The front door holds as much of other requests as it can. Try again later.'),
  headers: ['retry-after', '1', 'retry-after-ms', '1000'],
};
/** What may stand in a request line that we write ourselves. */
const TARGET = /^[\x21-\x7e]*$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/;

const requestOf = (
  res: HttpResponse,
  req: HttpRequest,
  method: string,
  headers: ClientRequest['headers'],
): ClientRequest => ({
  method,
  path: req.getUrl(),
  query: req.getQuery() ?? '',
  headers,
  body: EMPTY,
  peer: () => peerOf(res),
});

type Begun = { request: ClientRequest; reply: UwsReply; lengthBytes: number | null; hasBody: boolean };

/** A request's head and the reply to it; null if it was refused for its framing. */
const begin = (res: HttpResponse, req: HttpRequest, { state, front }: Serving): Begun | null => {
  const headers = readHeaders(req);
  // Not by `getMethod`, which would put the method in lower case for whoever reads it next.
  const method = req.getCaseSensitiveMethod();
  const reply = new UwsReply(res, state, {
    isHead: method === 'HEAD',
    isLast: headers === null || isInChunks(headers),
  });
  if (headers === null) {
    front.refuse(reply, badFraming('Content-Length, Transfer-Encoding or Host is ambiguous.'), [], true);
    return null;
  }
  const request = requestOf(res, req, method, headers);
  if (!TARGET.test(request.path) || !TARGET.test(request.query) || !TOKEN.test(request.method)) {
    front.refuse(reply, badTarget('The request line has characters that must be percent-encoded.'), [], true);
    return null;
  }
  const length = headers.get('content-length');
  const lengthBytes = length === undefined ? null : Number(length);
  return { request, reply, lengthBytes, hasBody: hasBody(headers) };
};

/** The rest of a body is not waited for. */
const refuseRoom = (reply: UwsReply, front: FrontDoor): void =>
  front.refuse(reply, NO_ROOM.error, NO_ROOM.headers, true);

/** Reads the body whole, and hands the request on. */
const readWhole = (
  res: HttpResponse,
  reply: UwsReply,
  lengthBytes: number | null,
  { front }: Serving,
  done: (body: Buffer) => void,
): void => {
  const maxBytes = front.maxBodyBytes();
  const tooLarge = (): void => {
    const error = bodyTooLarge(`The body is larger than ${maxBytes} bytes.`);
    front.refuse(reply, error, [], true);
  };
  if ((lengthBytes ?? 0) > maxBytes) return tooLarge();
  readBody(res, lengthBytes === null, { maxBytes, hold: (bytes) => reply.hold(bytes) }, (body) => {
    if (reply.isOver) return;
    if (body === 'too long') tooLarge();
    else if (body === 'no room') refuseRoom(reply, front);
    else done(body);
  });
};

/** Whether a refused request's connection must end, because too much of its body may still come. */
const mustClose = ({ lengthBytes }: Begun): true | undefined =>
  (lengthBytes ?? 0) > FORGOTTEN_BODY_BYTES ? true : undefined;

/** Whether the body is to be read whole before anyone is asked to take it. */
const isReadWhole = ({ body }: Endpoint, lengthBytes: number | null, front: FrontDoor): boolean => {
  if (body === 'whole') return true;
  // What is too long is read so far as to say that.
  return lengthBytes !== null && (lengthBytes <= front.wholeBodyBytes || lengthBytes > front.maxBodyBytes());
};

const uploadLimits = (reply: UwsReply, front: FrontDoor): UploadLimits => ({
  keptBytes: front.wholeBodyBytes,
  hold: (bytes) => reply.hold(bytes),
  refused: () => {
    reply.giveUp();
    if (reply.isStarted) reply.cut();
    else refuseRoom(reply, front);
  },
  isGone: () => reply.isOver,
});

const serveEndpoint = (app: TemplatedApp, endpoint: Endpoint, serving: Serving): void => {
  const { method, path, access, body: takes, handle } = endpoint;
  const { front } = serving;
  const onRequest = (res: HttpResponse, req: HttpRequest): void => {
    const begun = begin(res, req, serving);
    if (begun === null) return;
    const { request, reply, lengthBytes } = begun;
    const call = front.beginCall('request', request, access);
    reply.answers(call);
    const refusal = call.enter();
    if (refusal !== null) return front.refuse(reply, refusal.error, refusal.headers, mustClose(begun));
    if (takes === 'none' && begun.hasBody) return front.refuse(reply, badRequest(`${path} takes no body.`), [], true);
    if (takes === 'none' || (takes === 'uploaded' && !begun.hasBody)) return handle(request, call, reply, null);
    if (isReadWhole(endpoint, lengthBytes, front))
      return readWhole(res, reply, lengthBytes, serving, (body) => {
        request.body = body;
        // An agent's own protocol has its own codings.
        if (takes === 'uploaded') return handle(request, call, reply, null);
        decodeRequest(request, front.maxBodyBytes(), (decoded) => {
          if (reply.isOver) return;
          if ('error' in decoded) front.refuse(reply, decoded.error, decoded.headers);
          else if (decoded !== request && !reply.hold(decoded.body.length)) refuseRoom(reply, front);
          else handle(decoded, call, reply, null);
        });
      });
    handle(request, call, reply, new UwsUpload(res, lengthBytes, uploadLimits(reply, front)));
  };
  if (method === 'ANY') return void app.any(path, onRequest);
  if (method === 'GET') app.get(path, onRequest).head(path, onRequest);
  else app.post(path, onRequest);
  app.any(path, (res, req) => {
    const begun = begin(res, req, serving);
    if (begun === null) return;
    const error = wrongMethod(endpoint, begun.request.method);
    front.refuse(begun.reply, error, ['allow', method], mustClose(begun));
  });
};

/** Questions of browsers whether another origin's page may ask; all other OPTIONS go where they are sent. */
const servePreflight = (app: TemplatedApp, { front, state }: Serving): void => {
  app.options('/*', (res, req) => {
    const headers = readHeaders(req);
    if (headers === null || !front.isPreflight('OPTIONS', headers)) {
      req.setYield(true);
      return;
    }
    const reply = new UwsReply(res, state, { isHead: false, isLast: hasBody(headers) });
    const call = front.beginCall('preflight', requestOf(res, req, 'OPTIONS', headers), 'open');
    reply.answers(call);
    const refusal = call.enter();
    if (refusal === null) reply.sendHead(204, [], null);
    else front.refuse(reply, refusal.error, refusal.headers);
  });
};

const serveUnknown = (app: TemplatedApp, serving: Serving): void => {
  app.any('/*', (res, req) => {
    const begun = begin(res, req, serving);
    if (begun === null) return;
    const { reply, request } = begun;
    serving.front.refuse(reply, noEndpoint(request.path), [], mustClose(begun));
  });
};

/** What the package has but its types don't: without the option two processes could share the port unawares. */
type Exclusive = {
  listen(host: string, port: number, options: number, onListen: (socket: us_listen_socket | false) => void): void;
};
type Options = { LIBUS_LISTEN_EXCLUSIVE_PORT: number };
const SHARED = 0;

const listen = (uws: Uws, app: TemplatedApp, options: ServerOptions): Promise<us_listen_socket> =>
  new Promise((resolve, reject) => {
    const { host, port, sharesPort } = options;
    const { LIBUS_LISTEN_EXCLUSIVE_PORT: EXCLUSIVE } = uws as unknown as Options;
    (app as unknown as Exclusive).listen(host, port, sharesPort ? SHARED : EXCLUSIVE, (socket) => {
      if (socket) resolve(socket);
      else reject(new Error(`can't listen on ${host}:${port}: is the port taken? Choose another with INGRESS_PORT`));
    });
  });

const createApp = (uws: Uws, { tls }: ServerOptions): TemplatedApp => {
  if (tls === null) return uws.App();
  try {
    return uws.SSLApp({ cert_file_name: tls.certFile, key_file_name: tls.keyFile });
  } catch (error) {
    throw new Error(`TLS can't be served with INGRESS_TLS_CERT ${tls.certFile} and INGRESS_TLS_KEY ${tls.keyFile}`, {
      cause: error,
    });
  }
};

/**
 * The HTTP server of the front door: reads requests within limits, refuses what no endpoint takes, and hands the rest on.
 * Only the files of this folder know uWebSockets.js.
 */
export const startServer = async (uws: Uws, options: ServerOptions): Promise<FrontServer> => {
  const { front } = options;
  const state = new ServerState(front.held, front.callerOf);
  const serving = { front, state };
  const app = createApp(uws, options);
  servePreflight(app, serving);
  serveSockets(app, front.sockets);
  for (const endpoint of front.endpoints) serveEndpoint(app, endpoint, serving);
  serveUnknown(app, serving);
  const socket = await listen(uws, app, options);
  return {
    port: uws.us_socket_local_port(socket),
    stopListening: () => {
      if (state.isStopping) return;
      state.isStopping = true;
      uws.us_listen_socket_close(socket);
    },
    pending: () => state.pending,
    close: () => void app.close(),
  };
};
