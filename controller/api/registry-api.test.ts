import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { accessWith, bearer, keyFor } from '../test/api-access.fixture.ts';
import { agentYaml } from '../test/registered.fixture.ts';
import { createSimulation, type SimulatedController, startSimulated } from '../test/simulation.fixture.ts';
import { serveApi } from './http-api.io.ts';

const KEYS = [
  keyFor('ann'),
  keyFor('ci', { roles: ['propose'], agents: ['support'] }),
  keyFor('viewer', { roles: ['view'], agents: ['support'] }),
  keyFor('stranger', { roles: ['admin'], agents: ['other'] }),
];
const simulation = createSimulation(41);
let controller: SimulatedController;
let api: Awaited<ReturnType<typeof serveApi>>;
beforeAll(async () => {
  controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
  api = await serveApi({ controller, ...accessWith(...KEYS) });
  expect((await ask('ann', 'POST', '/v1/documents', agentYaml({ v1: 'polite' }))).status).toBe(200);
  expect((await ask('ann', 'POST', '/v1/versions', agentYaml({ v1: 'other' }, 'other'))).status).toBe(200);
});
afterAll(async () => {
  await api.stop();
  await controller.stop();
});

const Body = z.looseObject({
  detail: z.string().optional(),
  versions: z.array(z.looseObject({ agent: z.string(), label: z.string() })).optional(),
  datasets: z.array(z.unknown()).optional(),
  createdBy: z.string().optional(),
});
const ask = async (who: string, method: string, path: string, body?: string | object) => {
  const isText = typeof body === 'string';
  const response = await fetch(`http://127.0.0.1:${api.port}${path}`, {
    method,
    headers: { ...bearer(who), 'content-type': isText ? 'application/yaml' : 'application/json' },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: Body.parse(await response.json()) };
};
const dataset = (content: string, more: object = {}) => ({ name: 'golden', content, ...more });
const measured = [{ caseId: 'a', cluster: 'a', slices: {}, repeat: 0, values: { latency: { value: 1 } } }];

describe('a key for one agent', () => {
  it('registers of that one alone, under its own name', async () => {
    const created = await ask('ci', 'POST', '/v1/versions', agentYaml({ v1: 'polite', v2: 'brief' }));
    expect([created.status, created.body.versions?.length]).toEqual([200, 2]);
    const view = await ask('viewer', 'GET', '/v1/agents/support/versions/v2');
    expect(view.body.createdBy).toBe('ci (key_ci)');
    expect((await ask('ci', 'POST', '/v1/agents/support/datasets', dataset('{"id":1}'))).status).toBe(200);
    expect((await ask('ci', 'POST', '/v1/agents/support/baselines', { name: 'golden', measured })).status).toBe(200);
  });

  it.each([
    ['GET', '/v1/versions?agent=support', undefined],
    ['GET', '/v1/agents/support/versions/v1', undefined],
    ['POST', '/v1/agents/support/versions/v1/labels', { label: 'mine' }],
    ['POST', '/v1/versions', agentYaml({ v9: 'x' })],
    ['GET', '/v1/agents/support/datasets', undefined],
    ['GET', '/v1/agents/support/datasets/golden', undefined],
    ['POST', '/v1/agents/support/datasets', dataset('{"id":1}')],
    ['GET', '/v1/agents/support/baselines', undefined],
    ['GET', '/v1/agents/support/baselines/golden', undefined],
    ['POST', '/v1/agents/support/baselines', { name: 'golden', measured }],
    ['POST', '/v1/agents/support/stable', { version: 'v1' }],
  ])('is told of another what is told of none: %s %s', async (method, path, body) => {
    const about = (agent: string) =>
      ask(
        'stranger',
        method,
        path.replaceAll('support', agent),
        typeof body === 'string' ? body.replaceAll('support', agent) : body,
      );
    const [known, unknown] = [await about('support'), await about('nowhere')];
    expect(known.status).toBe(404);
    expect(known.body.detail?.replace('support', 'nowhere')).toBe(unknown.body.detail);
  });

  it('lists, exports and imports nothing of others', async () => {
    const of = async (path: string) =>
      (await ask('stranger', 'GET', path)).body.versions?.map(({ agent, label }) => `${agent} ${label}`);
    expect(await of('/v1/versions')).toEqual(['other v1']);
    expect(await of('/v1/registry')).toEqual(['other v1']);
    const all = await ask('ann', 'GET', '/v1/registry');
    const renamed = JSON.stringify(all.body).replaceAll('"label":"v', '"label":"w');
    expect((await ask('stranger', 'POST', '/v1/registry', renamed)).status).toBe(404);
    expect((await ask('ci', 'POST', '/v1/registry', renamed)).status).toBe(403);
  });
});

describe('what is registered', () => {
  it.each([
    ['a label that is no name', '/v1/agents/support/versions/v1/labels', { label: '../v1' }, 400],
    ['a dataset whose name is no name', '/v1/agents/support/datasets', { name: 'a/b', content: '{}' }, 400],
    [
      'a dataset that nests too deep',
      '/v1/agents/support/datasets',
      dataset(`{"a":${'['.repeat(99)}${']'.repeat(99)}}`),
      400,
    ],
    ['a dataset with a key twice', '/v1/agents/support/datasets', dataset('{"a":1,"a":2}'), 400],
    ['a dataset with half a character', '/v1/agents/support/datasets', dataset(String.raw`{"a":"\ud800"}`), 400],
    ['a dataset larger than a record', '/v1/agents/support/datasets', dataset(`{"a":"${'x'.repeat(983_000)}"}`), 400],
    ['a body larger than that', '/v1/agents/support/datasets', dataset('x'.repeat(2_100_000)), 413],
    [
      'a baseline of a version that is not there',
      '/v1/agents/support/baselines',
      { name: 'b', version: 'v9', measured },
      400,
    ],
    ['an agent whose prompt has half a character', '/v1/versions', agentYaml({ v7: String.raw`\ud800` }), 400],
    [
      'a reference that the program reads',
      '/v1/versions',
      agentYaml({ v7: 'x' }).replace('"x"', '{ file: a.md }'),
      400,
    ],
    [
      'a rollout',
      '/v1/versions',
      'apiVersion: coalmine/v1\nkind: Rollout\nmetadata: { name: r }\nspec: { agent: support, candidate: v1 }',
      400,
    ],
    ['an import of lists within lists', '/v1/registry', '['.repeat(100_000), 400],
    ['an import that nests too deep', '/v1/registry', `${'['.repeat(99)}${']'.repeat(99)}`, 400],
  ])('is never %s', async (_, path, body, status) => {
    const refused = await ask('ann', 'POST', path, body);
    expect([refused.status, refused.body.detail]).toEqual([status, expect.stringMatching(/./)]);
  });

  it('says what reads a reference, to whoever sends one', async () => {
    const refused = await ask('ann', 'POST', '/v1/documents', agentYaml({ v7: 'x' }).replace('"x"', '{ file: a.md }'));
    expect(refused.body.detail).toMatch(/prompt: is a reference to a file, which `coalmine apply`/);
  });
});
