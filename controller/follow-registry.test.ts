import { describe, expect, it, vi } from 'vitest';
import type { Bus } from '../platform/kafka/bus.ts';
import { createMemoryBus } from '../platform/kafka/memory-bus.ts';
import { DECISIONS, REGISTRY } from '../schemas/topics.ts';
import { announceMetrics } from './test/announced.fixture.ts';
import {
  AGENT_YAML,
  createSimulation,
  createSteppedClock,
  createStore,
  rolloutYaml,
  type SimulatedController,
  startSimulated,
} from './test/simulation.fixture.ts';
import { T0 } from './test/play.fixture.ts';
import { person } from './test/person.fixture.ts';

const signal = new AbortController().signal;
const startOn = (bus: Bus): Promise<SimulatedController> => startSimulated(bus, createStore(), createSteppedClock(T0));
const withMetric = (name: string, rollout?: string): string =>
  rolloutYaml(`  metrics: [{ name: error_rate }, { name: ${name} }]\n`, rollout);
const outcomeOf = async (controller: SimulatedController, text: string): Promise<unknown> => {
  const answer = await controller.apply(text, person('ann'), signal);
  return 'refusal' in answer ? answer.refusal.message : answer.ok.map(({ result }) => result);
};

describe('a rollout that names a metric', { timeout: 20_000 }, () => {
  it('that nobody knows is refused, with the nearest name and what judges have announced', async () => {
    const { bus } = createSimulation(1);
    const controller = await startOn(bus);
    expect(await outcomeOf(controller, AGENT_YAML)).toEqual(['registered']);
    expect(await outcomeOf(controller, withMetric('faithfullness'))).toBe(
      "refused: spec.metrics.1.name: there is no metric faithfullness; did you mean faithfulness? A rubric's metric is there once a judge runs with the rubric: no judge has announced a rubric",
    );
    await announceMetrics(bus, 'tone', 'clarity');
    await vi.waitFor(async () =>
      expect(await outcomeOf(controller, withMetric('tones'))).toMatch(
        /no metric tones; did you mean tone\? .* judges have announced clarity, tone$/,
      ),
    );
    expect(controller.rollouts()).toEqual([]);
    await controller.stop();
  });

  it('of a rubric is taken as soon as a judge has announced it', async () => {
    const { bus } = createSimulation(1);
    const controller = await startOn(bus);
    await outcomeOf(controller, AGENT_YAML);
    expect(await outcomeOf(controller, withMetric('tone'))).toMatch(/there is no metric tone\./);
    await announceMetrics(bus, 'tone');
    await vi.waitFor(async () => expect(await outcomeOf(controller, withMetric('tone'))).toEqual(['started']));
    await controller.stop();
    const next = await startOn(bus);
    await next.command('support-v2', 'abort', person('ann'), '', signal);
    expect(await outcomeOf(next, withMetric('tone', 'again'))).toEqual(['started']);
    await next.stop();
  });

  it('is read again after a restart, and may begin anew, whatever is announced by then', async () => {
    const { bus } = createSimulation(1);
    await announceMetrics(bus, 'tone');
    const controller = await startOn(bus);
    expect(await outcomeOf(controller, `${AGENT_YAML}---${withMetric('tone')}`)).toEqual(['registered', 'started']);
    await controller.stop();

    const forgetful = createMemoryBus();
    for (let partition = 0; partition < (await bus.partitionCount(DECISIONS)); partition++) {
      const decisions: Parameters<typeof DECISIONS.key>[0][] = [];
      await bus.readToEnd(DECISIONS, partition, 0, ({ value }) => decisions.push(value));
      if (decisions.length > 0) await forgetful.append(DECISIONS, partition, decisions);
    }
    const next = await startOn(forgetful);
    expect(next.rollout('support-v2')).toMatchObject({ state: 'canary' });
    expect(await next.restart('support-v2', person('ann'), '', signal)).toMatchObject({ ok: { type: 'start' } });
    await next.command('support-v2', 'abort', person('ann'), '', signal);
    expect(await outcomeOf(next, withMetric('tone', 'other'))).toMatch(/there is no metric tone/);
    await next.stop();
  });
});

it('an announcement that can’t be read counts for nothing, and the ones after it do', async () => {
  const { bus } = createSimulation(1);
  const entry = { kind: 'Metric', name: 'tone', by: 'judge-1', timeMs: 1 };
  await bus.append(REGISTRY, 0, [
    { ...entry, document: '{' },
    { ...entry, document: '{"name":"tone","family":"rate","better":"lower","unit":"ratio","scorerVersion":"1"}' },
    { ...entry, kind: 'Agent', document: '{}' },
  ]);
  await announceMetrics(bus, 'clarity');
  const controller = await startOn(bus);
  await outcomeOf(controller, AGENT_YAML);
  expect(await outcomeOf(controller, withMetric('tone'))).toMatch(/judges have announced clarity$/);
  await controller.stop();
});
