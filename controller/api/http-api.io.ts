import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { Metrics } from '../../platform/process/metrics.ts';
import type { SessionStore } from '../../platform/redis/session-store.ts';
import { CONTROLLER_API, ENDPOINT_NAMES } from '../../schemas/controller-api.ts';
import { MAX_DOCUMENT_BYTES } from '../../schemas/document-text.ts';
import { type Endpoint, MAX_PATH_NAME } from '../../schemas/endpoint.ts';
import { problemOf } from '../../schemas/problem.ts';
import type { Answer } from '../commands/refusal.ts';
import type { Controller } from '../service.ts';
import type { AccessEvents } from './access-events.ts';
import { answer, answerOnce, answerError, fail, refuseMethod, refuseUnread, settled } from './answering.io.ts';
import { createDoor, type Door, type DoorOptions, type Known, pathOf, PERSON } from './door.io.ts';
import type { Caller } from './endpoints/handler.ts';
import { HANDLERS } from './endpoints/registry.ts';
import { PAGE_FOLDER, pageRoutes } from './page.io.ts';
import { createEventStreams, STREAM_TIMING, type StreamTiming } from './event-streams.io.ts';
import { openApi } from './openapi.ts';
import { REFERENCE_POLICY, referencePage } from './reference-page.ts';
import { createRouteTable } from './route-table.ts';
import { sessionRoutes } from './session-routes.io.ts';
import { createSessions } from './sessions.io.ts';

/** A request must be whole by then, so that nobody holds connections by sending a byte at a time. */
const REQUEST_TIMEOUT_MS = 30_000;
/** After this a command that Kafka has not taken is given up; it may yet take effect. */
const COMMAND_TIMEOUT_MS = 10_000;

type Options = DoorOptions & {
  controller: Controller;
  metrics: Metrics;
  sessionStore: SessionStore;
  port: number;
  streamTiming?: StreamTiming;
  /** Where the page was built. */
  pageFolder?: string;
};

/** Serves the controller's HTTP API to whoever has a key for it. Rejects when the port is taken. */
export const serveApi = async (options: Options): Promise<{ port: number; stop(): Promise<void> }> => {
  const { controller, metrics, events, host, port } = options;
  const sessions = createSessions(options.sessionStore);
  const door = createDoor({ ...options, sessions });
  const app = guardedApp(door, events);
  const streams = createEventStreams({ controller, events, timing: options.streamTiming ?? STREAM_TIMING });
  sessionRoutes(app, { controller, sessions, streams, door, nowMs: options.nowMs });
  for (const name of ENDPOINT_NAMES) {
    // The endpoint's own schemas have read what was asked.
    const handle: Handle = (asked, caller) => HANDLERS[name](controller, asked as never, caller);
    await app.register(async (scope) => serveEndpoint(scope, CONTROLLER_API[name], handle, events));
  }
  const stop = async (): Promise<void> => {
    streams.stop();
    await app.close();
  };
  healthRoutes(app, controller, metrics);
  documentRoutes(app);
  pageRoutes(app, options.pageFolder ?? PAGE_FOLDER);
  metrics.addProcess();
  try {
    await app.listen({ host, port });
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw isTaken ? new Error(`port ${port} for the controller's API is taken; set CONTROLLER_PORT to another`) : error;
  }
  const address = app.server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : port, stop };
};

/** Serves nothing yet: who may not ask, asks for what there is not, or in a way that there is not, is told so. */
const guardedApp = (door: Door, events: AccessEvents): FastifyInstance => {
  const app = fastify({
    bodyLimit: MAX_DOCUMENT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    logger: false,
    routerOptions: { maxParamLength: MAX_PATH_NAME },
    frameworkErrors: (error, _, reply) => void answerError(error, reply, undefined),
    clientErrorHandler: refuseUnread,
    forceCloseConnections: true,
  });
  app.setValidatorCompiler(validatorCompiler);
  const routes = createRouteTable();
  app.addHook('onRequest', async (request, reply): Promise<FastifyReply | undefined> => {
    const refused = await door(request);
    if (refused !== null) {
      if (refused.status === 401) void reply.header('www-authenticate', 'Bearer');
      if (refused.status === 503) void reply.header('retry-after', '2');
      events.turnedAway(refused, request.method, pathOf(request));
      return fail(reply, problemOf(refused.status), refused.message);
    }
    const allowed = request.is404 ? routes.allowed(pathOf(request)) : [];
    return allowed.length > 0 ? refuseMethod(request, reply, allowed) : undefined;
  });
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.add(one, url);
  });
  app.setErrorHandler((error: FastifyError, request, reply) =>
    answerError(error, reply, request.routeOptions.bodyLimit),
  );
  app.setNotFoundHandler((request, reply) => fail(reply, 'not-found', `there is no ${request.method} ${request.url}`));
  return app;
};

type Handle = (
  asked: { params: unknown; query: unknown; headers: unknown; body: unknown },
  caller: Caller,
) => Promise<Answer<unknown>>;

const serveEndpoint = (scope: FastifyInstance, endpoint: Endpoint, handle: Handle, events: AccessEvents): void => {
  const { role, method, path, params, query, headers, body, isText, maxBytes = MAX_DOCUMENT_BYTES } = endpoint;
  if (isText) {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_, text, done) => done(null, text));
  }
  const schema = {
    ...(params && { params }),
    ...(query && { querystring: query }),
    ...(headers && { headers }),
    ...(body && { body }),
  };
  scope.route({
    method,
    url: path,
    schema,
    bodyLimit: maxBytes,
    config: { role },
    handler: async (request: Known, reply) => {
      const { params, query, headers, body } = request;
      const person = request[PERSON];
      if (person === undefined) return fail(reply, 'unauthenticated', 'nobody knows who asks');
      const answering = handle(
        { params, query, headers, body },
        { person, signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS) },
      );
      if (endpoint.hasEtag) return answerOnce(reply, await answering, headers['if-none-match']);
      if (method === 'GET') return answer(reply, await answering);
      const found = await settled(answering);
      events.commanded(person.by, request.url, 'ok' in found ? 'done' : found.refusal.message);
      return answer(reply, found);
    },
  });
};

const healthRoutes = (app: FastifyInstance, controller: Controller, metrics: Metrics): void => {
  app.get('/livez', async (_, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', async (_, reply) => {
    const reason = controller.unready();
    return reply
      .code(reason === null ? 200 : 503)
      .type('text/plain')
      .send(`${reason ?? 'ok'}\n`);
  });
  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
};

const documentRoutes = (app: FastifyInstance): void => {
  const document = openApi();
  const [json, page] = [JSON.stringify(document), referencePage(document)];
  app.get('/openapi.json', async (_, reply) => reply.type('application/json').send(json));
  app.get('/reference', async (_, reply) =>
    reply
      .type('text/html')
      .header('content-security-policy', REFERENCE_POLICY)
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .send(page),
  );
};
