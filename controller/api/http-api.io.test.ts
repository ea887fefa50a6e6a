import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { request } from 'undici';
import { z } from 'zod';
import { CONTROLLER_API } from '../../schemas/controller-api.ts';
import { Problem, problem, problemOf } from '../../schemas/problem.ts';
import { DECISIONS } from '../../schemas/topics.ts';
import { accessWith, bearer } from '../test/api-access.fixture.ts';
import {
  AGENT_YAML,
  createSimulation,
  rolloutYaml,
  startSimulated,
  type SimulatedController,
} from '../test/simulation.fixture.ts';
import { serveApi } from './http-api.io.ts';

const JSON_BODY = { 'content-type': 'application/json' };
const simulation = createSimulation(1);
let controller: SimulatedController;
let api: Awaited<ReturnType<typeof serveApi>>;
let url: string;

beforeAll(async () => {
  controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
  api = await serveApi({ controller, ...accessWith() });
  url = `http://127.0.0.1:${api.port}`;
});
afterAll(async () => {
  await api.stop();
  await controller.stop();
});

const Reply = z.looseObject({
  ...Problem.partial().shape,
  decisions: z.array(z.looseObject({ type: z.string(), by: z.string() })).optional(),
  rollouts: z.array(z.unknown()).optional(),
  agents: z.array(z.looseObject({ name: z.string(), stable: z.string() })).optional(),
});
type Reply = { status: number; type: string | null; body: z.infer<typeof Reply> };
const call = async (
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<Reply> => {
  const given = { method, headers: { ...bearer('ann'), ...headers } };
  const response = await fetch(`${url}${path}`, { ...given, ...(body === undefined ? {} : { body }) });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: Reply.parse(await response.json()),
  };
};
const post = (text: string, headers = { 'content-type': 'application/yaml' }): Promise<Reply> =>
  call('POST', '/v1/documents', text, headers);
const logLength = async (): Promise<number> => {
  let length = 0;
  const partition = simulation.bus.partitionFor('support', await simulation.bus.partitionCount(DECISIONS));
  await simulation.bus.readToEnd(DECISIONS, partition, 0, () => (length += 1));
  return length;
};

describe('refused documents change nothing and say where and why', () => {
  const agent = (change: (text: string) => string): string => change(AGENT_YAML);
  const rollout = (change: (text: string) => string): string => `${AGENT_YAML}---${change(rolloutYaml())}`;

  it.each([
    ['text that is not YAML', 'a: [1', 'line 1', /./],
    ['a key given twice', agent((t) => `${t}kind: Agent\n`), 'line', /unique/i],
    ['nothing', '', '', /^there is no document/],
    ['a file whose line ends are gone', agent((t) => t.replaceAll('\n', '')), 'line 1', /--data-binary/],
    [
      'a file with a comment on top whose line ends are gone',
      `# agent${agent((t) => t.replaceAll('\n', ''))}`,
      '',
      /--data-binary/,
    ],
    ['no kind', 'apiVersion: coalmine/v1', 'kind', /./],
    ['an unknown kind', agent((t) => t.replace('kind: Agent', 'kind: Robot')), 'kind', /./],
    ['a wrong apiVersion', agent((t) => t.replace('coalmine/v1', 'coalmine/v2')), 'apiVersion', /./],
    [
      'an unknown field',
      agent((t) => t.replace('  stable:', '  colour: red\n  stable:')),
      'spec.colour',
      /unknown field/,
    ],
    [
      'a stable version that is missing',
      agent((t) => t.replace('stable: v1', 'stable: v9')),
      'spec.stable',
      /not in spec.versions/,
    ],
    [
      'an upstream that is no URL',
      agent((t) => t.replace('"http://127.0.0.1:9101/v1"', 'nowhere')),
      'spec.versions.0.upstream',
      /./,
    ],
    [
      'an upstream with a password in it',
      agent((t) => t.replace('"http://127.0.0.1:9101/v1"', '"http://ann:secret@127.0.0.1:9101/v1"')),
      'spec.versions.0.upstream',
      /has a user or a password in it(?!.*secret)/,
    ],
    [
      'an upstream with a fragment',
      agent((t) => t.replace('"http://127.0.0.1:9101/v1"', '"http://127.0.0.1:9101/v1#part"')),
      'spec.versions.0.upstream',
      /has a fragment/,
    ],
    [
      'a webhook with a password in it',
      rollout((t) => `${t}  notify: { webhook: "http://ann:secret@h/" }\n`),
      'document 2.spec.notify.webhook',
      /has a user or a password in it/,
    ],
    [
      'a webhook with a fragment',
      rollout((t) => `${t}  notify: { webhook: "http://h/?a=1#part" }\n`),
      'document 2.spec.notify.webhook',
      /has a fragment/,
    ],
    [
      'a weight over 100',
      rollout((t) => t.replace('weightPct: 100', 'weightPct: 120')),
      'document 2.spec.stages.2.weightPct',
      /100/,
    ],
    ['weights that fall', rollout((t) => t.replace('weightPct: 50', 'weightPct: 5')), 'document 2.spec.stages', /rise/],
    ['a duration in no unit', rollout((t) => t.replace('6s', '6')), 'document 2.spec.stages.0.duration', /./],
    [
      'an unknown field in a stage',
      rollout((t) => t.replace('{ weightPct: 10,', '{ color: 1, weightPct: 10,')),
      'document 2.spec.stages.0.color',
      /unknown field/,
    ],
    [
      'a candidate that is missing',
      rollout((t) => t.replace('candidate: v2', 'candidate: v7')),
      'document 2.spec.candidate',
      /has no version v7 \(it has v1, v2, v3\)/,
    ],
    [
      'a candidate that is stable',
      rollout((t) => t.replace('candidate: v2', 'candidate: v1')),
      'document 2.spec.candidate',
      /stable version already/,
    ],
    ['an agent that nobody registered', rolloutYaml(), 'spec.agent', /not registered; apply its Agent document first/],
    [
      'thresholds without their policy',
      rollout((t) => `${t}  thresholds: [{ metric: error_rate, maxAbsolute: 0.1 }]\n`),
      'document 2.spec.thresholds',
      /policy: thresholds/,
    ],
    [
      'a threshold without a limit',
      rollout((t) => `${t}  policy: thresholds\n  thresholds: [{ metric: error_rate }]\n`),
      'document 2.spec.thresholds.0',
      /at least one/,
    ],
    [
      'a metric that counts',
      rollout((t) => `${t}  metrics: [{ name: accepted }]\n`),
      'document 2.spec.metrics.0.name',
      /count/,
    ],
    [
      'a shadow strategy without a shadow',
      rollout((t) => `${t}  strategy: shadow\n`),
      'document 2.spec.shadow',
      /needs spec.shadow/,
    ],
  ])('%s', async (_, text, path, reason) => {
    const { status, body } = await post(text);
    expect(status).toBe(400);
    expect(body.detail).toMatch(/refused(?!: :)/);
    expect(
      body.issues?.some((issue) => issue.path.startsWith(path) && reason.test(issue.reason)),
      JSON.stringify(body),
    ).toBe(true);
    expect(await logLength()).toBe(0);
    expect(controller.agents()).toEqual([]);
  });
});

describe('the API', () => {
  it('takes JSON as well as YAML, and says what became of each document', async () => {
    const version = { label: 'a', upstream: 'http://127.0.0.1:1/v1', code: 'git:1' };
    const json = {
      apiVersion: 'coalmine/v1',
      kind: 'Agent',
      metadata: { name: 'other' },
      spec: { stable: 'a', versions: [version] },
    };
    const first = await post(JSON.stringify(json), { 'content-type': 'application/json' });
    expect(first).toMatchObject({
      status: 200,
      body: { applied: [{ kind: 'Agent', name: 'other', result: 'registered', sequence: 1 }] },
    });
    expect(await post(JSON.stringify(json))).toMatchObject({
      body: { applied: [{ result: 'unchanged', sequence: 1 }] },
    });
  });

  it('leads a rollout from start to abort, each step with its actor', async () => {
    const applied = await call('POST', '/v1/documents', `${AGENT_YAML}---${rolloutYaml()}`);
    expect(applied.body).toMatchObject({
      applied: [{ result: 'registered' }, { result: 'started', rollout: 'support-v2#2' }],
    });
    expect(await post(rolloutYaml('', 'again'))).toMatchObject({ status: 409 });
    const paused = await call('POST', '/v1/rollouts/support-v2/pause', JSON.stringify({ reason: 'lunch' }), {
      ...JSON_BODY,
      ...bearer('bob'),
    });
    expect(paused).toMatchObject({
      status: 200,
      body: { decision: { type: 'pause', by: 'bob (key_bob)', reason: 'lunch' } },
    });
    expect(await call('POST', '/v1/rollouts/support-v2/pause')).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/paused already/) },
    });
    expect(await call('POST', '/v1/rollouts/support-v2%232/abort')).toMatchObject({ status: 200 });
    expect(await call('POST', '/v1/rollouts/support-v2/resume')).toMatchObject({ status: 409 });
    const { body } = await call('GET', '/v1/decisions?agent=support&limit=3');
    expect(body.decisions?.map((d) => [d.type, d.by])).toEqual([
      ['abort', 'ann (key_ann)'],
      ['pause', 'bob (key_bob)'],
      ['start', 'ann (key_ann)'],
    ]);
  });

  it('takes a rollout’s document once, however often it is applied, unless a restart is asked for', async () => {
    const document = rolloutYaml();
    expect(await post(document)).toMatchObject({
      status: 200,
      body: {
        applied: [{ result: 'unchanged', rollout: 'support-v2#2', note: /is over \(aborted\).*\?restart=true/ }],
      },
    });
    const yaml = { 'content-type': 'application/yaml' };
    expect(await call('POST', '/v1/documents?restart=yes', document, yaml)).toMatchObject({ status: 400 });
    expect(await call('POST', '/v1/documents?restart=true', document, yaml)).toMatchObject({
      status: 200,
      body: { applied: [{ result: 'started', rollout: 'support-v2#5', note: '' }] },
    });
    expect(await call('POST', '/v1/rollouts/support-v2/abort')).toMatchObject({ status: 200 });
  });

  it('shows agents and rollouts', async () => {
    const { body } = await call('GET', '/v1/rollouts/support-v2');
    expect(body).toMatchObject({
      name: 'support-v2',
      state: 'aborted',
      weights: { stable: 100, candidate: 0 },
      stages: [{}, {}, { weightPct: 95 }],
    });
    expect((await call('GET', '/v1/rollouts')).body.rollouts?.length).toBe(2);
    expect((await call('GET', '/v1/agents')).body.agents?.map((a) => [a.name, a.stable])).toEqual(
      expect.arrayContaining([
        ['support', 'v1'],
        ['other', 'a'],
      ]),
    );
    expect((await call('GET', '/v1/agents/support')).body).toMatchObject({ name: 'support', stable: 'v1' });
    expect((await call('GET', '/v1/agents/nobody')).status).toBe(404);
  });

  it('a label never gets another content', async () => {
    const { status, body } = await post(AGENT_YAML.replace('prompt: two', 'prompt: changed'));
    expect(status).toBe(400);
    expect(body.issues).toMatchObject([{ path: 'spec.versions.1.label', reason: expect.stringMatching(/immutable/) }]);
  });

  it('lets an operator set stable while no rollout is under way: a decision like any other', async () => {
    const path = '/v1/agents/support/stable';
    const set = (version: string, reason = ''): Promise<Reply> =>
      call('POST', path, JSON.stringify({ version, reason }), JSON_BODY);
    expect(await set('v2', 'it was fine')).toMatchObject({
      status: 200,
      body: {
        decision: {
          type: 'register',
          by: 'ann (key_ann)',
          reason: 'stable set from v1 to v2 by ann: it was fine',
          routing: { rollout: '', arms: [{ name: 'stable', version: 'v2', weight: 100 }] },
        },
      },
    });
    expect(await set('v2')).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/stable version .* already/) },
    });
    expect(await set('v9')).toMatchObject({
      status: 400,
      body: {
        issues: [{ path: 'version', reason: expect.stringMatching(/no version v9 \(it has v1, v2, v3\)/) }],
      },
    });
    expect(await post(AGENT_YAML)).toMatchObject({ body: { applied: [{ result: 'unchanged' }] } });
    expect(await post(rolloutYaml('', 'back', 'v1'))).toMatchObject({ status: 200 });
    expect(await set('v1')).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/under way/) },
    });
    await call('POST', '/v1/rollouts/back/abort');
    expect(await set('v1')).toMatchObject({ status: 200 });
  });

  it.each([
    ['stable of an unknown agent', 'POST', '/v1/agents/nobody/stable', '{"version":"v1"}', JSON_BODY, 404],
    ['stable without a version', 'POST', '/v1/agents/support/stable', '{}', JSON_BODY, 400],
    ['stable by GET', 'GET', '/v1/agents/support/stable', undefined, {}, 405],
    ['an unknown rollout', 'GET', '/v1/rollouts/nothing', undefined, {}, 404],
    ['a command for an unknown rollout', 'POST', '/v1/rollouts/nothing/abort', undefined, {}, 404],
    ['an unknown agent', 'GET', '/v1/decisions?agent=nobody', undefined, {}, 404],
    ['decisions of nobody in particular', 'GET', '/v1/decisions', undefined, {}, 400],
    ['an unknown path', 'GET', '/v2/agents', undefined, {}, 404],
    ['a wrong method', 'DELETE', '/v1/rollouts/support-v2', undefined, {}, 405],
    ['a command by GET', 'GET', '/v1/rollouts/support-v2/abort', undefined, {}, 405],
    ['a command body that is not JSON', 'POST', '/v1/rollouts/support-v2/pause', '{', JSON_BODY, 400],
    ['an unknown field in a command', 'POST', '/v1/rollouts/support-v2/pause', '{"why":1}', JSON_BODY, 400],
    ['a body that is too large', 'POST', '/v1/documents', 'x'.repeat(300_000), {}, 413],
    ['a path that is badly escaped', 'GET', '/v1/rollouts/%zz', undefined, {}, 400],
    ['a body of another type', 'POST', '/v1/rollouts/support-v2/pause', 'a', { 'content-type': 'a/b' }, 415],
    ['a page of another origin', 'POST', '/v1/documents', AGENT_YAML, { origin: 'http://evil.example' }, 403],
  ])('answers %s with its status and one envelope', async (_, method, path, body, headers, status) => {
    const reply = await call(method, path, body, headers);
    expect(reply.status).toBe(status);
    expect(reply.type).toMatch(/^application\/problem\+json/);
    expect(reply.body).toEqual(problem(problemOf(status), reply.body.detail ?? '', reply.body.issues));
    expect(reply.body.detail).toMatch(/./);
  });

  it.each([
    ['/v1/documents', 'GET', 'POST'],
    ['/v1/rollouts/support-v2', 'POST', 'GET, HEAD'],
    ['/v1/rollouts/support-v2?x=1', 'PROPFIND', 'GET, HEAD'],
    ['/v1/rollouts/support-v2/abort', 'GET', 'POST'],
    ['/v1/agents/support/stable', 'OPTIONS', 'POST'],
    ['/v1/decisions', 'PURGE', 'GET, HEAD'],
    ['/livez', 'POST', 'GET, HEAD'],
  ])('says what %s allows when asked by %s, whatever comes with it', async (path, method, allow) => {
    const body = method === 'GET' ? {} : { body: '{' };
    const headers = { ...bearer('ann'), ...(method === 'GET' ? {} : { 'content-type': 'a/b' }) };
    const response = await request(`${url}${path}`, { method: method as 'GET', headers, ...body });
    expect([response.statusCode, response.headers['allow']]).toEqual([405, allow]);
    expect(await response.body.json()).toMatchObject({
      detail: expect.stringContaining(method),
    });
  });

  it('answers in the form of its contract', async () => {
    await post(`${AGENT_YAML}---${rolloutYaml('', 'shown')}`);
    for (const [name, path] of [
      ['listAgents', '/v1/agents'],
      ['getAgent', '/v1/agents/support'],
      ['listRollouts', '/v1/rollouts'],
      ['getRollout', '/v1/rollouts/shown'],
      ['listDecisions', '/v1/decisions?agent=support'],
    ] as const) {
      const given: unknown = (await call('GET', path)).body;
      expect(CONTROLLER_API[name].response.parse(given)).toEqual(given);
    }
  });

  it('says that a look failed, and of a command that it may yet take effect, when the controller fails', async () => {
    const broken = {
      ...controller,
      rollouts: () => {
        throw new Error('broken');
      },
      command: () => Promise.reject(new Error('gave up')),
    };
    const other = await serveApi({ controller: broken, ...accessWith() });
    const ask = async (method: string, path: string): Promise<unknown[]> => {
      const response = await fetch(`http://127.0.0.1:${other.port}${path}`, { method, headers: bearer('ann') });
      return [response.status, await response.json()];
    };
    expect(await ask('GET', '/v1/rollouts')).toEqual([500, problem('internal', 'internal error')]);
    expect(await ask('POST', '/v1/rollouts/x/abort')).toEqual([
      503,
      expect.objectContaining({ detail: expect.stringMatching(/gave up.*may yet take effect/) }),
    ]);
    await other.stop();
  });

  it('tells its health and metrics', async () => {
    const text = async (path: string): Promise<string> => (await fetch(`${url}${path}`)).text();
    expect(await text('/livez')).toBe('ok\n');
    await vi.waitFor(async () => expect(await text('/readyz')).toBe('ok\n'));
    expect(await text('/metrics')).toMatch(/coalmine_controller_|process_cpu/);
  });
});
