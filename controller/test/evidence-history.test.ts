import { expect, it } from 'vitest';
import { CONTROLLER_API } from '../../schemas/controller-api.ts';
import { bearer } from './api-access.fixture.ts';
import { person } from './person.fixture.ts';
import { GOOD } from './play.fixture.ts';
import { servedApi } from './served-api.harness.ts';
import { AGENT_YAML, rolloutYaml, startSimulated } from './simulation.fixture.ts';

const { simulation, controller, urlOf } = servedApi(41);
const world = { stable: GOOD, candidate: { ...GOOD, error: 0.15 }, requestsPerWindow: 100, windowMs: 1_000 };
const { response } = CONTROLLER_API.getEvidence;

const historyOf = async (query = '') => {
  const answer = await fetch(urlOf(`/v1/rollouts/support-v2/evidence${query}`), { headers: bearer('ann') });
  expect(answer.status).toBe(200);
  return response.parse(await answer.json());
};

it('tells how the evidence came about, look by look to the decision', async () => {
  await controller().apply(`${AGENT_YAML}---${rolloutYaml()}`, person('ann'), AbortSignal.timeout(5_000));
  await simulation.run([controller()], world, 4);
  const early = await historyOf('?metric=error_rate&slice=_all');
  expect(early).toMatchObject({
    source: 'windows',
    agent: 'support',
    lines: [{ metric: 'error_rate', phase: 'canary' }],
  });
  const times = early.lines[0]!.points.map(({ timeMs }) => timeMs);
  expect(times.length).toBeGreaterThanOrEqual(3);
  expect(times).toEqual(times.toSorted((a, b) => a - b));

  await simulation.run([controller()], world, 40);
  expect(controller().rollout('support-v2')?.state).toBe('rolled_back');
  const history = await historyOf('?slice=_all');
  expect(history.source).toBe('windows');
  const [last] = history.whole.slice(-1);
  expect(last?.logE).toBeGreaterThanOrEqual(history.logThreshold!);
  const errors = history.lines.find(({ metric }) => metric === 'error_rate')!;
  expect(errors.points.slice(0, times.length - 1)).toEqual(early.lines[0]!.points.slice(0, times.length - 1));
  expect(errors.points.at(-1)!.difference).toBeGreaterThan(0);

  const other = await startSimulated(simulation.bus, simulation.store, simulation.clock);
  expect(other.looks(history.rollout)).toEqual([]);
  await other.stop();
  expect((await fetch(urlOf('/v1/rollouts/nothing/evidence'), { headers: bearer('ann') })).status).toBe(404);
});
