import { describe, expect, it, vi } from 'vitest';
import type { Decision } from '../../schemas/decision.ts';
import type { CheckAnswer } from '../rollout/prometheus.ts';
import { T0, worldOf } from './play.fixture.ts';
import { AGENT_YAML, createSimulation, rolloutYaml, startSimulated, type Simulation } from './simulation.fixture.ts';
import { person } from './person.fixture.ts';

const YES: CheckAnswer = { status: 200, text: '{"reason":"approved by bob"}' };
const NO: CheckAnswer = { status: 409, text: '{"reason":"change freeze until Monday"}' };
const never = new AbortController().signal;
const CHECKS = '  checks: [{ name: release, webhook: { endpoint: release }, every: 1s }]\n';

/** A controller that asks `answer`, with the rollout begun. */
const begin = async (simulation: Simulation, answer: () => CheckAnswer, extra = CHECKS) => {
  const controller = await startSimulated(simulation.bus, simulation.store, simulation.clock, undefined, async () =>
    answer(),
  );
  const applied = await controller.apply(`${AGENT_YAML}---${rolloutYaml(extra)}`, person('ann'), never);
  if ('refusal' in applied) throw new Error(JSON.stringify(applied.refusal));
  return controller;
};
const types = (log: readonly Decision[]): string[] => log.map(({ type, stage }) => `${type} ${stage}`);

describe('checks in a whole controller', { timeout: 30_000 }, () => {
  it('hold every step until they pass, and the sentence says why', async () => {
    const simulation = createSimulation(3);
    let answer = NO;
    const controller = await begin(simulation, () => answer);
    await vi.waitFor(() => expect(controller.rollout('support-v2')?.hold).not.toBeNull(), { interval: 2 });
    await simulation.run([controller], worldOf(80), 20);
    expect(controller.rollout('support-v2')).toMatchObject({
      state: 'canary',
      stage: 0,
      hold: 'check release does not pass: change freeze until Monday',
      checks: [{ name: 'release', outcome: 'failed', reason: 'change freeze until Monday' }],
      sentence: expect.stringContaining(
        'On hold: check release does not pass: change freeze until Monday. v2 stays at',
      ),
    });
    const held = await simulation.log();
    expect(types(held)).toEqual(['register 0', 'start 0', 'check 0']);
    expect(held.at(-1)).toMatchObject({ evidence: [], checks: [{ name: 'release', outcome: 'failed' }] });
    answer = YES;
    await simulation.run([controller], worldOf(80), 100);
    expect(controller.rollout('support-v2')?.state).toBe('promoted');
    const log = await simulation.log();
    const steps = log.filter(({ type }) => type === 'advance' || type === 'promote');
    expect(types(steps)).toEqual(['advance 1', 'advance 2', 'promote 2']);
    // Before every step there stands a pass that is not old.
    for (const step of steps) {
      const before = log.filter(({ sequence }) => sequence < step.sequence).flatMap(({ checks }) => checks);
      expect(before.at(-1)).toMatchObject({ outcome: 'passed', reason: 'approved by bob' });
      expect(step.windowsThroughMs - before.at(-1)!.atMs).toBeLessThanOrEqual(2_000);
    }
    expect(controller.alarms).toEqual([]);
    await controller.stop();
  });

  it('roll back by a no where the document says so, whatever the evidence says', async () => {
    const simulation = createSimulation(4);
    let answer: CheckAnswer = { status: 200, text: prometheus('0.4') };
    const extra =
      '  checks: [{ name: cpu, prometheus: { endpoint: prom, query: cpu, max: 0.9 }, every: 1s, onFail: rollback }]\n';
    const controller = await begin(simulation, () => answer, extra);
    await simulation.run([controller], worldOf(80), 8);
    answer = { status: 200, text: prometheus('0.95') };
    await simulation.run([controller], worldOf(80), 8);
    await vi.waitFor(() => expect(controller.rollout('support-v2')?.state).toBe('rolled_back'), { interval: 2 });
    expect(controller.rollout('support-v2')?.sentence).toBe(
      'Check cpu does not pass: the query gives 0.95, at most 0.9 is allowed. All traffic is on v1 again.',
    );
    await controller.stop();
  });

  it('that nobody answers never pass', async () => {
    const simulation = createSimulation(5);
    const controller = await begin(simulation, () => ({ failure: 'not done within 10000 ms' }));
    await simulation.run([controller], worldOf(80), 60);
    expect(controller.rollout('support-v2')).toMatchObject({
      stage: 0,
      hold: 'check release could not be asked: not done within 10000 ms',
    });
    await controller.stop();
  });

  it('are refused where they ask whom the operator has not named, with the nearest name', async () => {
    const simulation = createSimulation(6);
    const controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
    const asks = async (endpoint: string) => {
      const extra = `  checks: [{ name: a, webhook: { endpoint: ${endpoint} } }]\n`;
      return controller.apply(`${AGENT_YAML}---${rolloutYaml(extra)}`, person('ann'), never);
    };
    expect(await asks('relaese')).toMatchObject({
      refusal: {
        issues: [
          {
            path: 'document 2.spec.checks.0.webhook.endpoint',
            reason:
              'the controller has no check endpoint relaese; did you mean release? Its operator names them with CONTROLLER_CHECK_ENDPOINTS: it has release, prom',
          },
        ],
      },
    });
    expect(await asks('"http://169.254.169.254/latest"')).toMatchObject({ refusal: { kind: 'invalid' } });
    expect((await simulation.log()).length).toBe(0);
    await controller.stop();
  });

  it('say the same to the next controller, which goes on from the log alone', async () => {
    const simulation = createSimulation(7);
    const first = await begin(simulation, () => NO);
    await simulation.run([first], worldOf(80), 10);
    const seen = first.rollout('support-v2')!;
    await first.stop();
    const second = await startSimulated(simulation.bus, simulation.store, simulation.clock);
    expect(second.rollout('support-v2')).toMatchObject({ hold: seen.hold, checks: seen.checks, stage: 0 });
    expect(seen.startedAtMs).toBeGreaterThanOrEqual(T0);
    await second.stop();
  });
});

const prometheus = (value: string): string =>
  JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [{ metric: {}, value: [1, value] }] } });
