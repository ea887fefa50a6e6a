import type { ArmTotals, Goal, GoalLimits, GoalState } from './goal-comparison.ts';

/**
 * Limits of the relative difference of two arms' events per request. `total`: what an arm's events come to; `ratioLimit`: the lower
 * limit of the ratio of two arms, at a level. An e-value divided by φ reaches 1/α when the whole reaches (1/α)^φ.
 */
export const eventLimits = (
  { arms, phi }: GoalState,
  { shares }: Goal,
  [first, second]: readonly [number, number],
  alpha: number,
  {
    total,
    ratioLimit,
  }: { total: (arm: ArmTotals) => number; ratioLimit: (i: number, j: number, level: number) => number },
): GoalLimits => {
  const perShare = (arm: number): number => total(arms[arm]!) / shares[arm]!;
  const [own, other] = [perShare(first), perShare(second)];
  const level = (alpha / 2) ** phi;
  const lower = ratioLimit(first, second, level);
  const reverse = ratioLimit(second, first, level);
  return {
    difference: other > 0 ? own / other - 1 : null,
    lower: lower - 1,
    upper: reverse > 0 ? 1 / reverse - 1 : null,
  };
};

export const sampleOfEvents = ({ sum }: ArmTotals, requests: number): string => `${sum.n} events, n=${requests}`;
