import type { HttpRequest, HttpResponse, TemplatedApp, us_listen_socket } from 'uWebSockets.js';
import type { ClientRequest } from '../protocol/client-call.ts';
import { badFraming, badTarget, bodyTooLarge, methodNotAllowed, pathNotFound } from '../protocol/error-envelope.ts';
import type { FrontDoor } from '../service.ts';
import { readBody, readHeaders, UwsUpload } from './uws-body.io.ts';
import { UwsReply } from './uws-reply.io.ts';
import type { ServerState } from './uws-reply.io.ts';
import { serveSockets } from './uws-websocket.io.ts';

/** uWebSockets.js reads this once, when it is loaded; its own 4 KiB are too few for long tokens and cookies. */
process.env['UWS_HTTP_MAX_HEADERS_SIZE'] ??= '32768';
const uws = await import('uWebSockets.js');

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
  state: ServerState;
};

const AGENTS = '/agents/*';
/** What is left of a refused request's body is read and forgotten up to here; a longer one's connection is closed. */
const FORGOTTEN_BODY_BYTES = 65_536;
const EMPTY = Buffer.alloc(0);
/** What may stand in a request line that we write ourselves. */
const TARGET = /^[\x21-\x7e]*$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/;

/** Not by `getMethod`, which would put the method in lower case for whoever reads it next. */
const isHead = (req: HttpRequest): boolean => req.getCaseSensitiveMethod() === 'HEAD';

/** A request's head and the reply to it; null if it was refused for its framing. */
const begin = (
  res: HttpResponse,
  req: HttpRequest,
  { state, front }: ServerOptions,
): { request: ClientRequest; reply: UwsReply; lengthBytes: number | null; hasBody: boolean } | null => {
  const reply = new UwsReply(res, state, isHead(req));
  const headers = readHeaders(req);
  if (headers === null) {
    front.refuse(reply, badFraming('Content-Length, Transfer-Encoding or Host is ambiguous.'), [], true);
    return null;
  }
  const query = req.getQuery() ?? '';
  if (!TARGET.test(req.getUrl()) || !TARGET.test(query) || !TOKEN.test(req.getCaseSensitiveMethod())) {
    front.refuse(reply, badTarget('The request line has characters that must be percent-encoded.'), [], true);
    return null;
  }
  const length = headers.get('content-length');
  const request: ClientRequest = {
    method: req.getCaseSensitiveMethod(),
    path: req.getUrl(),
    query,
    headers,
    body: EMPTY,
    peer: () => Buffer.from(res.getRemoteAddressAsText()).toString(),
  };
  const lengthBytes = length === undefined ? null : Number(length);
  return { request, reply, lengthBytes, hasBody: (lengthBytes ?? 0) > 0 || headers.has('transfer-encoding') };
};

/** Reads the body whole, and hands the request on. */
const readWhole = (
  res: HttpResponse,
  reply: UwsReply,
  lengthBytes: number | null,
  { front }: ServerOptions,
  done: (body: Buffer) => void,
): void => {
  const maxBytes = front.maxBodyBytes();
  const tooLarge = (): void => {
    const error = bodyTooLarge(`The body is larger than ${maxBytes} bytes.`);
    front.refuse(reply, error, [], true);
  };
  if ((lengthBytes ?? 0) > maxBytes) return tooLarge();
  readBody(res, maxBytes, (body) => {
    if (reply.isOver) return;
    if (body === null) tooLarge();
    else done(body);
  });
};

/** Whether a refused request's connection must end, because too much of its body may still come. */
const mustClose = (hasBody: boolean, lengthBytes: number | null): true | undefined =>
  hasBody && (lengthBytes === null || lengthBytes > FORGOTTEN_BODY_BYTES) ? true : undefined;

const serveEndpoint = (app: TemplatedApp, endpoint: FrontDoor['endpoints'][number], options: ServerOptions): void => {
  const { method, path, handle } = endpoint;
  const { front } = options;
  const onRequest = (res: HttpResponse, req: HttpRequest): void => {
    const begun = begin(res, req, options);
    if (begun === null) return;
    const { request, reply, lengthBytes, hasBody } = begun;
    const admitted = front.admit(request, endpoint.access);
    reply.always(admitted.headers);
    if ('error' in admitted) {
      return front.refuse(reply, admitted.error, admitted.errorHeaders, mustClose(hasBody, lengthBytes));
    }
    if (method === 'GET') return handle(request, admitted, reply);
    readWhole(res, reply, lengthBytes, options, (body) => handle({ ...request, body }, admitted, reply));
  };
  if (method === 'GET') app.get(path, onRequest).head(path, onRequest);
  else app.post(path, onRequest);
  app.any(path, (res, req) => {
    const begun = begin(res, req, options);
    if (begun === null) return;
    const error = methodNotAllowed(`${path} takes ${method}, not ${begun.request.method}.`);
    front.refuse(begun.reply, error, ['allow', method], mustClose(begun.hasBody, begun.lengthBytes));
  });
};

/** A body that fits what is captured anyway is read whole, so that another version can get it; a longer one is passed on. */
const serveAgents = (app: TemplatedApp, options: ServerOptions): void => {
  const { front } = options;
  app.any(AGENTS, (res, req) => {
    const begun = begin(res, req, options);
    if (begun === null) return;
    const { request, reply, lengthBytes, hasBody } = begun;
    const admitted = front.admit(request, 'caller');
    reply.always(admitted.headers);
    if ('error' in admitted) {
      return front.refuse(reply, admitted.error, admitted.errorHeaders, mustClose(hasBody, lengthBytes));
    }
    if (!hasBody) return front.agent(request, admitted, reply, null);
    if (lengthBytes !== null && lengthBytes <= front.wholeBodyBytes) {
      return readWhole(res, reply, lengthBytes, options, (body) =>
        front.agent({ ...request, body }, admitted, reply, null),
      );
    }
    if ((lengthBytes ?? 0) > front.maxBodyBytes()) {
      return readWhole(res, reply, lengthBytes, options, () => {});
    }
    front.agent(request, admitted, reply, new UwsUpload(res, lengthBytes, () => reply.isOver));
  });
};

/** Questions of browsers whether another origin's page may ask; all other OPTIONS go where they are sent. */
const servePreflight = (app: TemplatedApp, { front, state }: ServerOptions): void => {
  app.options('/*', (res, req) => {
    const headers = readHeaders(req);
    const answer = headers === null ? null : front.preflight('OPTIONS', headers);
    if (answer === null) {
      req.setYield(true);
      return;
    }
    const reply = new UwsReply(res, state, false);
    if (answer.error === null) return reply.sendHead(answer.status, answer.headers, null);
    front.refuse(reply, answer.error, answer.headers);
  });
};

/** What the package has but its types don't: without the option two processes could share the port unawares. */
type Exclusive = {
  listen(host: string, port: number, options: number, onListen: (socket: us_listen_socket | false) => void): void;
};
const { LIBUS_LISTEN_EXCLUSIVE_PORT: EXCLUSIVE } = uws as unknown as { LIBUS_LISTEN_EXCLUSIVE_PORT: number };
const SHARED = 0;

const listen = (app: TemplatedApp, { host, port, sharesPort }: ServerOptions): Promise<us_listen_socket> =>
  new Promise((resolve, reject) => {
    (app as unknown as Exclusive).listen(host, port, sharesPort ? SHARED : EXCLUSIVE, (socket) => {
      if (socket) resolve(socket);
      else reject(new Error(`can't listen on ${host}:${port}: is the port taken? Choose another with INGRESS_PORT`));
    });
  });

const createApp = ({ tls }: ServerOptions): TemplatedApp => {
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
 * Only the files adapters/uws-* know uWebSockets.js.
 */
export const startServer = async (options: ServerOptions): Promise<FrontServer> => {
  const { front, state } = options;
  const app = createApp(options);
  servePreflight(app, options);
  serveSockets(app, { path: AGENTS, ...front.sockets });
  for (const endpoint of front.endpoints) serveEndpoint(app, endpoint, options);
  serveAgents(app, options);
  app.any('/*', (res, req) => {
    const begun = begin(res, req, options);
    if (begun === null) return;
    const error = pathNotFound(`There is no ${begun.request.path} here. Try POST /v1/chat/completions.`);
    front.refuse(begun.reply, error, [], mustClose(begun.hasBody, begun.lengthBytes));
  });
  const socket = await listen(app, options);
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
