import { describe, expect, it } from 'vitest';
import { applyDecision, newAgent } from '../controller/rollout/agent-log.ts';
import { buildDecision, commandGrounds } from '../controller/rollout/build-decision.ts';
import { register } from '../controller/commands/register.ts';
import { onEvent } from '../controller/rollout/rollout.ts';
import { start } from '../controller/commands/start.ts';
import { NO_WISH, planOf, route } from '../ingress/routing/route.ts';
import { AgentDocument, RolloutDocument } from '../schemas/documents.ts';
import type { RoutingView } from '../schemas/routing-view.ts';

const SUBJECTS = 10_000;
/** The .9999 quantile of χ² by degrees of freedom. The subjects are fixed, so what passes once passes always. */
const CHI_SQUARE_9999: Readonly<Record<number, number>> = { 1: 15.14, 2: 18.42, 4: 23.51, 6: 27.86 };

const context = { by: 'ann', timeMs: 1_700_000_000_000 };
const agent = AgentDocument.parse({
  apiVersion: 'coalmine/v1',
  kind: 'Agent',
  metadata: { name: 'support' },
  spec: {
    stable: 'v1',
    versions: ['v1', 'v2', 'v3'].map((label) => ({ label, upstream: 'http://127.0.0.1:1/v1', code: label })),
  },
});
type Arms = readonly (readonly [name: string, version: string, weightPct: number])[];
const experiment = (name: string, arms: Arms): RolloutDocument =>
  RolloutDocument.parse({
    apiVersion: 'coalmine/v1',
    kind: 'Rollout',
    metadata: { name },
    spec: {
      agent: 'support',
      strategy: 'ab',
      duration: '7d',
      arms: arms.map(([armName, version, weightPct]) => ({ name: armName, version, weightPct })),
    },
  });

/** The views under which one experiment after the other runs on one agent, each stopped before the next. */
const viewsOf = (documents: readonly RolloutDocument[]): RoutingView[] => {
  const registered = register(newAgent('support'), agent, ({ prompt }) => prompt, context);
  if (registered.kind !== 'decide') throw new Error(registered.kind);
  let state = applyDecision(newAgent('support'), registered.decision)!;
  return documents.map((document) => {
    const begun = start(state, document, context);
    if (begun.kind !== 'decide') throw new Error(JSON.stringify(begun));
    state = applyDecision(state, begun.decision)!;
    const outcome = onEvent(state.run!, { type: 'command', command: 'abort', reason: '', arm: null });
    if (outcome.kind !== 'decide') throw new Error(outcome.kind);
    state = applyDecision(state, buildDecision(state, state.run!, outcome.plan, commandGrounds('ann', 0)))!;
    return begun.decision.routing;
  });
};

const armsOf = (view: RoutingView): string[] => {
  const plan = planOf(view);
  return Array.from({ length: SUBJECTS }, (_, i) => {
    const subject = `user-${i}`;
    const caller = { subject, known: subject, headers: new Map<string, string>(), groups: [], claims: {} };
    const routed = route(plan, caller, NO_WISH)!;
    expect(routed.assignment).toBe('weight');
    return routed.target.arm;
  });
};

/** Pearson's χ² of observed counts against expected ones. */
const chiSquare = (cells: readonly { observed: number; expected: number }[]): number =>
  cells.reduce((sum, { observed, expected }) => sum + (observed - expected) ** 2 / expected, 0);

const HALVES: Arms = [
  ['stable', 'v1', 50],
  ['new', 'v2', 50],
];
const THIRDS: Arms = [
  ['short', 'v2', 30],
  ['kind', 'v3', 30],
  ['stable', 'v1', 40],
];
const NO_STABLE: Arms = [
  ['a', 'v2', 20],
  ['b', 'v3', 30],
  ['c', 'v1', 50],
];

describe('successive experiments on one agent', () => {
  it.each([
    ['50/50', HALVES],
    ['30/30/40', THIRDS],
    ['20/30/50 without a stable arm', NO_STABLE],
  ])('%s: each arm gets its share of the subjects', (_, arms) => {
    const [view] = viewsOf([experiment('split', arms)]);
    expect(view!.arms.reduce((sum, { weight }) => sum + weight, 0)).toBe(100);
    const drawn = armsOf(view!);
    const cells = arms.map(([name, , weightPct]) => ({
      observed: drawn.filter((arm) => arm === name).length,
      expected: (SUBJECTS * weightPct) / 100,
    }));
    expect(chiSquare(cells)).toBeLessThan(CHI_SQUARE_9999[arms.length - 1]!);
  });

  it.each([
    ['two of one document, applied twice', HALVES, HALVES],
    ['two halves and three arms', HALVES, THIRDS],
    ['three arms with and without stable', THIRDS, NO_STABLE],
  ])('%s: who gets what in one says nothing of the other', (_, first, second) => {
    const views = viewsOf([experiment('one', first), experiment(first === second ? 'one' : 'two', second)]);
    expect(views[0]!.salt).not.toBe(views[1]!.salt);
    const [one, two] = [armsOf(views[0]!), armsOf(views[1]!)];
    const count = (isCounted: (i: number) => boolean): number => one.filter((_arm, i) => isCounted(i)).length;
    const cells = first.flatMap(([a]) =>
      second.map(([b]) => ({
        observed: count((i) => one[i] === a && two[i] === b),
        expected: (count((i) => one[i] === a) * count((i) => two[i] === b)) / SUBJECTS,
      })),
    );
    expect(chiSquare(cells)).toBeLessThan(CHI_SQUARE_9999[(first.length - 1) * (second.length - 1)]!);
  });
});
