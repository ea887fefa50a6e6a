import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../platform/process/clock.ts';
import { AGENT_YAML, createSimulation, startSimulated, type SimulatedController } from '../test/simulation.fixture.ts';
import { serveApi } from './http-api.io.ts';
import { createSmokeSender } from '../deciding/smoke.io.ts';
import { Problem } from '../../schemas/problem.ts';
import { accessWith, bearer } from '../test/api-access.fixture.ts';
import { person } from '../test/person.fixture.ts';

const simulation = createSimulation(1);
let controller: SimulatedController;
let api: Awaited<ReturnType<typeof serveApi>>;
let upstream: Server;
const ANSWERS: Readonly<Record<string, string>> = {
  '/v1/chat/completions': '{"choices":[{"message":{"content":"hello"}}]}',
  '/v1/embeddings': '{"data":[{"embedding":[0.1,0.2]}]}',
};
/** What the fake upstream of v2 was asked, and what it says in place of an answer. */
const asked: { url: string | undefined; body: unknown }[] = [];
let failsWith: { status: number; text: string } | null = null;
let agentYaml: string;

beforeAll(async () => {
  upstream = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      asked.push({ url: request.url, body: JSON.parse(text) });
      const { status, text: said } = failsWith ?? { status: 200, text: ANSWERS[request.url ?? ''] };
      response.writeHead(status, { 'content-type': 'application/json' }).end(said);
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  agentYaml = AGENT_YAML.replace('127.0.0.1:9102', `127.0.0.1:${(upstream.address() as AddressInfo).port}`);
  const { bus, store, clock } = simulation;
  controller = await startSimulated(bus, store, clock, createSmokeSender(systemClock));
  api = await serveApi({ controller, ...accessWith() });
});
afterAll(async () => {
  await api.stop();
  await controller.stop();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

const Reply = z.looseObject({
  ...Problem.partial().shape,
});
type Reply = { status: number; body: z.infer<typeof Reply> };
const call = async (path: string, body: string, type = 'application/json'): Promise<Reply> => {
  const headers = { 'content-type': type, ...bearer('ann') };
  const response = await fetch(`http://127.0.0.1:${api.port}${path}`, { method: 'POST', headers, body });
  return { status: response.status, body: Reply.parse(await response.json()) };
};
const post = (text: string): Promise<Reply> => call('/v1/documents', text, 'application/yaml');

const head = (name: string): string =>
  `\napiVersion: coalmine/v1\nkind: Rollout\nmetadata: { name: ${name} }\nspec:\n  agent: support\n`;
const AB = `${head('tone')}  strategy: ab
  duration: 7d
  arms:
    - { name: stable, version: v1, weightPct: 30 }
    - { name: short, version: v2, weightPct: 30 }
    - { name: kind, version: v3, weightPct: 40 }
`;
const BLUE_GREEN = `${head('swap')}  strategy: bluegreen
  candidate: v2
  watch: 10m
  smoke:
    timeout: 5s
    requests:
      - body: { messages: [{ role: user, content: hi }] }
        expect: { contains: hello, maxLatency: 5s }
      - path: /embeddings
        body: { input: hi }
`;
const CANARY = `${head('inner')}  candidate: v2\n  segments: [{ groups: [staff] }]\n`;

describe('refused documents say where and why, and change nothing', () => {
  const agent = (rules: string): string => `${AGENT_YAML}${rules}`;
  const ab = (from: string, to: string): string => `${AGENT_YAML}---${AB.replace(from, to)}`;
  const swap = (from: string, to: string): string => `${AGENT_YAML}---${BLUE_GREEN.replace(from, to)}`;
  const canary = (from: string, to: string): string => `${AGENT_YAML}---${CANARY.replace(from, to)}`;

  it.each([
    ['a flag of no version', agent('  flags: [{ key: a, version: v9 }]\n'), 'spec.flags.0.version', /no version v9/],
    [
      'a flag key given twice',
      agent('  flags: [{ key: a, version: v1 }, { key: a, version: v2 }]\n'),
      'spec.flags',
      /two/,
    ],
    ['a flag over 100 %', agent('  flags: [{ key: a, version: v1, pct: 101 }]\n'), 'spec.flags.0.pct', /100/],
    ['an unknown field in a flag', agent('  flags: [{ key: a, version: v1, on: 1 }]\n'), 'spec.flags.0.on', /unknown/],
    [
      'a flag for everyone, by mistake',
      agent('  flags: [{ key: a, version: v1, match: {} }]\n'),
      'spec.flags.0.match',
      /asks for nothing/,
    ],
    [
      'a header name in capitals',
      agent('  flags: [{ key: a, version: v1, match: { headers: { X-Plan: [a] } } }]\n'),
      'spec.flags.0.match.headers.X-Plan',
      /lower case/,
    ],
    [
      'a claim of no value',
      agent('  flags: [{ key: a, version: v1, match: { claims: { plan: [] } } }]\n'),
      'spec.flags.0.match.claims.plan',
      /at least one value/,
    ],
    [
      'a fallback to no version',
      agent('  fallbacks: [[{ version: v9 }]]\n'),
      'spec.fallbacks.0.0.version',
      /no version v9/,
    ],
    ['an empty step of a chain', agent('  fallbacks: [[]]\n'), 'spec.fallbacks.0', /./],
    [
      'a step that names a version twice',
      agent('  fallbacks: [[{ version: v1 }, { version: v1 }]]\n'),
      'spec.fallbacks.0',
      /twice/,
    ],
    [
      'a fallback of weight 0',
      agent('  fallbacks: [[{ version: v1, weight: 0 }]]\n'),
      'spec.fallbacks.0.0.weight',
      /./,
    ],
    ['a segment of everyone', canary('groups: [staff]', ''), 'document 2.spec.segments.0', /asks for nothing/],
    ['an unknown part of a segment', canary('groups', 'group'), 'document 2.spec.segments.0.group', /unknown field/],
    [
      'a beta match of everyone',
      canary('segments: [{ groups: [staff] }]', 'beta: [{ name: all }]'),
      'document 2.spec.beta.0',
      /asks for nothing/,
    ],
    [
      'an unknown strategy',
      ab('strategy: ab', 'strategy: abc'),
      'document 2.spec.strategy',
      /shadow, canary .*, ab, bluegreen/,
    ],
    [
      'an experiment with a candidate',
      ab('  duration', '  candidate: v2\n  duration'),
      'document 2.spec.candidate',
      /unknown field/,
    ],
    ['an experiment without an end', ab('  duration: 7d\n', ''), 'document 2.spec.duration', /./],
    [
      'an experiment that outlasts its deadline',
      ab('  duration', '  deadline: 1d\n  duration'),
      'document 2.spec.deadline',
      /before the end/,
    ],
    ['one arm alone', ab(AB.slice(AB.indexOf('    - { name: short')), ''), 'document 2.spec.arms', /./],
    [
      'weights that do not add up',
      ab('weightPct: 40', 'weightPct: 41'),
      'document 2.spec.arms',
      /add up to 100, not 101/,
    ],
    ['an arm of weight 0', ab('weightPct: 40', 'weightPct: 0'), 'document 2.spec.arms.2.weightPct', /./],
    ['an arm name given twice', ab('name: kind', 'name: short'), 'document 2.spec.arms', /two arms of one name/],
    ['an arm of no version', ab('version: v3', 'version: v9'), 'document 2.spec.arms.2.version', /has no version v9/],
    [
      'a stable arm that is not stable',
      ab('version: v1', 'version: v2'),
      'document 2.spec.arms.0.version',
      /stable version of agent support is v1/,
    ],
    [
      'segments with nowhere to rest',
      ab('name: stable', 'name: old').replace('  duration', '  segments: [{ groups: [staff] }]\n  duration'),
      'document 2.spec.segments',
      /need an arm named `stable`/,
    ],
    [
      'blue-green without a smoke check',
      swap(BLUE_GREEN.slice(BLUE_GREEN.indexOf('  smoke')), ''),
      'document 2.spec.smoke',
      /./,
    ],
    [
      'a smoke check of nothing',
      swap(BLUE_GREEN.slice(BLUE_GREEN.indexOf('    requests')), '    requests: []\n'),
      'document 2.spec.smoke.requests',
      /./,
    ],
    [
      'a smoke request to elsewhere',
      swap('/embeddings', '//example.org/x'),
      'document 2.spec.smoke.requests.1.path',
      /below the upstream/,
    ],
    [
      'a smoke request above the upstream',
      swap('/embeddings', '/../admin'),
      'document 2.spec.smoke.requests.1.path',
      /below the upstream/,
    ],
    [
      'blue-green with a weight plan',
      swap('  watch', '  stages: []\n  watch'),
      'document 2.spec.stages',
      /unknown field/,
    ],
    [
      'blue-green to what is stable',
      swap('candidate: v2', 'candidate: v1'),
      'document 2.spec.candidate',
      /stable version already/,
    ],
    [
      'a threshold that compares with nobody',
      swap('  watch', '  thresholds: [{ metric: latency, maxRelativeIncrease: 2 }]\n  watch'),
      'document 2.spec.thresholds.0.maxRelativeIncrease',
      /nobody is on stable/,
    ],
    [
      'a watch that outlasts the deadline',
      swap('  watch: 10m', '  deadline: 1m\n  watch: 10m'),
      'document 2.spec.deadline',
      /before the end/,
    ],
  ])('%s', async (_, text, path, reason) => {
    const { status, body } = await post(text);
    expect(status).toBe(400);
    expect(
      body.issues?.some((issue) => issue.path === path && reason.test(issue.reason)),
      JSON.stringify(body),
    ).toBe(true);
    expect(controller.agents()).toEqual([]);
  });
});

const ended = (state: string) => vi.waitFor(() => expect(controller.rollout('swap')).toMatchObject({ state }));

describe('blue-green over HTTP', () => {
  it('asks the candidate’s upstream first, then switches, and back on abort', async () => {
    expect(await post(`${agentYaml}---${BLUE_GREEN}`)).toMatchObject({
      status: 200,
      body: { applied: [{}, { result: 'started', rollout: 'swap#2' }] },
    });
    await ended('watch');
    expect(asked).toEqual([
      { url: '/v1/chat/completions', body: { model: 'support', messages: [{ role: 'user', content: 'hi' }] } },
      { url: '/v1/embeddings', body: { model: 'support', input: 'hi' } },
    ]);
    expect(controller.rollout('swap')).toMatchObject({
      strategy: 'bluegreen',
      weights: { stable: 0, candidate: 100 },
      stages: [{ weightPct: 100, durationMs: 600_000 }],
      bounded: false,
      logThreshold: null,
      last: {
        type: 'switch',
        by: 'controller',
        reason: expect.stringMatching(/^the smoke check passed, all traffic switches: 2 of 2 requests/),
      },
    });
    expect(await call('/v1/rollouts/swap/abort', '{"reason":"complaints"}')).toMatchObject({
      body: { decision: { type: 'abort', routing: { arms: [{ name: 'stable', version: 'v1', weight: 100 }] } } },
    });
  });

  it('ends where a request fails, tells which, asks no more, and moves nobody', async () => {
    asked.length = 0;
    failsWith = { status: 500, text: '{"error":{"message":"no model"}}' };
    await call('/v1/documents?restart=true', BLUE_GREEN, 'application/yaml');
    await ended('rolled_back');
    expect(asked).toHaveLength(1);
    expect(controller.rollout('swap')?.last).toMatchObject({
      type: 'rollback',
      reason:
        'the smoke check failed, no traffic moved: request 1 of 2, POST /chat/completions: answered 500, expected 200: {"error":{"message":"no model"}}',
    });
    const decisions = controller.decisions('support', 2) ?? [];
    expect(decisions.map((d) => d.routing.arms.find((arm) => arm.name === 'candidate')?.weight ?? 0)).toEqual([0, 0]);
  });

  it('a controller that comes later does the check that a dead one left undone', async () => {
    failsWith = null;
    const quiet = createSimulation(2);
    const dying = await startSimulated(quiet.bus, quiet.store, quiet.clock, () => new Promise(() => {}));
    const signal = AbortSignal.timeout(10_000);
    await dying.apply(`${agentYaml}---${BLUE_GREEN}`, person('ann'), signal);
    expect(dying.rollout('swap')?.state).toBe('smoke');
    await dying.stop();
    const next = await startSimulated(quiet.bus, quiet.store, quiet.clock, createSmokeSender(systemClock));
    await vi.waitFor(() => expect(next.rollout('swap')?.state).toBe('watch'));
    await next.stop();
  });
});

describe('an experiment over HTTP', () => {
  it('is promoted by naming an arm; only promote takes one', async () => {
    expect(await post(AB)).toMatchObject({ status: 200, body: { applied: [{ result: 'started' }] } });
    expect(controller.rollout('tone')).toMatchObject({
      state: 'ab',
      candidate: null,
      arms: [{ name: 'stable', weightPct: 30 }, { name: 'short' }, { name: 'kind', version: 'v3', weightPct: 40 }],
    });
    expect(await call('/v1/rollouts/tone/pause', '{"arm":"kind"}')).toMatchObject({ status: 400 });
    expect(await call('/v1/rollouts/tone/promote', '{}')).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/name the arm that wins/) },
    });
    expect(await call('/v1/rollouts/tone/promote', '{"arm":"kind","reason":"survey"}')).toMatchObject({
      status: 200,
      body: {
        decision: {
          type: 'promote',
          reason: 'arm kind wins (v3): survey',
          routing: { arms: [{ name: 'stable', version: 'v3', weight: 100 }] },
        },
      },
    });
  });

  it('a flag can be turned off under way, in one document', async () => {
    const turned = AB.replace('version: v1', 'version: vx').replace('version: v3', 'version: v1');
    expect(await post(turned.replace('version: vx', 'version: v3').replace('tone', 'tone-2'))).toMatchObject({
      status: 200,
    });
    const on = await post(`${agentYaml}  flags: [{ key: concise, version: v2 }]\n`);
    expect(on).toMatchObject({ status: 200, body: { applied: [{ result: 'registered' }] } });
    const off = await post(agentYaml);
    expect(off).toMatchObject({ status: 200, body: { applied: [{ result: 'registered' }] } });
    expect(controller.rollout('tone-2')).toMatchObject({
      state: 'ab',
      last: { type: 'register', by: 'ann (key_ann)' },
    });
    expect(controller.alarms).toEqual([]);
  });
});
