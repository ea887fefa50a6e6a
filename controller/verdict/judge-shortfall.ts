import { countText } from '../../schemas/sentence/figures.ts';
import { isByModel, noCounts } from '../evidence/coverage.ts';
import { paceOf, type StagePace } from '../evidence/judge-pace.ts';
import type { RolloutEvidence } from '../evidence/rollout-evidence.ts';
import { metricPlans } from '../rollout/metric-plan.ts';
import type { Run } from '../rollout/run.ts';
import { candidateOf, isCanary } from '../rollout/strategy.ts';

/** From so many answers on that the judge has left out one after the other, it is no chance that none was scored. */
const LEAST_SPOKEN = 100;
/** With a chance of 95 % no more than these come where none was seen (rule of three). */
const CHANCE_MORE = 3;
const SECOND_MS = 1_000;
const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', SECOND_MS],
] as const;

/** What is still missing in the stage, in answers of the candidate or in pairs of its shadow, and what asks for it. */
export type Missing = {
  count: number;
  of: 'requests' | 'pairs of answers';
  /** So many the judge has left out of the stage so far. */
  leftOut: number;
};

/**
 * Why a judge that leaves answers out scores too few for any decision, and what to add; null while it only makes the stage
 * longer. Too few is: none of the candidate's latest answers, or so few that the stage can't have what it waits for before
 * the rollout's deadline, though it could if all were scored.
 */
export const judgeShortfall = (
  run: Run,
  evidence: RolloutEvidence,
  { clockMs, missing }: { clockMs: number; missing: Missing },
): string | null => {
  const scored = metricPlans(run.spec).filter(({ metric }) => metric.source === 'scores');
  if (scored.length === 0) return null;
  const counts = evidence.stages.get(run.stage) ?? noCounts();
  const remainingMs = run.startedAtMs + run.spec.deadline - clockMs;
  for (const by of ['rules', 'models'] as const) {
    if (by === 'models' && !scored.some(({ metric }) => isByModel(counts, metric.rows))) continue;
    const pace = paceOf(evidence.pace, run.stage, by, evidence.windowMs);
    const why = whyTooFew(pace, missing, remainingMs, candidateOf(run.spec) ?? 'the candidate');
    if (why !== null) return `${headOf(pace, by)}: ${why.text}; ${remedy(run, by, why.times)}`;
  }
  return null;
};

const whyTooFew = (
  pace: StagePace,
  missing: Missing,
  remainingMs: number,
  version: string,
): { text: string; times: number } | null => {
  const { candidate, spanMs } = pace;
  if (candidate.meant === 0 && candidate.count >= LEAST_SPOKEN)
    return {
      text: `none of ${version}'s last ${countText(candidate.count)} answers was scored`,
      times: 1 / shareOf(pace),
    };
  if (missing.count <= 0 || spanMs === 0 || candidate.meant >= candidate.count) return null;
  const inTime = (answers: number): number => (answers / spanMs) * Math.max(0, remainingMs);
  if (inTime(candidate.meant + CHANCE_MORE) >= missing.count) return null;
  if (missing.leftOut + inTime(candidate.count) < missing.count) return null;
  const text = `at this pace the stage will have ${countText(Math.floor(inTime(candidate.meant)))} of the ${countText(missing.count)} ${missing.of} that it still needs by the deadline in ${timeText(remainingMs)}`;
  const times = missing.count / inTime(Math.max(1, candidate.meant));
  return { text, times: Math.min(times, 1 / shareOf(pace)) };
};

/** Of all answers; where none was scored, as if one had been. */
const shareOf = ({ all }: StagePace): number => Math.max(1, all.meant) / Math.max(1, all.count);

const headOf = (pace: StagePace, by: 'rules' | 'models'): string => {
  const percent = `${Number(((100 * pace.all.meant) / Math.max(1, pace.all.count)).toPrecision(2))} %`;
  const behind = `the judge is ${timeText(pace.lagMs)} behind`;
  return by === 'rules'
    ? `${behind} and scores ${percent} of answers`
    : `${behind} and puts ${percent} of the answers planned for its models before them`;
};

/** A judge more is a process more: what one of them can do is one core's work. */
const remedy = (run: Run, by: 'rules' | 'models', times: number): string => {
  const more = Math.max(1, Math.ceil(times) - 1);
  const add = `add ${more} more ${more === 1 ? 'judge' : 'judges'} for each that runs (a JUDGE_INSTANCE of its own, same group; at most one per partition)`;
  if (by === 'rules') return `${add}, or give the rollout a later deadline`;
  const plan = isCanary(run.spec) ? ', or lower spec.judging of the rollout' : '';
  return `raise JUDGE_MODEL_CONCURRENCY or JUDGE_REQUESTS_PER_MINUTE as far as the endpoint lets you, ${add}${plan}`;
};

const timeText = (ms: number): string => {
  const [unit, unitMs] = UNITS.find(([, size]) => ms >= 2 * size) ?? ['s', SECOND_MS];
  return `${Math.max(0, Math.round(ms / unitMs))} ${unit}`;
};
