import { type Figures, figuresOf } from './figures.ts';
import { AT_TOLERANCE, findCell, type Found, GOOD } from './jobs.ts';
import type { ScenarioName } from './scenarios.ts';

/** What the decisions are to reach, held against what a run found. Pure. */
export type Goal = { what: string; goal: string; found: string; holds: boolean };

const FALSE_ALARMS = { aa: 0.02, 'aa-drift': 0.02, 'aa-bursty': 0.035, 'sticky-heterogeneous': 0.035 } as const;
const LIMIT = 0.05;
const DETECTION = 0.99;
/** Median minutes to the rollback. */
const DELAY = {
  'err-1-3': 16,
  'err-1-2': 36,
  'q-80-76': 19,
  'q-80-78': 71,
  'p99-1.5': 20,
  'success-95-90': 11,
} as const;
/** What Shiryaev–Roberts is to make of 14 minutes, for the metric that the regression is about. */
const LATE_DELAY = 7;
const KL_RATIO = { 1: 1.5, 4: 1.9 } as const;
const PROMOTED = 0.98;
const PROMOTION_MINUTES = 22;
const AT_TOLERANCE_PROMOTED = 0.05;

const keysOf = <K extends string>(record: Readonly<Record<K, unknown>>): K[] => Object.keys(record) as K[];
const share = (value: number): string => value.toFixed(4);
const orDash = (value: number | null, digits = 1): string =>
  value === null ? '–' : Number(value.toFixed(digits)).toString();

const atMost = (what: string, found: number | null, limit: number, digits: number): Goal => ({
  what,
  goal: `≤ ${limit}`,
  found: orDash(found, digits),
  holds: found !== null && found <= limit,
});
const atLeast = (what: string, found: number, limit: number): Goal => ({
  what,
  goal: `≥ ${limit}`,
  found: share(found),
  holds: found >= limit,
});

const foundOf = ({ rollbackRate, earlyRate }: Figures): number => (earlyRate < 1 ? rollbackRate / (1 - earlyRate) : 0);

export const goalsOf = (all: readonly Found[]): Goal[] => {
  const of = (...[scenario, changes]: [ScenarioName, Parameters<typeof findCell>[2]?]) =>
    figuresOf(findCell(all, scenario, changes));
  return [
    ...keysOf(FALSE_ALARMS).flatMap((scenario) => [
      atMost(`${scenario}: false rollbacks`, of(scenario).rollbackRate, FALSE_ALARMS[scenario], 4),
      atMost(`${scenario}: highest upper 95 % limit of a seed`, of(scenario).highestLimit, LIMIT, 4),
    ]),
    ...keysOf(DELAY).flatMap((scenario) => [
      atLeast(`${scenario}: found`, of(scenario).rollbackRate, DETECTION),
      atMost(`${scenario}: median minutes`, of(scenario).medianMinutes, DELAY[scenario], 1),
      ...([1, 4] as const).map((metrics) =>
        atMost(
          `${scenario}: information used, of the bound, ${metrics === 1 ? 'one metric' : 'four metrics'}`,
          of(scenario, { metrics }).klRatio,
          KL_RATIO[metrics],
          2,
        ),
      ),
    ]),
    atLeast('late: found, of those that lasted until the change', foundOf(of('late')), DETECTION),
    atMost('late: median minutes, one metric', of('late', { metrics: 1 }).medianMinutes, LATE_DELAY, 1),
    ...GOOD.flatMap((scenario) => [
      atLeast(`${scenario}: promoted by budget`, of(scenario, { promotion: 'budget' }).promotionRate, PROMOTED),
      atMost(
        `${scenario}: median minutes to promotion by budget`,
        of(scenario, { promotion: 'budget' }).medianPromotionMinutes,
        PROMOTION_MINUTES,
        1,
      ),
    ]),
    ...(['prove', 'budget'] as const).flatMap((promotion) =>
      AT_TOLERANCE.map((scenario) =>
        atMost(
          `${scenario}, at tolerance: promoted by ${promotion}`,
          of(scenario, { promotion }).promotionRate,
          AT_TOLERANCE_PROMOTED,
          4,
        ),
      ),
    ),
  ];
};
