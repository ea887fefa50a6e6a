import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessWith, bearer, keyFor } from '../test/api-access.fixture.ts';
import { createSimulation, AGENT_YAML, type SimulatedController, startSimulated } from '../test/simulation.fixture.ts';
import { person } from '../test/person.fixture.ts';
import { serveApi } from './http-api.io.ts';

const KEYS = [
  keyFor('ops', { roles: ['propose'], agents: ['support'] }),
  keyFor('viewer', { roles: ['view'], agents: ['support'] }),
  keyFor('stranger', { roles: ['admin'], agents: ['other'] }),
];
const simulation = createSimulation(43);
let controller: SimulatedController;
let api: Awaited<ReturnType<typeof serveApi>>;
beforeAll(async () => {
  controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
  api = await serveApi({ controller, ...accessWith(...KEYS) });
  await controller.apply(AGENT_YAML, person('ann'), new AbortController().signal);
});
afterAll(async () => {
  await api.stop();
  await controller.stop();
});

const ask = async (who: string, path: string, body?: unknown) => {
  const response = await fetch(`http://127.0.0.1:${api.port}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...bearer(who), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
};
const value = (more: object = {}): object => ({ agent: 'support', metric: 'gpu_utilisation', value: 0.7, ...more });

describe('posting outside gauges', () => {
  it('takes them by a key that may propose, and shows them to whoever may view', async () => {
    expect(await ask('ops', '/v1/metrics', { values: [value(), value({ version: 'v2', unit: 'share' })] })).toEqual({
      status: 200,
      body: { taken: 2 },
    });
    expect(await ask('viewer', '/v1/agents/support/service')).toMatchObject({
      status: 200,
      body: {
        version: 'v1',
        regressions: [],
        gauges: [
          { gauge: 'gpu_utilisation', version: '', value: 0.7, by: 'ops (key_ops)', isStale: false },
          { gauge: 'gpu_utilisation', version: 'v2', value: 0.7, unit: 'share' },
        ],
      },
    });
  });

  it('is not for keys that only view, and tells strangers nothing', async () => {
    expect((await ask('viewer', '/v1/metrics', { values: [value()] })).status).toBe(403);
    expect((await ask('stranger', '/v1/metrics', { values: [value()] })).status).toBe(404);
    expect((await ask('stranger', '/v1/agents/support/service')).status).toBe(404);
  });

  it.each([
    ['no values', { values: [] }],
    ['too many', { values: Array.from({ length: 101 }, () => value()) }],
    ['a text for a number', { values: [value({ value: '0.7' })] }],
    ['no number at all', '{"values":[{"agent":"support","metric":"gpu","value":1e999}]}'],
    ['a name with a line break', { values: [value({ metric: 'gpu\n' })] }],
    ['a unit without end', { values: [value({ unit: 'x'.repeat(33) })] }],
    ['a field that is not there', { values: [value({ labels: {} })] }],
    ['one bad value behind a good one', { values: [value({ metric: 'never_taken' }), value({ version: 'v9' })] }],
  ])('refuses %s with 400, and takes nothing of the call', async (_, body) => {
    expect((await ask('ops', '/v1/metrics', body)).status).toBe(400);
    expect(controller.gauges('support').map(({ gauge }) => gauge)).not.toContain('never_taken');
  });
});
