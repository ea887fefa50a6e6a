import { criterionName, type GateCriterion, type GatePlan } from '../../../schemas/gate-plan.ts';
import type { BoundName } from '../../../schemas/gate-criterion.ts';
import { type BoundAsk, boundRow } from './bound-row.ts';
import { pairCases, type Repeats, repeatsOf } from './case-pairs.ts';
import type { GateRow, Outcome } from './gate-row.ts';
import type { Measured } from '../measured.ts';
import { compareGroup } from './regression.ts';
import { regressionRows } from './regression-row.ts';
import { type SliceGroup, sliceGroups } from './slice-groups.ts';

/** What of a plan a verdict depends on. */
export type GateRules = Pick<GatePlan['spec'], 'criteria' | 'slices' | 'alpha'>;

export type GateVerdict = {
  verdict: Outcome;
  /** In the order of the criteria: of each its bounds, then its comparison; of each all questions, then the slices. */
  rows: readonly GateRow[];
  /** Up to ten questions that speak most against the candidate, from rows that failed before others. */
  worst: readonly string[];
};

/** What the program ends with. */
export const EXIT_CODES: Readonly<Record<Outcome, number>> = { pass: 0, fail: 3, inconclusive: 4 };

const MAX_WORST = 10;

const boundsOf = (criterion: GateCriterion): BoundAsk[] => {
  const name = criterionName(criterion);
  if ('check' in criterion) return [{ name, isCheck: true, asked: 'minPct', threshold: criterion.minPct }];
  return (Object.entries(criterion.bounds) as [BoundName, number][]).map(([asked, threshold]) => ({
    name,
    isCheck: false,
    asked,
    threshold,
  }));
};

type Numbered = { at: number; row: GateRow };

/** Bounds and comparisons of all criteria over their groups; the comparisons are judged together. */
const rowsOf = ({ criteria, alpha }: GateRules, groups: readonly SliceGroup[], repeats: Repeats): GateRow[] => {
  const asks = criteria.map((criterion) => ({
    criterion,
    groups: criterion.slices ? groups : groups.filter(({ slice }) => slice === null),
  }));
  const bounds = asks.flatMap(({ criterion, groups }, at): Numbered[] =>
    boundsOf(criterion).flatMap((ask) =>
      groups.flatMap((group) => {
        const row = boundRow(ask, group, repeats);
        return row === null ? [] : [{ at, row }];
      }),
    ),
  );
  const regressions = asks.flatMap(({ criterion, groups }, at) => {
    const { maxDropPct: threshold, appliesLoss } = criterion;
    if (threshold === null) return [];
    const [name, isCheck] = [criterionName(criterion), 'check' in criterion];
    return groups.flatMap((group) => {
      const regression = compareGroup({ name, isCheck, asked: 'maxDropPct', threshold, appliesLoss }, group, repeats);
      return regression === null ? [] : [{ at, regression }];
    });
  });
  const judged = regressionRows(
    regressions.map(({ regression }) => regression),
    alpha,
  );
  const compared = judged.map((row, i): Numbered => ({ at: regressions[i]!.at, row }));
  return [...bounds, ...compared].sort((a, b) => a.at - b.at).map(({ row }) => row);
};

const ORDER: readonly Outcome[] = ['fail', 'inconclusive', 'pass'];

/** The rows' worst questions by turns, those of rows that failed first. */
const worstOf = (rows: readonly GateRow[]): string[] => {
  const lists = ORDER.map((verdict) => rows.filter((row) => row.verdict === verdict).map(({ worst }) => worst));
  const byTurns = lists.flatMap((lists) =>
    Array.from({ length: MAX_WORST }, (_, turn) => lists.flatMap((list) => list[turn] ?? [])).flat(),
  );
  return [...new Set(byTurns)].slice(0, MAX_WORST);
};

/**
 * What the measured answers come to. It fails if anything fails; else it is inconclusive if anything is, or if nothing was asked;
 * so it passes only what could be measured. The same answers in another order give the same verdict.
 *
 * @param candidate every question of the run, in the order in which worst questions of one badness are to be shown
 * @param baseline of the same questions: one that the candidate lacks counts as not measured. Null where there is none: then every
 *   `maxDropPct` is inconclusive
 */
export const judgeGate = (
  rules: GateRules,
  candidate: readonly Measured[],
  baseline: readonly Measured[] | null,
): GateVerdict => {
  const cases = pairCases(candidate, baseline ?? []);
  const repeats = { candidate: repeatsOf(candidate), baseline: repeatsOf(baseline ?? []) };
  const rows = rowsOf(rules, sliceGroups(rules.slices, cases), repeats);
  const outcomes = new Set(rows.map(({ verdict }) => verdict));
  const verdict = outcomes.size === 0 ? 'inconclusive' : ORDER.find((outcome) => outcomes.has(outcome))!;
  return { verdict, rows, worst: worstOf(rows) };
};
