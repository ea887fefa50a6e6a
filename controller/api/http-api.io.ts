import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Metrics } from '../../platform/process/metrics.ts';
import { COMMANDS } from '../rollout/rollout.ts';
import type { Issue, Refusal } from '../commands/refusal.ts';
import type { Answer } from '../commands/operations.ts';
import type { Controller } from '../service.ts';
import { agentView } from './agent-view.ts';

const BODY_LIMIT_BYTES = 1 << 20;
/** After this a command that Kafka has not taken is given up; it may yet take effect. */
const COMMAND_TIMEOUT_MS = 10_000;
const STATUS = { invalid: 400, conflict: 409, unknown: 404, unavailable: 503 } as const;

const Actor = z.object({ 'x-coalmine-actor': z.string().trim().min(1).max(100).default('api') });
const commandFields = {
  reason: z.string().max(1000).default(''),
  by: z.string().trim().min(1).max(100).optional(),
};
const CommandBody = z
  .strictObject(commandFields)
  .nullish()
  .transform((body): z.infer<typeof PromoteFields> => body ?? { reason: '' });
const PromoteFields = z.strictObject({ ...commandFields, arm: z.string().min(1).optional() });
const PromoteBody = PromoteFields.nullish().transform((body) => body ?? { reason: '' });

const StableBody = z.strictObject({
  version: z.string(),
  reason: z.string().max(1000).default(''),
  by: z.string().trim().min(1).max(100).optional(),
});

type Options = { controller: Controller; metrics: Metrics; host: string; port: number };

/** Serves the controller's HTTP API. Rejects when the port is taken. Without authentication: keep it on loopback. */
export const serveApi = async ({
  controller,
  metrics,
  host,
  port,
}: Options): Promise<{ port: number; stop(): Promise<void> }> => {
  const app = fastify({ bodyLimit: BODY_LIMIT_BYTES, logger: false, forceCloseConnections: true });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onRequest', async (request, reply) => {
    const reason = crossSite(request, host);
    if (reason !== null) await fail(reply, 403, reason);
  });
  app.setErrorHandler((error: FastifyError, _, reply) => answerError(error, reply));
  app.setNotFoundHandler((request, reply) => fail(reply, 404, `there is no ${request.method} ${request.url}`));
  await app.register(async (scope) => documentRoutes(scope, controller));
  commandRoutes(app, controller);
  readRoutes(app, controller);
  healthRoutes(app, controller, metrics);
  refuseOtherMethods(app);
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

const documentRoutes = (scope: FastifyInstance, controller: Controller): void => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => done(null, body));
  scope
    .withTypeProvider<ZodTypeProvider>()
    .post('/v1/documents', { schema: { headers: Actor } }, async (request, reply) => {
      const text = typeof request.body === 'string' ? request.body : '';
      const by = request.headers['x-coalmine-actor'];
      return send(
        reply,
        () => controller.apply(text, by, AbortSignal.timeout(COMMAND_TIMEOUT_MS)),
        (applied) => ({ applied }),
      );
    });
};

const commandRoutes = (app: FastifyInstance, controller: Controller): void => {
  const params = z.object({ name: z.string() });
  for (const command of COMMANDS) {
    const schema = { headers: Actor, params, body: command === 'promote' ? PromoteBody : CommandBody };
    app
      .withTypeProvider<ZodTypeProvider>()
      .post(`/v1/rollouts/:name/${command}`, { schema }, async (request, reply) => {
        const { reason, by = request.headers['x-coalmine-actor'], arm = null } = request.body;
        const { name } = request.params;
        const run = () => controller.command(name, command, by, reason, AbortSignal.timeout(COMMAND_TIMEOUT_MS), arm);
        return send(reply, run, (decision) => ({ decision }));
      });
  }
  app
    .withTypeProvider<ZodTypeProvider>()
    .post(
      '/v1/rollouts/:name/restart',
      { schema: { headers: Actor, params, body: CommandBody } },
      async (request, reply) => {
        const { reason, by = request.headers['x-coalmine-actor'] } = request.body;
        const { name } = request.params;
        const run = () => controller.restart(name, by, reason, AbortSignal.timeout(COMMAND_TIMEOUT_MS));
        return send(reply, run, (decision) => ({ decision }));
      },
    );
  const stable = { headers: Actor, params: z.object({ agent: z.string() }), body: StableBody };
  app
    .withTypeProvider<ZodTypeProvider>()
    .post('/v1/agents/:agent/stable', { schema: stable }, async (request, reply) => {
      const { version, reason, by = request.headers['x-coalmine-actor'] } = request.body;
      const { agent } = request.params;
      const run = () => controller.setStable(agent, version, by, reason, AbortSignal.timeout(COMMAND_TIMEOUT_MS));
      return send(reply, run, (decision) => ({ decision }));
    });
};

const readRoutes = (app: FastifyInstance, controller: Controller): void => {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get('/v1/agents', async () => ({ agents: controller.agents().map(agentView) }));
  typed.get('/v1/rollouts', async () => ({ rollouts: controller.rollouts() }));
  typed.get('/v1/rollouts/:name', { schema: { params: z.object({ name: z.string() }) } }, async (request, reply) => {
    const view = controller.rollout(request.params.name);
    return view ?? fail(reply, 404, `there is no rollout ${request.params.name}`);
  });
  const querystring = z.strictObject({
    agent: z.string().min(1),
    rollout: z.string().min(1).optional(),
    limit: z.coerce.number().int().min(1).max(500).default(50),
  });
  typed.get('/v1/decisions', { schema: { querystring } }, async (request, reply) => {
    const decisions = controller.decisions(request.query.agent, request.query.limit, request.query.rollout);
    return decisions === null ? fail(reply, 404, `there is no agent ${request.query.agent}`) : { decisions };
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

const ALLOWED: Readonly<Record<string, 'GET' | 'POST'>> = {
  '/v1/documents': 'POST',
  ...Object.fromEntries(COMMANDS.map((command) => [`/v1/rollouts/:name/${command}`, 'POST'])),
  '/v1/rollouts/:name/restart': 'POST',
  '/v1/agents/:agent/stable': 'POST',
  '/v1/agents': 'GET',
  '/v1/rollouts': 'GET',
  '/v1/rollouts/:name': 'GET',
  '/v1/decisions': 'GET',
};

const refuseOtherMethods = (app: FastifyInstance): void => {
  for (const [url, allowed] of Object.entries(ALLOWED))
    app.route({
      method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => method !== allowed),
      url,
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        reply.header('allow', allowed);
        return fail(reply, 405, `${request.method} is not allowed here; use ${allowed}`);
      },
    });
};

const send = async <T>(
  reply: FastifyReply,
  run: () => Promise<Answer<T>>,
  body: (value: T) => unknown,
): Promise<FastifyReply> => {
  let answer: Answer<T>;
  try {
    answer = await run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail(
      reply,
      503,
      `the decision log did not settle it in time (${reason}); it may yet take effect: look before you repeat it`,
    );
  }
  return 'ok' in answer ? reply.send(body(answer.ok)) : refuse(reply, answer.refusal);
};

const refuse = (reply: FastifyReply, { kind, message, issues }: Refusal): FastifyReply =>
  fail(reply, STATUS[kind], message, issues);

const fail = (reply: FastifyReply, status: number, message: string, issues: Issue[] = []): FastifyReply =>
  reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify({ error: { message, issues } }));

const answerError = (error: FastifyError, reply: FastifyReply): FastifyReply => {
  const issues = (error.validation ?? []).map(({ instancePath, message }) => ({
    path: instancePath.replace(/^\//, '').replaceAll('/', '.'),
    reason: message ?? 'wrong',
  }));
  const status = error.statusCode ?? 500;
  return fail(reply, status, status >= 500 ? 'internal error' : error.message, issues);
};

/** A page in a browser must not command a controller on loopback: neither from another origin nor by a rebound name. */
const crossSite = (request: FastifyRequest, host: string): string | null => {
  const { origin } = request.headers;
  const isLoopback = host === '127.0.0.1' || host === 'localhost' || host === '::1';
  if (isLoopback && !['127.0.0.1', 'localhost', '[::1]', '::1'].includes(request.hostname))
    return `this address is not served under the name ${request.hostname}`;
  if (origin === undefined || URL.parse(origin)?.host === request.host) return null;
  return 'requests from other origins are refused';
};
