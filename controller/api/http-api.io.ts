import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { Metrics } from '../../platform/process/metrics.ts';
import {
  ACTOR_HEADER,
  CONTROLLER_API,
  type Endpoint,
  ENDPOINT_NAMES,
  type ErrorBody,
  type Issue,
  RequestHeaders,
} from '../../schemas/controller-api.ts';
import { MAX_DOCUMENT_BYTES } from '../../schemas/document-text.ts';
import { foreignPage } from '../../schemas/foreign-page.ts';
import { type Answer, type Refusal, unavailable } from '../commands/refusal.ts';
import type { Controller } from '../service.ts';
import type { Caller } from './endpoints/handler.ts';
import { HANDLERS } from './endpoints/registry.ts';
import { createRouteTable } from './route-table.ts';

/** After this a command that Kafka has not taken is given up; it may yet take effect. */
const COMMAND_TIMEOUT_MS = 10_000;
const STATUS = { invalid: 400, conflict: 409, unknown: 404, unavailable: 503 } as const;

type Options = { controller: Controller; metrics: Metrics; host: string; port: number };

/** Serves the controller's HTTP API. Rejects when the port is taken. Without authentication: keep it on loopback. */
export const serveApi = async ({
  controller,
  metrics,
  host,
  port,
}: Options): Promise<{ port: number; stop(): Promise<void> }> => {
  const app = fastify({ bodyLimit: MAX_DOCUMENT_BYTES, logger: false, forceCloseConnections: true });
  app.setValidatorCompiler(validatorCompiler);
  const routes = createRouteTable();
  app.addHook('onRequest', async (request, reply): Promise<FastifyReply | undefined> => {
    const reason = foreignPage(host, request.headers);
    if (reason !== null) return fail(reply, 403, reason);
    const allowed = request.is404 ? routes.allowed(request.url.split('?', 1)[0] ?? '') : [];
    return allowed.length > 0 ? refuseMethod(request, reply, allowed) : undefined;
  });
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.add(one, url);
  });
  app.setErrorHandler((error: FastifyError, _, reply) => answerError(error, reply));
  app.setNotFoundHandler((request, reply) => fail(reply, 404, `there is no ${request.method} ${request.url}`));
  for (const name of ENDPOINT_NAMES) {
    // The endpoint's own schemas have read what was asked.
    const handle: Handle = (asked, caller) => HANDLERS[name](controller, asked as never, caller);
    await app.register(async (scope) => serveEndpoint(scope, CONTROLLER_API[name], handle));
  }
  healthRoutes(app, controller, metrics);
  metrics.addProcess();
  try {
    await app.listen({ host, port });
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw isTaken ? new Error(`port ${port} for the controller's API is taken; set CONTROLLER_PORT to another`) : error;
  }
  const address = app.server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : port, stop: () => app.close() };
};

type Handle = (asked: { params: unknown; query: unknown; body: unknown }, caller: Caller) => Promise<Answer<unknown>>;

const serveEndpoint = (scope: FastifyInstance, endpoint: Endpoint, handle: Handle): void => {
  const { method, path, params, query, body, isText } = endpoint;
  if (isText) {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_, text, done) => done(null, text));
  }
  const schema = {
    headers: RequestHeaders,
    ...(params && { params }),
    ...(query && { querystring: query }),
    ...(body && { body }),
  };
  scope.route({
    method,
    url: path,
    schema,
    handler: async (request, reply) => {
      const { params, query, body } = request;
      const by = RequestHeaders.parse(request.headers)[ACTOR_HEADER];
      const caller = { by, signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS) };
      const answering = handle({ params, query, body }, caller);
      return answer(reply, method === 'GET' ? await answering : await settled(answering));
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

const refuseMethod = (request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]): FastifyReply =>
  fail(
    reply.header('allow', allowed.join(', ')),
    405,
    `${request.method} is not allowed here; use ${allowed.join(' or ')}`,
  );

/** The answer to a command; one that the decision log did not settle in time is refused. */
const settled = async <T>(answering: Promise<Answer<T>>): Promise<Answer<T>> => {
  try {
    return await answering;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the decision log did not settle it in time (${reason}); it may yet take effect: look before you repeat it`;
    return { refusal: unavailable(message) };
  }
};

const answer = (reply: FastifyReply, found: Answer<unknown>): FastifyReply =>
  'ok' in found ? reply.send(found.ok) : refuse(reply, found.refusal);

const refuse = (reply: FastifyReply, { kind, message, issues }: Refusal): FastifyReply =>
  fail(reply, STATUS[kind], message, issues);

const fail = (reply: FastifyReply, status: number, message: string, issues: Issue[] = []): FastifyReply =>
  reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify({ error: { message, issues } } satisfies ErrorBody));

const TOO_LARGE = `a body may have at most ${MAX_DOCUMENT_BYTES / 1024} KiB; give documents that have more apart from one another`;

const answerError = (error: FastifyError, reply: FastifyReply): FastifyReply => {
  const issues = (error.validation ?? []).map(({ instancePath, message }) => ({
    path: instancePath.replace(/^\//, '').replaceAll('/', '.'),
    reason: message ?? 'wrong',
  }));
  const status = error.statusCode ?? 500;
  if (status === 413) return fail(reply, status, TOO_LARGE);
  return fail(reply, status, status >= 500 ? 'internal error' : error.message, issues);
};
