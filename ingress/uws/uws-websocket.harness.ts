import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { ServerOptions, WebSocket } from 'ws';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { viewOf } from '../test/front-door.harness.ts';
import { modelNotFound } from '../protocol/error-envelope.ts';
import { createIdSigner, readExchangeId } from '../exchange/exchange-id.ts';
import { claimsOf } from '../exchange/live-exchange.ts';
import type { Entry } from '../exchange/journal-record.ts';
import type { ExchangeHead } from '../exchange/exchange-head.ts';
import type { RoutedRequest } from '../exchange/live-exchange.ts';
import { forwardedHeaderLines } from '../protocol/request-headers.ts';
import { NO_WISH, planOf, route } from '../routing/route.ts';
import type { SocketRequest } from '../protocol/socket-call.ts';
import type { UpstreamFailure } from '../protocol/upstream-call.ts';
import { AdmissionCall, chainOf } from '../admission/admission-call.ts';
import type { AdmissionPolicy } from '../admission/admission-call.ts';
import type { AdmittedSocket } from '../relay/admitted-socket.ts';
import { createSockets } from '../relay/sockets.ts';
import type { SocketsDeps } from '../relay/sockets.ts';
import { createUpstreamWs } from '../upstream/upstream-ws.io.ts';
import { serveSockets } from './uws-websocket.io.ts';

const uws = await import('uWebSockets.js');

/** What tests of WebSocket connections share: the whole way from a client's bytes to an upstream's, in this process. */

export type SocketUpstream = {
  url: string;
  requests: IncomingMessage[];
  sockets: ReadonlySet<WebSocket>;
  close: () => Promise<void>;
};

const listening = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** A version that speaks WebSocket; `serve` gets each connection. */
export const startSocketUpstream = async (
  serve: (socket: WebSocket, request: IncomingMessage) => void,
  options: ServerOptions = {},
): Promise<SocketUpstream> => {
  const http = createServer((_req, res) => res.writeHead(404).end());
  const server = new WebSocketServer({ server: http, maxPayload: 64 * 1_048_576, ...options });
  const requests: IncomingMessage[] = [];
  server.on('connection', (socket, request) => {
    requests.push(request);
    socket.on('error', () => {});
    serve(socket, request);
  });
  const url = await listening(http);
  return {
    url,
    requests,
    sockets: server.clients,
    close: async () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
};

export const echo = (socket: WebSocket): void => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
};

/** A version that answers a handshake with this status, or never (null). `lines` are more of its head, each ended by CRLF. */
export const startRefusingUpstream = async (status: number | null, lines = ''): Promise<SocketUpstream> => {
  const http = createServer((_req, res) => {
    if (status !== null) res.writeHead(status).end('no');
  });
  const sockets = new Set<Duplex>();
  http.on('upgrade', (_req, socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (status !== null)
      socket.end(`HTTP/1.1 ${status} No\r\n${lines}content-length: 2\r\nconnection: close\r\n\r\nno`);
  });
  const url = await listening(http);
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  };
  return { url, requests: [], sockets: new Set(), close };
};

export type SocketDoorOptions = {
  view: RoutingView;
  maxMessageBytes?: number;
  maxBufferedBytes?: number;
  captureLimitBytes?: number;
  turnIdleMs?: number;
  drainMs?: number;
  handshakeMs?: number;
  pingEveryMs?: number;
  /** Says when an exchange is written, at once unless told. */
  written?: (done: () => void) => void;
  admit?: SocketsDeps['admit'];
  /** Asked besides what counts `released`. */
  policies?: readonly AdmissionPolicy[];
};

const SECRET = Buffer.alloc(32, 7);
const signId = createIdSigner(SECRET, randomBytes);

const admitTo = (options: SocketDoorOptions, counted: { released: number }) => {
  const limitMs = options.handshakeMs ?? 5_000;
  const limits = { connectMs: limitMs, firstByteMs: limitMs, idleMs: limitMs, totalMs: limitMs };
  let count = 0;
  const release = ({ kind }: AdmissionCall): void => {
    if (kind === 'handshake') counted.released += 1;
  };
  const chain = chainOf([{ name: 'counted', about: '', needs: 'head', settle: release }, ...(options.policies ?? [])]);
  return ({
    client,
    protocols,
  }: SocketRequest): AdmittedSocket | { error: ReturnType<typeof modelNotFound>; headers: [] } => {
    const [, , agent = ''] = client.path.split('/');
    const { view } = options;
    const plan = planOf(view);
    const subject = client.headers.get('x-subject') ?? 'someone';
    const caller = { subject, known: subject, groups: [], claims: {}, headers: client.headers };
    const wish = { ...NO_WISH, version: client.headers.get('x-pin') ?? null };
    const chosen = agent === view.agent ? route(plan, caller, wish) : undefined;
    if (chosen === undefined) return { error: modelNotFound(`There is no agent ${agent}.`), headers: [] };
    const request: RoutedRequest = {
      client,
      plan,
      subject,
      caller: 1,
      vouched: true,
      route: chosen,
      stream: true,
      metadata: {},
      requestId: `req_n${(count += 1)}`,
      startedAtMs: Date.now(),
      busy: false,
      tellsVersion: true,
    };
    const headerLines = forwardedHeaderLines(client.headers, true);
    const query = client.query === '' ? '' : `?${client.query}`;
    const path = client.path.slice(`/agents/${agent}`.length) + query;
    const call = new AdmissionCall(chain, 'handshake', client, 'caller');
    call.enter();
    return {
      call,
      request,
      callFor: ({ version }) => {
        if (version.upstream === 'ejected:')
          return { kind: 'overloaded', message: 'ejected' } satisfies UpstreamFailure;
        return { url: version.upstream + path, headerLines, protocols, limits };
      },
    };
  };
};

export const startSocketDoor = async (options: SocketDoorOptions) => {
  const { maxMessageBytes = 1_048_576, maxBufferedBytes = 262_144, captureLimitBytes = 65_536 } = options;
  const { written = (done) => done() } = options;
  const entries: Entry[] = [];
  const said: string[] = [];
  const counted = { released: 0 };
  const tell =
    (what: string) =>
    (...words: readonly unknown[]): void =>
      void said.push([what, ...words.filter((word) => typeof word === 'string')].join(' '));
  const upstream = createUpstreamWs({ maxMessageBytes, pingEveryMs: options.pingEveryMs ?? 30_000 });
  const sockets = createSockets({
    maxBufferedBytes,
    captureLimitBytes,
    upstreams: { hasRoom: () => true },
    open: upstream.open,
    admit: options.admit ?? admitTo(options, counted),
    kept: (exchange) => exchange,
    append: (entry, done) => {
      entries.push(entry);
      written(done);
    },
    sign: (...of) => signId(claimsOf(...of), 0),
    elapsedMs: () => performance.now(),
    nowMs: Date.now,
    turnIdleMs: options.turnIdleMs ?? 2_000,
    rollbackDrainMs: () => options.drainMs ?? 1_000,
    events: {
      finished: () => {},
      refused: tell('refused'),
      fellBack: tell('fellBack'),
      upstreamFailed: tell('upstreamFailed'),
      opened: tell('opened'),
      closed: tell('closed'),
      unasked: tell('unasked'),
    },
  });
  const app = uws.App();
  const served = serveSockets(app, {
    maxMessageBytes,
    path: '/agents/*',
    idleTimeoutS: 60,
    open: sockets.open,
    onRefused: tell('refused'),
  });
  app.any('/*', (res) => void res.writeStatus('404 Not Found').end('plain'));
  const port = await new Promise<number>((resolve, reject) => {
    app.listen('127.0.0.1', 0, (socket) => {
      if (socket) resolve(uws.us_socket_local_port(socket));
      else reject(new Error('no port'));
    });
  });
  return {
    port,
    url: `ws://127.0.0.1:${port}/agents/support`,
    sockets,
    said,
    counted,
    view: options.view,
    heads: (): ExchangeHead[] => entries.flatMap((entry) => (entry.kind === 'exchange' ? [entry.head] : [])),
    bodies: (): string[][] =>
      entries.flatMap((entry) =>
        entry.kind === 'exchange' ? [entry.bodies.slice(0, 2).map((body) => body.toString())] : [],
      ),
    claims: (id: string) => readExchangeId(SECRET, id),
    /** What is open on each side. */
    open: () => [served.connections(), sockets.connections(), upstream.connections()],
    close: () => {
      upstream.close();
      app.close();
    },
  };
};
export type SocketDoor = Awaited<ReturnType<typeof startSocketDoor>>;

/** Everyone goes to this version. */
export const onlyView = (url: string): RoutingView => viewOf(url, url, 0);
