import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONTROLLER_API } from '../../schemas/controller-api.ts';
import { DECISIONS } from '../../schemas/topics.ts';
import { accessWith, bearer, keyFor } from '../test/api-access.fixture.ts';
import {
  AGENT_YAML,
  createSimulation,
  rolloutYaml,
  startSimulated,
  type SimulatedController,
} from '../test/simulation.fixture.ts';
import { serveApi } from './http-api.io.ts';

const simulation = createSimulation(1);
let controller: SimulatedController;
let api: Awaited<ReturnType<typeof serveApi>>;
beforeAll(async () => {
  controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
  const keys = [keyFor('ann'), keyFor('restricted', { roles: ['propose'], agents: ['other'] })];
  api = await serveApi({ controller, ...accessWith(...keys) });
});
afterAll(async () => {
  await api.stop();
  await controller.stop();
});

const post = (path: string, body: string, type = 'application/yaml', who = 'ann'): Promise<Response> => {
  const headers = { ...bearer(who), 'content-type': type };
  return fetch(`http://127.0.0.1:${api.port}${path}`, { method: 'POST', headers, body });
};
/** What would come of documents; the status where they are refused. */
const plan = async (text: string, who?: string) => {
  const response = await post('/v1/documents/plan', text, 'application/yaml', who);
  return response.ok ? CONTROLLER_API.planDocuments.response.parse(await response.json()).planned : response.status;
};
const logLength = async (): Promise<number> => {
  let length = 0;
  const partition = simulation.bus.partitionFor('support', await simulation.bus.partitionCount(DECISIONS));
  await simulation.bus.readToEnd(DECISIONS, partition, 0, () => (length += 1));
  return length;
};

it('a plan says what applying documents would come to, with each as it is and as it would be, and does nothing', async () => {
  expect(await plan(AGENT_YAML)).toMatchObject([{ result: 'registered', before: null }]);
  expect((await post('/v1/documents', `${AGENT_YAML}---${rolloutYaml()}`)).status).toBe(200);
  expect((await post('/v1/rollouts/support-v2/abort', '{}', 'application/json')).status).toBe(200);
  const before = await logLength();
  const moved = AGENT_YAML.replace('9103', '9109');
  expect(await plan(`${moved}---${rolloutYaml('', 'support-v9', 'v3')}`)).toMatchObject([
    {
      kind: 'Agent',
      result: 'registered',
      before: { spec: { versions: [{}, {}, { upstream: 'http://127.0.0.1:9103/v1' }] } },
      after: { spec: { versions: [{}, {}, { upstream: 'http://127.0.0.1:9109/v1' }] } },
    },
    { kind: 'Rollout', result: 'started', before: null, after: { spec: { minRequests: 20, alpha: 0.05 } } },
  ]);
  expect(await plan(AGENT_YAML)).toMatchObject([{ result: 'unchanged', before: { metadata: { name: 'support' } } }]);
  expect(await plan(rolloutYaml().replace('minRequests: 20', 'minRequests: 30'))).toMatchObject([
    { before: { spec: { minRequests: 20 } }, after: { spec: { minRequests: 30 } } },
  ]);
  expect(await plan(AGENT_YAML.replace('prompt: one', 'prompt: other'))).toBe(400);
  expect(await logLength()).toBe(before);
});

it('a plan shows nothing of an agent that its key may not see, whatever a rollout is called', async () => {
  const other = AGENT_YAML.replace('name: support', 'name: other');
  expect((await post('/v1/documents', other)).status).toBe(200);
  const namesake = rolloutYaml().replace('agent: support', 'agent: other');
  expect(await plan(namesake, 'restricted')).toMatchObject([{ agent: 'other', result: 'started', before: null }]);
  expect(await plan(rolloutYaml(), 'restricted')).toBe(404);
});
