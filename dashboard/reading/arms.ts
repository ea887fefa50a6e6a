import type { RolloutView } from '../../schemas/controller-api.ts';
import type { Evidence } from '../../schemas/decision.ts';
import { logPart } from './metric-rows.ts';

type Experiment = Pick<RolloutView, 'metrics' | 'alpha'>;

/** One arm's comparison with control. `logE` is what is held against `logThreshold`. */
export type ArmRow = { arm: string; entry: Evidence; logE: number | null; logThreshold: number | null };
/** A metric of an experiment in a slice: control's own values, and every other arm beside it. */
export type ArmGroup = {
  metric: string;
  slice: string;
  isGoal: boolean;
  control: Pick<Evidence, 'stableValue' | 'stableCount'>;
  arms: ArmRow[];
};

const isGuard = ({ rule }: Evidence): boolean => rule === 'guardrail';

/**
 * Metric by metric all arms, the goal first. An arm wins when the evidence that it is better than each other arm is k/α with k arms; it is
 * stopped when the parts of its guardrails come to (k − 1)/α (docs/rollouts.md, "Experiments").
 */
export const armGroups = ({ metrics, alpha }: Experiment): ArmGroup[] => {
  const others = new Set(metrics.map(({ arm }) => arm)).size;
  const thresholdOf = (arms: number): number | null => (alpha === null || arms < 1 ? null : Math.log(arms / alpha));
  const groups = new Map<string, ArmGroup>();
  for (const entry of metrics) {
    const { metric, slice, arm, stableValue, stableCount } = entry;
    const isGoal = !isGuard(entry);
    const name = JSON.stringify([metric, slice, isGoal]);
    const group = groups.get(name) ?? { metric, slice, isGoal, control: { stableValue, stableCount }, arms: [] };
    groups.set(name, group);
    group.arms.push({
      arm: arm ?? 'the other arm',
      entry,
      logE: isGoal ? entry.logProof : logPart(entry),
      logThreshold: thresholdOf(isGoal ? others + 1 : others),
    });
  }
  return [...groups.values()];
};

/** All arms that are or were compared, control first. */
export const armNames = ({
  metrics,
  experiment,
  arms,
}: Pick<RolloutView, 'metrics' | 'experiment' | 'arms'>): string[] => {
  const seen = metrics.flatMap(({ arm }) => arm ?? []);
  const names = seen.length === 0 ? arms.map(({ name }) => name) : seen;
  return [...new Set([...(experiment === null ? [] : [experiment.control]), ...names])];
};

/** The arm of a line that is asked for, else the first. */
export const armIn = (metrics: readonly Evidence[], asked: string | undefined): string | null =>
  metrics.find(({ arm }) => arm === asked)?.arm ?? metrics[0]?.arm ?? null;
