import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { createMemoryBus } from '../../platform/kafka/memory-bus.ts';
import { systemClock } from '../../platform/process/clock.ts';
import type { WindowRow } from '../../schemas/window.ts';
import { SLOT_MS } from '../watching/change-detector.ts';
import { slotRows, slotSteps } from '../watching/service-windows.fixture.ts';
import { createCheckSender } from '../deciding/check.io.ts';
import { SCORES } from '../../schemas/topics.ts';
import { type Minute, minuteSteps } from '../watching/answer-windows.fixture.ts';
import { person } from './person.fixture.ts';
import { servedForEach } from './serving.harness.ts';
import { T0, worldOf } from './play.fixture.ts';
import {
  AGENT_YAML,
  createSimulation,
  createSteppedClock,
  createStore,
  rolloutYaml,
  type SimulatedController,
  startSimulated,
  writeClosed,
} from './simulation.fixture.ts';

const never = (): AbortSignal => new AbortController().signal;
const FIRST = Math.ceil(T0 / SLOT_MS);
const ann = person('ann');

const apply = async (controller: SimulatedController, text: string): Promise<void> => {
  const answer = await controller.apply(text, ann, never());
  if ('refusal' in answer) throw new Error(answer.refusal.message);
};
const typesOf = (controller: SimulatedController): string[] =>
  (controller.decisions('support', 500) ?? []).map(({ type }) => type).toReversed();

describe('two controllers and what is in service', { timeout: 20_000 }, () => {
  it('tell a regression and its end once each, to whoever asked, over a restart and a second controller', async () => {
    const bus = createMemoryBus({ seed: 1 });
    const store = createStore();
    const one = await startSimulated(bus, store, systemClock);
    await apply(one, AGENT_YAML);
    const write = async (from: number, until: number, errors: number): Promise<void> => {
      for (let slot = FIRST + from; slot < FIRST + until; slot++) {
        const rows: WindowRow[] = slotRows(slot, { requests: 1_000, errors });
        for (const step of slotSteps(slot, rows)) await writeClosed(bus, 'support', step);
      }
    };
    await write(0, 60, 10);
    await write(60, 70, 40);
    await vi.waitFor(() => expect(typesOf(one)).toEqual(['register', 'regression']));
    const open = one.agents()[0]!.inService.open;
    expect(open).toMatchObject([{ fact: { version: 'v1', metric: 'error_rate', sinceMs: (FIRST + 60) * SLOT_MS } }]);
    await one.stop();
    const two = await startSimulated(bus, store, systemClock);
    const three = await startSimulated(bus, store, systemClock);
    expect(two.agents()[0]!.inService.open).toEqual(open);
    await write(70, 90, 10);
    await vi.waitFor(() => expect(typesOf(two)).toEqual(['register', 'regression', 'recovery']));
    await write(90, 100, 10);
    await vi.waitFor(() => expect(typesOf(three)).toEqual(typesOf(two)));
    expect([...two.alarms, ...three.alarms]).toEqual([]);
    await Promise.all([two.stop(), three.stop()]);
  });
});

describe('answers outside rollouts that the judge says nothing of', { timeout: 20_000 }, () => {
  it('are one alert, whoever owns the windows, over a restart that reads them anew, and are over when it speaks', async () => {
    const bus = createMemoryBus({ seed: 2 });
    const store = createStore();
    const clock = createSteppedClock(T0);
    const one = await startSimulated(bus, store, clock);
    await apply(one, AGENT_YAML);
    let minutes = 0;
    const write = async (count: number, minute: Minute): Promise<void> => {
      for (const end = minutes + count; minutes < end; minutes++) {
        clock.set(T0 + (minutes + 1) * 60_000);
        for (const step of minuteSteps(T0 + minutes * 60_000, minute)) await writeClosed(bus, 'support', step);
      }
    };
    const alertsOf = (controller: SimulatedController) =>
      controller.alerts.all().map(({ fact, state }) => `${state} ${fact.key}`);
    await write(20, { spoken: 0 });
    await vi.waitFor(() => expect(alertsOf(one)).toEqual(['open coverage-lost|support|scores']), 10_000);
    const [alert] = one.alerts.all();
    expect(one.alerts.view(alert!)).toMatchObject({ title: 'Telemetry is missing: support', value: 0, n: 400 });
    await one.stop();
    const two = await startSimulated(bus, store, clock);
    await write(5, { spoken: 0 });
    await vi.waitFor(() => expect(two.judgedThroughMs(SCORES.name)).toBe(T0 + minutes * 60_000), 10_000);
    await vi.waitFor(() => expect(two.alerts.all()).toEqual([alert]));
    await write(30, {});
    await vi.waitFor(() => expect(alertsOf(two)).toEqual(['recovered coverage-lost|support|scores']), 10_000);
    expect(two.alarms).toEqual([]);
    await two.stop();
  });
});

describe('gauges that the controller reads', { timeout: 20_000 }, () => {
  const { serve } = servedForEach();
  const GAUGES =
    '  gauges: [{ name: gpu, unit: share, prometheus: { endpoint: prom, query: avg(gpu) }, every: 10s }]\n';
  const LIMIT = '  limits: [{ gauge: gpu, max: 0.9 }]\n';

  it('are asked of Prometheus, shown, and stop a rollout; one that gives no number holds it, and says why', async () => {
    let values = ['0.4', '0.5'];
    const asked: string[] = [];
    const url = await serve((request, response) => {
      const answer = async (): Promise<void> => {
        asked.push(`${request.url} ${await text(request)}`);
        const result = values.map((value) => ({ metric: {}, value: [1, value] }));
        response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
      };
      answer().catch(() => request.socket.destroy());
    });
    const { bus, store, clock, run } = createSimulation(1);
    const ask = createCheckSender(new Map([['prom', { url, token: null }]]));
    const controller = await startSimulated(bus, store, clock, undefined, ask);
    await apply(controller, `${AGENT_YAML}${GAUGES}---${rolloutYaml(LIMIT)}`);
    const problem = 'the query gives 2 series; aggregate them to one';
    await vi.waitFor(() => expect(controller.gauges('support')).toMatchObject([{ value: null, problem }]));
    await run([controller], worldOf(80), 3);
    expect(controller.rollout('support-v2')).toMatchObject({ hold: `no data: gpu could not be read: ${problem}` });
    values = ['0.5'];
    clock.set(T0 + 20_000);
    const good = { gauge: 'gpu', value: 0.5, unit: 'share', by: 'controller', problem: null, isStale: false };
    await vi.waitFor(() => expect(controller.gauges('support')).toMatchObject([good]));
    await run([controller], worldOf(80), 3);
    expect(controller.rollout('support-v2')).toMatchObject({ state: 'canary', hold: null, gauges: [good] });
    values = ['0.97'];
    clock.set(T0 + 40_000);
    await vi.waitFor(() => expect(controller.gauges('support')).toMatchObject([{ value: 0.97 }]));
    await run([controller], worldOf(80), 5);
    expect(controller.rollout('support-v2')).toMatchObject({ state: 'rolled_back', bounded: false });
    expect(new Set(asked)).toEqual(new Set(['/api/v1/query query=avg%28gpu%29']));
    expect(controller.alarms).toEqual([]);
    await controller.stop();
  });

  it('are read at nobody that the operator has not named: such a document is refused', async () => {
    const { bus, store, clock } = createSimulation(2);
    const controller = await startSimulated(bus, store, clock);
    const answer = await controller.apply(`${AGENT_YAML}${GAUGES.replace('prom,', 'pron,')}`, ann, never());
    expect(answer).toMatchObject({
      refusal: {
        issues: [
          {
            path: 'spec.gauges.0.prometheus.endpoint',
            reason: expect.stringContaining('no check endpoint pron; did you mean prom?'),
          },
        ],
      },
    });
    await controller.stop();
  });
});

describe('gauges that people post', { timeout: 20_000 }, () => {
  const LIMIT = '  limits: [{ gauge: gpu_utilisation, max: 0.9 }]\n';
  const begun = async () => {
    const simulation = createSimulation(1);
    const controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
    await apply(controller, `${AGENT_YAML}---${rolloutYaml(LIMIT)}`);
    const post = (value: number, more: object = {}, by = ann) =>
      controller.postMetrics(
        { values: [{ agent: 'support', metric: 'gpu_utilisation', value, unit: '', ...more }] },
        by,
        never(),
      );
    return { simulation, controller, post };
  };

  it('stop a rollout that has a limit on them, are shown, and known to a controller that starts later', async () => {
    const { simulation, controller, post } = await begun();
    expect(await post(0.5)).toEqual({ ok: { taken: 1 } });
    await simulation.run([controller], worldOf(80), 3);
    expect(controller.rollout('support-v2')).toMatchObject({ state: 'canary', hold: null, gauges: [{ value: 0.5 }] });
    const limitNow = () => controller.rollout('support-v2')?.limits;
    expect(limitNow()).toMatchObject([
      { of: 'gauge', name: 'gpu_utilisation', limit: 0.9, value: 0.5, standing: 'holds' },
    ]);
    await post(0.97);
    await simulation.run([controller], worldOf(80), 5);
    expect(controller.rollout('support-v2')).toMatchObject({ state: 'rolled_back', bounded: false });
    expect(limitNow()).toMatchObject([{ standing: 'broken' }]);
    expect(controller.decisions('support', 1)).toMatchObject([
      { type: 'rollback', metric: 'gpu_utilisation', reason: expect.stringContaining('0.97 is above 0.9') },
    ]);
    const later = await startSimulated(simulation.bus, simulation.store, simulation.clock);
    await vi.waitFor(() =>
      expect(later.gauges('support')).toMatchObject([{ gauge: 'gpu_utilisation', value: 0.97, by: 'ann' }]),
    );
  });

  it('that nobody has posted hold the rollout: no data is no pass', async () => {
    const { simulation, controller } = await begun();
    await simulation.run([controller], worldOf(80), 30);
    expect(controller.rollout('support-v2')).toMatchObject({
      state: 'canary',
      stage: 0,
      hold: 'no data: nobody has posted gpu_utilisation yet',
    });
  });

  it('are refused of the future and of long ago, of a version that is not there, and of agents that the key does not see', async () => {
    const { controller, post } = await begun();
    const issues = async (more: object) => {
      const answer = await post(1, more);
      return 'refusal' in answer ? answer.refusal.issues : [];
    };
    expect(await issues({ timeMs: T0 + 400_000 })).toMatchObject([{ path: 'values.0.timeMs' }]);
    expect(await issues({ timeMs: T0 - 4_000_000 })).toMatchObject([{ path: 'values.0.timeMs' }]);
    expect(await issues({ version: 'v9' })).toMatchObject([{ path: 'values.0.version' }]);
    const stranger = { ...ann, sees: () => false };
    expect(await post(1, {}, stranger)).toMatchObject({ refusal: { kind: 'not-found' } });
    expect(controller.gauges('support')).toEqual([]);
  });
});
