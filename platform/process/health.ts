import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { foreignPage } from '../../schemas/foreign-page.ts';
import type { Metrics } from './metrics.ts';

type Health = {
  host: string;
  port: number;
  /** Null when the service can do its work, else why not. */
  ready: () => string | null;
  /** What to know of a service that is ready all the same; null if there is nothing. */
  note?: () => string | null;
  metrics: Metrics;
};

type Answer = { status: number; type: string; body: string };

const answer = async (health: Health, { url = '/', headers }: IncomingMessage): Promise<Answer> => {
  const text = (status: number, body: string): Answer => ({
    status,
    type: 'text/plain; charset=utf-8',
    body: `${body}\n`,
  });
  const refused = foreignPage(health.host, headers);
  if (refused !== null) return text(403, refused);
  const path = url.split('?', 1)[0];
  if (path === '/livez') return text(200, 'ok');
  if (path === '/readyz') {
    const reason = health.ready();
    if (reason !== null) return text(503, reason);
    const note = health.note?.() ?? null;
    return text(200, note === null ? 'ok' : `ok, but ${note}`);
  }
  if (path === '/metrics') return { status: 200, type: health.metrics.contentType, body: await health.metrics.text() };
  return text(404, 'not found; there are /livez, /readyz and /metrics');
};

/** Serves /livez, /readyz and /metrics to programs, and to no page of another site. Port 0 takes a free one; rejects when the port is taken. */
export const startHealth = async (options: Health): Promise<{ port: number; stop(): Promise<void> }> => {
  options.metrics.addProcess();
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, type, body } = await answer(options, request);
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.writeHead(500).end(`${String(error)}\n`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(taken ? new Error(`port ${options.port} for health and metrics is taken; choose another`) : error);
    });
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
