import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { Metrics } from '../../platform/process/metrics.ts';
import type { KeyTable } from '../../platform/redis/key-table.ts';
import { CONTROLLER_API, ENDPOINT_NAMES, type ErrorBody, type Issue } from '../../schemas/controller-api.ts';
import type { Endpoint } from '../../schemas/endpoint.ts';
import type { ControllerRole } from '../../schemas/controller-role.ts';
import { MAX_DOCUMENT_BYTES } from '../../schemas/document-text.ts';
import { foreignPage } from '../../schemas/foreign-page.ts';
import { isFromThisHost, isLoopbackName } from '../../schemas/loopback-host.ts';
import type { Person } from '../commands/person.ts';
import { type Answer, type Refusal, unavailable } from '../commands/refusal.ts';
import type { Controller } from '../service.ts';
import type { Caller } from './endpoints/handler.ts';
import { HANDLERS } from './endpoints/registry.ts';
import type { AccessEvents } from './access-events.ts';
import { identify, type TurnedAway } from './identify.ts';
import { createRouteTable } from './route-table.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    role?: ControllerRole;
  }
}

/** A request must be whole by then, so that nobody holds connections by sending a byte at a time. */
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_PARAM_CHARACTERS = 1_000;
/** After this a command that Kafka has not taken is given up; it may yet take effect. */
const COMMAND_TIMEOUT_MS = 10_000;
const STATUS = { invalid: 400, forbidden: 403, unknown: 404, conflict: 409, unavailable: 503 } as const;

type Options = {
  controller: Controller;
  /** Every key there is, at the front door and here. */
  keys: Pick<KeyTable, 'find' | 'healthy'>;
  metrics: Metrics;
  events: AccessEvents;
  nowMs: () => number;
  host: string;
  port: number;
  /** Of callers without a key, where it listens on loopback. */
  anonymousRole?: ControllerRole | undefined;
};

/** Serves the controller's HTTP API to whoever has a key for it. Rejects when the port is taken. */
export const serveApi = async (options: Options): Promise<{ port: number; stop(): Promise<void> }> => {
  const { controller, metrics, events, host, port } = options;
  const app = fastify({
    bodyLimit: MAX_DOCUMENT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    logger: false,
    // The key of an alert may name a rollout, a metric and a slice.
    routerOptions: { maxParamLength: MAX_PARAM_CHARACTERS },
    forceCloseConnections: true,
  });
  app.setValidatorCompiler(validatorCompiler);
  const routes = createRouteTable();
  const door = createDoor(options);
  app.addHook('onRequest', async (request, reply): Promise<FastifyReply | undefined> => {
    const refused = door(request);
    if (refused !== null) {
      if (refused.status === 401) void reply.header('www-authenticate', 'Bearer');
      if (refused.status === 503) void reply.header('retry-after', '2');
      events.turnedAway(refused, request.method, pathOf(request));
      return fail(reply, refused.status, refused.message);
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
  app.setNotFoundHandler((request, reply) => fail(reply, 404, `there is no ${request.method} ${request.url}`));
  for (const name of ENDPOINT_NAMES) {
    // The endpoint's own schemas have read what was asked.
    const handle: Handle = (asked, caller) => HANDLERS[name](controller, asked as never, caller);
    await app.register(async (scope) => serveEndpoint(scope, CONTROLLER_API[name], handle, events));
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

const pathOf = ({ url }: FastifyRequest): string => url.split('?', 1)[0] ?? '';

/** Who asks, of a request that the door let in. */
const PERSON = Symbol('person');
type Known = FastifyRequest & { [PERSON]?: Person };

/** Whom a supervisor asks with: they have no key, and are told no more than whether it lives. */
const OPEN: ReadonlySet<string> = new Set(['/livez', '/readyz']);

/** Why a request goes no further; null, and who asks is known, if it may. */
const createDoor = ({ keys, events, nowMs, host, anonymousRole }: Options): ((request: Known) => TurnedAway | null) => {
  const isLocal = isLoopbackName(host);
  if (anonymousRole !== undefined && !isLocal) events.anonymousIgnored(host);
  return (request) => {
    const { headers, routeOptions, socket } = request;
    const foreign = foreignPage(host, headers);
    if (foreign !== null) return { status: 403, message: foreign, by: '', roles: [] };
    const path = pathOf(request);
    if (OPEN.has(path)) return null;
    const asked = { host: headers.host, origin: headers.origin, forwardedFor: headers['x-forwarded-for']?.toString() };
    if (path === '/metrics' && isFromThisHost(asked, () => socket.remoteAddress)) return null;
    const identified = identify(headers.authorization, {
      find: keys.find,
      isCurrent: keys.healthy(),
      nowMs: nowMs(),
      anonymousRole: isLocal ? (anonymousRole ?? null) : null,
    });
    if (!('person' in identified))
      return path === '/metrics' && identified.roles.includes('operator') ? null : identified;
    const { person } = identified;
    const needed = routeOptions.config.role ?? 'view';
    if (!person.may(needed))
      return { status: 403, message: `this takes a key with the role ${needed}`, by: person.by, roles: [] };
    request[PERSON] = person;
    return null;
  };
};

type Handle = (asked: { params: unknown; query: unknown; body: unknown }, caller: Caller) => Promise<Answer<unknown>>;

const serveEndpoint = (scope: FastifyInstance, endpoint: Endpoint, handle: Handle, events: Options['events']): void => {
  const { role, method, path, params, query, body, isText, maxBytes = MAX_DOCUMENT_BYTES } = endpoint;
  if (isText) {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_, text, done) => done(null, text));
  }
  const schema = {
    ...(params && { params }),
    ...(query && { querystring: query }),
    ...(body && { body }),
  };
  scope.route({
    method,
    url: path,
    schema,
    bodyLimit: maxBytes,
    config: { role },
    handler: async (request: Known, reply) => {
      const { params, query, body } = request;
      const person = request[PERSON];
      if (person === undefined) return fail(reply, 401, 'nobody knows who asks');
      const answering = handle({ params, query, body }, { person, signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS) });
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

const refuseMethod = (request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]): FastifyReply =>
  fail(
    reply.header('allow', allowed.join(', ')),
    405,
    `${request.method} is not allowed here; use ${allowed.join(' or ')}`,
  );

/** The answer to a command; one that the log (of decisions, or the registry) did not settle in time is refused. */
const settled = async <T>(answering: Promise<Answer<T>>): Promise<Answer<T>> => {
  try {
    return await answering;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the log did not settle it in time (${reason}); it may yet take effect: look before you repeat it`;
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

const tooLarge = (maxBytes = MAX_DOCUMENT_BYTES): string =>
  `a body may have at most ${maxBytes / 1024} KiB here; give what has more in several parts`;

const answerError = (error: FastifyError, reply: FastifyReply, maxBytes: number | undefined): FastifyReply => {
  const issues = (error.validation ?? []).map(({ instancePath, message }) => ({
    path: instancePath.replace(/^\//, '').replaceAll('/', '.'),
    reason: message ?? 'wrong',
  }));
  const status = error.statusCode ?? 500;
  if (status === 413) return fail(reply, status, tooLarge(maxBytes));
  return fail(reply, status, status >= 500 ? 'internal error' : error.message, issues);
};
