import { expect, it } from 'vitest';
import type { Decision } from '../../schemas/decision.ts';
import { EXCHANGES, SCORES } from '../../schemas/topics.ts';
import { applyDecision, underWay } from '../rollout/agent-log.ts';
import { foldStep, noEvidence } from '../evidence/rollout-evidence.ts';
import { rateRow, trafficRows } from './experiment.fixture.ts';
import { AB, started, strategyDocument, T0 } from './play.fixture.ts';
import { stepOnWindows } from '../deciding/windows-step.ts';

const N = 400;
const ARMS = AB.arms.map(({ name }) => name);

/** An experiment played through the core, with so many solved tasks and failures of 400 a minute and arm. */
const played = (
  spec: object,
  solved: Record<string, number>,
  failed: Record<string, number> = {},
  minutes = 240,
): Decision[] => {
  const document = strategyDocument({
    ...AB,
    arms: AB.arms.map((arm, i) => ({ ...arm, weightPct: [34, 33, 33][i]! })),
    duration: '3h',
    ...spec,
  });
  let { state, decisions } = started(document);
  let evidence = noEvidence(document.spec);
  for (let minute = 0; minute < minutes; minute++) {
    const startMs = T0 + minute * 60_000;
    for (const topic of [EXCHANGES.name, SCORES.name]) {
      const run = underWay(state);
      if (run === null) return decisions;
      const own = { rollout: run.id, routingSequence: state.sequence };
      const rows = ARMS.flatMap((arm) =>
        topic === EXCHANGES.name
          ? trafficRows(arm, startMs, N, failed[arm] ?? 4)
          : [rateRow(arm, 'task_success', startMs, N, solved[arm]! + ((minute * 7) % 5))],
      ).map((row) => ({ ...row, ...own }));
      const closedThroughMs = startMs + 60_000;
      const folded = foldStep(evidence, run, { rows, topic, closedThroughMs });
      expect(folded.problems).toEqual([]);
      const step = stepOnWindows(state, run, folded.evidence, closedThroughMs);
      ({ evidence } = step);
      if (step.decision === null) continue;
      state = applyDecision(state, step.decision)!;
      decisions = [...decisions, step.decision];
    }
  }
  return decisions;
};
const GOAL = { goal: { metric: 'task_success', margin: 0.05 }, guardrails: [{ name: 'error_rate' }] };

it('an experiment promotes the arm that is proven best, says by how much, and moves all traffic there', () => {
  const last = played(GOAL, { stable: 340, short: 342, kind: 370 }).at(-1)!;
  expect(last).toMatchObject({ type: 'promote', state: 'promoted', metric: 'task_success', bounded: true });
  expect(last.reason).toMatch(/^arm kind wins: .*task_success .*kind 0\.9\d+ \(n=\d+\).* \(v3\)$/);
  expect(last.routing.arms).toMatchObject([{ name: 'stable', version: 'v3', weight: 100 }]);
  expect(last.logE).toBeGreaterThanOrEqual(last.logThreshold!);
  expect(last.evidence.find(({ detail }) => detail.startsWith('kind'))!.lower).toBeGreaterThan(0);
  expect(last.windowKeys[0]).toMatch(/task_success/);
});

it('arms that are proven alike end it as inconclusive, and stable stays', () => {
  const last = played(GOAL, { stable: 360, short: 360, kind: 360 }).at(-1)!;
  expect(last).toMatchObject({ type: 'inconclusive', state: 'inconclusive' });
  expect(last.reason).toMatch(/^all arms are equivalent within 5 %/);
  expect(last.routing.arms).toMatchObject([{ version: 'v1', weight: 100 }]);
});

it('an arm that breaks a guardrail ends it, however well it does on the goal', () => {
  const last = played(GOAL, { stable: 340, short: 372, kind: 340 }, { short: 40 }).at(-1)!;
  expect(last).toMatchObject({ type: 'rollback', state: 'rolled_back', metric: 'error_rate' });
  expect(last.reason).toMatch(/^arm short is worse than stable in error_rate/);
});

it('says "not enough" when its time is over, with what is nearest', () => {
  const goal = { goal: { metric: 'task_success', margin: 0.001 }, duration: '20m' };
  const last = played(goal, { stable: 358, short: 360, kind: 359 }).at(-1)!;
  expect(last).toMatchObject({ type: 'inconclusive', bounded: true });
  expect(last.reason).toMatch(/time is over without a winner: not enough to tell in task_success/);
});

it('without a goal nobody wins by itself', () => {
  const last = played({ duration: '20m' }, { stable: 200, short: 360, kind: 390 }).at(-1)!;
  expect(last).toMatchObject({ type: 'inconclusive', bounded: false });
});
