import { describe, expect, it } from 'vitest';
import type { Decision } from '../../schemas/decision.ts';
import { applyDecision } from '../rollout/agent-log.ts';
import { buildDecision, commandGrounds } from '../rollout/build-decision.ts';
import { type Command, COMMANDS, onEvent } from '../rollout/rollout.ts';
import { isOver } from '../rollout/run.ts';
import { factsOf, GOOD, rolloutDocument, started, stepped, T0 } from './play.fixture.ts';
import {
  AGENT_YAML,
  createSimulation,
  rolloutYaml,
  type SimulatedController,
  startSimulated,
} from './simulation.fixture.ts';
import { person } from './person.fixture.ts';

const WORLD = { stable: GOOD, candidate: GOOD, requestsPerWindow: 80, windowMs: 1_000 };
const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const decisionOf = async (controller: SimulatedController, command: Command): Promise<Decision> => {
  const answer = await controller.command('support-v2', command, person('ann'), 'a word', soon());
  if ('refusal' in answer) throw new Error(answer.refusal.message);
  return answer.ok;
};

describe('a person’s step', { timeout: 20_000 }, () => {
  const begin = async () => {
    const simulation = createSimulation(3);
    const controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
    await controller.apply(`${AGENT_YAML}---${rolloutYaml()}`, person('ann'), soon());
    await simulation.run([controller], WORLD, 4);
    return { simulation, controller };
  };

  it('shows the evidence of its moment, as an automatic step would, and who took it and why', async () => {
    const { controller } = await begin();
    const seen = controller.rollout('support-v2')!;
    expect(seen.candidateRequests).toBeGreaterThan(10);
    for (const command of ['pause', 'resume', 'abort'] as const) {
      const { evidence, logE, windowKeys, windowsThroughMs, ...step } = await decisionOf(controller, command);
      expect(evidence).toEqual(seen.metrics);
      expect(evidence.find(({ metric }) => metric === 'error_rate')?.candidateCount).toBe(seen.candidateRequests);
      expect([logE, windowKeys, windowsThroughMs]).toEqual([seen.logE, seen.windowKeys, T0 + 4_000]);
      expect(step).toMatchObject({
        type: command,
        by: 'ann',
        reason: 'a word',
        candidate: 'v2',
        stable: 'v1',
        candidateRequests: seen.candidateRequests,
        metric: null,
      });
    }
    expect(controller.rollout('support-v2')).toMatchObject({
      state: 'aborted',
      metrics: seen.metrics,
      candidateRequests: seen.candidateRequests,
    });
    await controller.stop();
  });

  it('shows what the log said last, and of when that is, where its controller does not own the windows', async () => {
    const { simulation, controller } = await begin();
    const pause = await decisionOf(controller, 'pause');
    await controller.stop();
    const other = await startSimulated(simulation.bus, simulation.store, simulation.clock);
    const { evidence, windowsThroughMs, candidateRequests } = await decisionOf(other, 'abort');
    expect({ evidence, windowsThroughMs, candidateRequests }).toEqual({
      evidence: pause.evidence,
      windowsThroughMs: pause.windowsThroughMs,
      candidateRequests: pause.candidateRequests,
    });
    await other.stop();
  });

  it('tells the webhook of an abort', async () => {
    const simulation = createSimulation(3);
    const controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
    const hook = '  notify: { webhook: "http://127.0.0.1:1/hook" }\n';
    await controller.apply(`${AGENT_YAML}---${rolloutYaml(hook)}`, person('ann'), soon());
    for (const command of ['pause', 'abort'] as const) await decisionOf(controller, command);
    expect(controller.notified.map(({ type }) => type)).toEqual(['abort']);
    await controller.stop();
  });
});

it('a pause judges no windows: what they prove is acted on all the same', () => {
  const begun = started(rolloutDocument({}));
  const outcome = onEvent(begun.state.run!, { type: 'command', command: 'pause', reason: '', arm: null });
  if (outcome.kind !== 'decide') throw new Error(outcome.kind);
  const known = {
    logE: 0,
    logThreshold: 3,
    evidence: [],
    windowKeys: [],
    windowsThroughMs: T0 + 5_000,
    candidateRequests: 4,
  };
  const pause = buildDecision(begun.state, begun.state.run!, outcome.plan, commandGrounds('ann', T0, known));
  const paused = applyDecision(begun.state, pause)!;
  const worse = factsOf({ clockMs: T0 + 5_000, worse: { reason: 'more errors', metric: 'error_rate', slice: '_all' } });
  expect(onEvent(paused.run!, worse)).toMatchObject({ kind: 'decide', plan: { type: 'rollback' } });
});

it('a log from before aborts had a name is read as it was written', () => {
  const begun = started(rolloutDocument({}));
  const abort = stepped(begun, { type: 'command', command: 'abort', reason: '', arm: null }).decisions.at(-1)!;
  const old: Decision = { ...abort, type: 'rollback', state: 'rolled_back', reason: 'abort by ann', candidate: null };
  const after = applyDecision(begun.state, old)!;
  expect(after.run).toMatchObject({ state: 'rolled_back', endedAtMs: old.timeMs });
  expect(isOver(after.run!.state)).toBe(true);
  for (const command of COMMANDS)
    expect(onEvent(after.run!, { type: 'command', command, reason: '', arm: null }).kind).toBe('refused');
});
