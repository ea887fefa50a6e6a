import { describe, expect, it, vi } from 'vitest';
import { createMemoryBus } from '../platform/kafka/memory-bus.ts';
import type { Decision } from '../schemas/decision.ts';
import { DECISIONS, REGISTRY, SCORES, WINDOWS } from '../schemas/topics.ts';
import type { WindowRecord } from '../schemas/window.ts';
import { applyDecision, newAgent } from './rollout/agent-log.ts';
import { GOOD, T0, worldOf } from './test/play.fixture.ts';
import { randomOf, type World, windowRows } from './test/traffic.fixture.ts';
import {
  AGENT_YAML,
  createSimulation,
  createSteppedClock,
  createStore,
  rolloutYaml,
  sequenceOf,
  startSimulated,
  type SimulatedController,
  type Simulation,
  writeWindow,
} from './test/simulation.fixture.ts';
import { person } from './test/person.fixture.ts';

const world = (candidate: object = {}, more: Partial<World> = {}): World => worldOf(80, candidate, more);
const never = (): AbortSignal => new AbortController().signal;

const apply = async (controller: SimulatedController, text: string): Promise<void> => {
  const answer = await controller.apply(text, person('ann'), never());
  if ('refusal' in answer) throw new Error(answer.refusal.message);
};
const begin = async (extra = '', seed = 1): Promise<{ simulation: Simulation; controller: SimulatedController }> => {
  const simulation = createSimulation(seed);
  const controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
  await apply(controller, `${AGENT_YAML}---${rolloutYaml(extra)}`);
  await inRedis(simulation, controller);
  return { simulation, controller };
};
const inRedis = (simulation: Simulation, controller: SimulatedController): Promise<void> =>
  vi.waitFor(
    () => {
      expect(sequenceOf(simulation.store.views.get('support'))).toBe(controller.agents()[0]?.sequence);
    },
    { interval: 2 },
  );
const effective = (log: readonly Decision[]): Decision[] => {
  let state = newAgent('support');
  return log.filter((decision) => {
    const next = applyDecision(state, decision);
    state = next ?? state;
    return next !== null;
  });
};
const told = (log: readonly Decision[]): string[] => effective(log).map((d) => `${d.type} ${d.state} ${d.stage}`);

describe('a whole controller on generated windows', { timeout: 20_000 }, () => {
  it('promotes a good candidate through shadow and stages, tells the webhook, and keeps the registry', async () => {
    const extra = '  shadow: { duration: 6s, minPairs: 20 }\n  notify: { webhook: "http://127.0.0.1:1/hook" }\n';
    const { simulation, controller } = await begin(extra);
    await simulation.run([controller], world(), 120);
    expect(told(await simulation.log())).toEqual([
      'register null 0',
      'start shadow -1',
      'advance canary 0',
      'advance canary 1',
      'advance canary 2',
      'promote promoted 2',
    ]);
    expect(controller.rollout('support-v2')).toMatchObject({
      state: 'promoted',
      weights: { stable: 0, candidate: 100 },
    });
    expect(controller.agents()[0]?.routing).toMatchObject({
      rollout: '',
      arms: [{ name: 'stable', version: 'v2', weight: 100 }],
    });
    expect(controller.notified.map((d) => d.type)).toEqual(['promote']);
    const names: string[] = [];
    await simulation.bus.readToEnd(REGISTRY, 0, 0, (record) => names.push(`${record.value.kind}/${record.value.name}`));
    const versions = ['v1', 'v2', 'v3'].map((label) => `Version/support/${label}`);
    expect(names).toEqual([...versions, 'Agent/support', 'Rollout/support-v2']);
    expect(controller.alarms).toEqual([]);
    await controller.stop();
  });

  it('rolls back a bad candidate, naming metric and slice with values a reader can check', async () => {
    const taskFailure = { ...GOOD.taskFailure, irrelevance: 0.97 };
    const { simulation, controller } = await begin('  notify: { webhook: "http://127.0.0.1:1/hook" }\n', 2);
    await simulation.run([controller], world({ taskFailure }), 120);
    const last = effective(await simulation.log()).at(-1)!;
    expect(last).toMatchObject({ type: 'rollback', metric: 'task_success', by: 'controller', bounded: true });
    expect(last.reason).toMatch(
      /task_success.*: candidate [\d.]+ \(n=\d+\) against stable [\d.]+ \(n=\d+\).*E=.* ≥ 20/,
    );
    expect(last.evidence.map((e) => e.metric)).toEqual(expect.arrayContaining(['error_rate', 'latency', 'empathy']));
    expect(controller.notified.map((d) => d.type)).toEqual(['rollback']);
    expect(controller.agents()[0]?.routing?.arms).toMatchObject([{ version: 'v1', weight: 100 }]);
    await controller.stop();
  });

  it('restarts a rollout under a new id, from its first stage and without what the stopped one had gathered', async () => {
    const { simulation, controller } = await begin();
    await simulation.run([controller], world(), 15);
    const first = controller.rollout('support-v2')!;
    expect(first.candidateRequests).toBeGreaterThan(0);
    const answer = await controller.restart('support-v2', person('ann'), 'a fixed judge', never());
    expect(answer).toMatchObject({
      ok: { type: 'start', stage: 0, by: 'ann', reason: expect.stringMatching(/^restarted by ann: a fixed judge;/) },
    });
    const log = effective(await simulation.log());
    expect(log.slice(-2).map((d) => `${d.type} ${d.rollout}`)).toEqual([
      `abort ${first.id}`,
      `start ${log.at(-1)!.rollout}`,
    ]);
    await inRedis(simulation, controller);
    await simulation.run([controller], world(), 2);
    const second = controller.rollout('support-v2')!;
    expect(second.id).not.toBe(first.id);
    expect(second.candidateRequests).toBeLessThan(first.candidateRequests!);
    await simulation.run([controller], world(), 120);
    expect(await controller.restart('support-v2', person('ann'), '', never())).toMatchObject({
      refusal: { issues: [{ path: 'spec.candidate', reason: 'v2 is the stable version already' }] },
    });
    expect(await controller.restart('nobody', person('ann'), '', never())).toMatchObject({
      refusal: { kind: 'not-found' },
    });
    await controller.stop();
  });

  it('does nothing while no window is closed, however late it is', async () => {
    const { simulation, controller } = await begin();
    simulation.clock.set(T0 + 10 * 86_400_000);
    const rows = windowRows(world({ error: 1 }), controller.agents()[0]!.routing!, T0, randomOf(1));
    await writeWindow(simulation.bus, 'support', [], T0);
    await writeWindow(simulation.bus, 'support', rows, T0);
    await vi.waitFor(() => expect(controller.judgedThroughMs(SCORES.name)).toBe(T0));
    expect(controller.rollout('support-v2')).toMatchObject({ state: 'canary', stage: 0 });
    await controller.stop();
  });

  it('rolls back a failing candidate though no judge ever ran, and never promotes a good one', async () => {
    const bad = await begin('', 8);
    await bad.simulation.run([bad.controller], world({ error: 0.4 }), 60, () => true);
    expect(effective(await bad.simulation.log()).at(-1)).toMatchObject({ type: 'rollback', metric: 'error_rate' });
    await bad.controller.stop();
    const good = await begin('', 9);
    await good.simulation.run([good.controller], world(), 40, () => true);
    expect(told(await good.simulation.log())).toEqual(['register null 0', 'start canary 0', 'hold canary 0']);
    expect(good.controller.rollout('support-v2')?.hold).toMatch(/^the judge is silent: scores stand \d+ s behind/);
    await good.simulation.run([good.controller], world(), 60);
    expect(told(await good.simulation.log()).slice(3)).toEqual([
      'release canary 0',
      'advance canary 1',
      'advance canary 2',
      'promote promoted 2',
    ]);
    await good.controller.stop();
  });

  it('never counts the windows of an earlier rollout, nor those written again', async () => {
    const { simulation, controller } = await begin('', 3);
    const badView = controller.agents()[0]!.routing!;
    await controller.command('support-v2', 'abort', person('ann'), 'no', never());
    await controller.restart('support-v2', person('ann'), '', never());
    await inRedis(simulation, controller);
    for (let i = 0; i < 5; i++) {
      const rows = windowRows(world({ error: 1 }), badView, T0 + i, randomOf(i));
      await writeWindow(simulation.bus, 'support', rows, T0 + i + 1);
    }
    await simulation.run([controller], world(), 3);
    const rows = windowRows(world({ error: 1 }), controller.agents()[0]!.routing!, T0, randomOf(1));
    await writeWindow(simulation.bus, 'support', rows, T0 + 3_000);
    await simulation.run([controller], world(), 2);
    const view = controller.rollout('support-v2');
    expect(view).toMatchObject({ id: 'support-v2#4', state: 'canary', live: true });
    expect(view!.metrics.find((m) => m.metric === 'error_rate')!.candidateValue).toBeLessThan(0.2);
    await controller.stop();
  });
});

describe('commands', () => {
  it('are decisions in the log, with who and why', async () => {
    const { simulation, controller } = await begin();
    for (const command of ['pause', 'resume', 'promote'] as const)
      await controller.command('support-v2', command, person('ann'), 'because', never());
    const log = await simulation.log();
    expect(log.slice(2).map((d) => [d.type, d.by, d.reason])).toEqual([
      ['pause', 'ann', 'because'],
      ['resume', 'ann', 'because'],
      ['promote', 'ann', 'because'],
    ]);
    expect(await controller.command('support-v2', 'abort', person('ann'), '', never())).toMatchObject({
      refusal: { kind: 'conflict' },
    });
    await controller.stop();
  });

  it('a name may be used again after its end; the id tells which', async () => {
    const { controller } = await begin();
    await controller.command('support-v2', 'abort', person('ann'), '', never());
    await apply(controller, rolloutYaml('  minCoverage: 0.9\n'));
    expect(controller.rollouts().map(({ id, state }) => [id, state])).toEqual([
      ['support-v2#2', 'aborted'],
      ['support-v2#4', 'canary'],
    ]);
    expect(controller.rollout('support-v2')?.id).toBe('support-v2#4');
    expect(controller.rollout('support-v2#2')?.state).toBe('aborted');
    await controller.stop();
  });

  it('an abort that races with an advance wins', async () => {
    const { simulation, controller } = await begin('', 4);
    const other = await startSimulated(simulation.bus, simulation.store, simulation.clock);
    await Promise.all([
      controller.command('support-v2', 'abort', person('ann'), '', never()),
      other.command('support-v2', 'pause', person('bob'), '', never()),
      simulation.run([controller, other], world(), 1),
    ]);
    await vi.waitFor(() => expect(other.rollout('support-v2')?.state).toBe('aborted'));
    expect(controller.rollout('support-v2')?.state).toBe('aborted');
    await Promise.all([controller.stop(), other.stop()]);
  });
});

describe('several controllers', { timeout: 20_000 }, () => {
  it('racing with commands write one log, and Redis never goes back', async () => {
    const { simulation, controller } = await begin('', 5);
    const others = await Promise.all(
      [1, 2].map(() => startSimulated(simulation.bus, simulation.store, simulation.clock)),
    );
    const all = [controller, ...others];
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        all.map((one, i) =>
          one.command('support-v2', (round + i) % 2 === 0 ? 'pause' : 'resume', person(`actor-${i}`), '', never()),
        ),
      );
      await simulation.run(all, world(), 1);
    }
    await Promise.all(all.map((one) => one.command('support-v2', 'abort', person('ann'), '', never())));
    const log = effective(await simulation.log());
    expect(log.map((d) => d.sequence)).toEqual(log.map((_, i) => i + 1));
    await vi.waitFor(() => expect(new Set(all.map((one) => one.agents()[0]?.sequence))).toEqual(new Set([log.length])));
    await vi.waitFor(() => expect(simulation.store.history.at(-1)).toBe(log.length));
    expect(simulation.store.history).toEqual([...simulation.store.history].sort((a, b) => a - b));
    expect(all.flatMap((one) => one.alarms)).toEqual([]);
    await Promise.all(all.map((one) => one.stop()));
  });

  it('hand over in the middle: the next owner rebuilds the evidence and goes on', async () => {
    const { simulation, controller } = await begin('', 6);
    await simulation.run([controller], world(), 10);
    const before = controller.rollout('support-v2')!;
    await controller.stop();
    const next = await startSimulated(simulation.bus, simulation.store, simulation.clock);
    await vi.waitFor(() => expect(next.rollout('support-v2')?.live).toBe(true));
    await vi.waitFor(() => expect(next.rollout('support-v2')?.streamTimeMs).toBe(before.streamTimeMs));
    const after = next.rollout('support-v2')!;
    expect(after.metrics).toEqual(before.metrics);
    expect(after.routingSequence).toBe(before.routingSequence);
    await simulation.run([next], world(), 60);
    expect(told(await simulation.log()).at(-1)).toBe('promote promoted 2');
    await next.stop();
  });
});

describe('Redis', () => {
  it('wiped, restored from an old copy, or away: what the log says stands there again', async () => {
    const { simulation, controller } = await begin();
    const old = simulation.store.views.get('support')!;
    await controller.command('support-v2', 'pause', person('ann'), '', never());
    await inRedis(simulation, controller);
    const now = simulation.store.views.get('support')!;
    for (const broken of [undefined, old]) {
      if (broken === undefined) simulation.store.views.clear();
      else simulation.store.views.set('support', broken);
      await vi.waitFor(() => expect(simulation.store.views.get('support')).toBe(now));
    }
    simulation.store.away = true;
    await controller.command('support-v2', 'resume', person('ann'), '', never());
    simulation.store.away = false;
    await inRedis(simulation, controller);
    await controller.stop();
  });

  it('holding another content under the log’s sequence raises an alarm', async () => {
    const { simulation, controller } = await begin();
    const other = simulation.store.views.get('support')!.replace(/"salt":"[^"]*"/, '"salt":"other"');
    simulation.store.views.set('support', other);
    await vi.waitFor(() => expect(controller.alarms).toContain('conflict'));
    await controller.stop();
  });

  it('ahead of the log for good raises an alarm, ahead for a moment does not', async () => {
    const { simulation, controller } = await begin();
    const ahead = simulation.store.views.get('support')!.replace(/"sequence":\d+/, '"sequence":99');
    simulation.store.views.set('support', ahead);
    const refusals = simulation.store.refused;
    await vi.waitFor(() => expect(simulation.store.refused).toBeGreaterThan(refusals + 1));
    expect(controller.alarms).toEqual([]);
    simulation.clock.set(simulation.clock.nowMs() + 60_000);
    await vi.waitFor(() => expect(controller.alarms).toEqual(['older']));
    await controller.stop();
  });

  it('a controller killed between its append and its write to Redis converges after the restart', async () => {
    const { simulation, controller } = await begin();
    simulation.store.away = true;
    await controller.command('support-v2', 'abort', person('ann'), '', never());
    await controller.stop();
    expect(simulation.store.history.at(-1)).toBe(2);
    simulation.store.away = false;
    const next = await startSimulated(simulation.bus, simulation.store, simulation.clock);
    await vi.waitFor(() => expect(simulation.store.history.at(-1)).toBe(3));
    await next.stop();
  });
});

describe('replay', { timeout: 60_000 }, () => {
  /** Scores that come late by turns: a little, and too late. */
  const lags = (window: number): boolean => window % 30 > 12 && window % 4 !== 0;

  it('from every prefix of the log a new controller takes the same next step on the same windows', async () => {
    const { simulation, controller } = await begin('  shadow: { duration: 4s, minPairs: 20 }\n', 7);
    await simulation.run([controller], world(), 30, (window) => lags(window) || window < 16);
    await simulation.run([controller], world(), 120, lags);
    await controller.stop();
    const log = effective(await simulation.log());
    expect(log.map((d) => d.type)).toEqual(expect.arrayContaining(['hold', 'release', 'promote']));
    for (let known = 2; known < log.length; known++) {
      const next = log[known]!;
      const again = await startOn(simulation, log.slice(0, known), known, next.timeMs);
      await vi.waitFor(() => expect(again.agents()[0]?.sequence).toBeGreaterThanOrEqual(next.sequence), soon);
      expect(again.decisions('support', 500)?.find((d) => d.sequence === next.sequence)).toEqual(next);
      await again.stop();
    }
  });

  it.each([
    ['promoted', {}],
    ['rolled back', { error: 0.06 }],
  ])('of a rollout that is %s gives the same log, however many windows come at a time', async (_, candidate) => {
    const { simulation, controller } = await begin('', 10);
    await simulation.run([controller], world(candidate), 16, () => true);
    await simulation.run([controller], world(candidate), 120, lags);
    await controller.stop();
    const log = effective(await simulation.log());
    expect(log.length).toBeGreaterThan(2);
    for (const seed of [undefined, 1, 2, 3]) {
      const again = await startOn(simulation, log.slice(0, 2), seed, T0);
      await vi.waitFor(() => expect(again.agents()[0]?.sequence).toBe(log.length), soon);
      expect(again.decisions('support', 500)?.toReversed()).toEqual(log);
      expect(again.alarms).toEqual([]);
      await again.stop();
    }
  });
});

const soon = { timeout: 20_000, interval: 2 };

/** A new controller on a copy of the windows and of the log's beginning. With a seed few records come at a time, else many. */
const startOn = async (
  simulation: Simulation,
  log: readonly Decision[],
  seed: number | undefined,
  nowMs: number,
): Promise<SimulatedController> => {
  const bus = createMemoryBus(seed === undefined ? {} : { seed });
  const partition = bus.partitionFor('support', await bus.partitionCount(DECISIONS));
  await bus.append(DECISIONS, partition, log);
  const windows: WindowRecord[] = [];
  await simulation.bus.readToEnd(WINDOWS, partition, 0, ({ value }) => windows.push(value));
  await bus.append(WINDOWS, partition, windows);
  return startSimulated(bus, createStore(), createSteppedClock(nowMs));
};
