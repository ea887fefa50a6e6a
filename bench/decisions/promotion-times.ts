import type { Promotion } from '../../controller/rollout/strategy.ts';
import { createSplits, createDefaultRandom, type DefaultWindow, defaultRowsOf } from './default-world.ts';
import { seedOf } from './draws.ts';
import { createOurs, startedAgent } from './ours.ts';
import { median } from './wilson.ts';

/** One cell of the table of promotion times: all by default but for the policy. */
export type PromotionCell = {
  promotion: Promotion;
  requestsPerMinute: number;
  /** Of every rate of bad answers; the candidate's is stable's unless it is told. */
  stableBad: number;
  candidateBad?: number;
};

export type Played = {
  how: 'promoted' | 'rolled_back' | 'open';
  minutes: number;
  candidateRequests: number;
  /** Bad answers of one metric that the candidate gave beyond what stable would have given. */
  harm: number;
};

/** As long as a rollout lasts by default. */
const LAST_MINUTE = 7 * 1_440;

/** Windows of one minute would be nearly empty at a few requests a minute, and cost as much. */
export const windowMinutes = (requestsPerMinute: number): number => Math.max(1, Math.round(60 / requestsPerMinute));

/** Plays one rollout from its start to its end. */
export const playPromotion = (cell: PromotionCell, seed: number, rollout: number): Played => {
  const { promotion, requestsPerMinute, stableBad, candidateBad = stableBad } = cell;
  const minutes = windowMinutes(requestsPerMinute);
  const windowMs = 60_000 * minutes;
  const random = createDefaultRandom(seedOf(seed, rollout));
  const splitOf = createSplits(requestsPerMinute * minutes, random);
  const rowsOf = defaultRowsOf({ stable: stableBad, candidate: candidateBad }, random, windowMs);
  const contest = createOurs<DefaultWindow>(startedAgent(null, promotion), rowsOf, windowMs);
  let candidateRequests = 0;
  for (let minute = minutes; ; minute += minutes) {
    const window = splitOf(contest.weightPct());
    candidateRequests += window.candidate;
    const outcome = contest.take(window);
    if (outcome === 'running' && minute < LAST_MINUTE - minutes) continue;
    return {
      how: outcome === 'running' ? 'open' : outcome,
      minutes: minute,
      candidateRequests,
      harm: candidateRequests * (candidateBad - stableBad),
    };
  }
};

const CELL_RATES = [5, 10, 40, 600] as const;
const STABLE_BAD = [0, 0.001, 0.01] as const;
const POLICIES = ['budget', 'prove', 'timer'] as const satisfies readonly Promotion[];

/** The table's cells, row by row. */
export const PROMOTION_CELLS: readonly PromotionCell[] = POLICIES.flatMap((promotion) =>
  CELL_RATES.flatMap((requestsPerMinute) =>
    STABLE_BAD.map((stableBad) => ({ promotion, requestsPerMinute, stableBad })),
  ),
);

/** What the rollouts of a cell came to: shares of all, minutes of those promoted. */
export type PromotionSummary = { promoted: number; rolledBack: number; median: number | null; within80: number | null };

export const promotionSummary = (played: readonly Played[]): PromotionSummary => {
  const minutes = played
    .filter(({ how }) => how === 'promoted')
    .map((one) => one.minutes)
    .toSorted((a, b) => a - b);
  const share = (how: Played['how']): number => played.filter((one) => one.how === how).length / played.length;
  return {
    promoted: share('promoted'),
    rolledBack: share('rolled_back'),
    median: median(minutes),
    // Of all rollouts, not of the promoted: what is open or rolled back was not promoted in time.
    within80: minutes[Math.ceil(0.8 * played.length) - 1] ?? null,
  };
};

const hours = (minutes: number | null): string => {
  if (minutes === null) return 'over 7 d';
  return minutes < 120 ? `${Math.round(minutes)} min` : `${(minutes / 60).toFixed(minutes < 600 ? 1 : 0)} h`;
};

const toldOf = ({ promoted, rolledBack, median: middle, within80 }: PromotionSummary): string => {
  const back = rolledBack > 0 ? `, ${(100 * rolledBack).toFixed(1)} % rolled back` : '';
  const share = promoted + rolledBack < 0.995 ? `, ${(100 * promoted).toFixed(0)} % promoted` : '';
  return `${hours(middle)}, 80 % in ${hours(within80)}${share}${back}`;
};

/** As Markdown. `of` gives what a cell came to. */
export const promotionTimesTable = (of: (cell: PromotionCell) => PromotionSummary): string => {
  const rows = POLICIES.flatMap((promotion) =>
    CELL_RATES.map((requestsPerMinute) => [
      `\`${promotion}\``,
      String(requestsPerMinute),
      ...STABLE_BAD.map((stableBad) => toldOf(of({ promotion, requestsPerMinute, stableBad }))),
    ]),
  );
  const heads = ['promotion', 'requests/min', ...STABLE_BAD.map((bad) => `${100 * bad} % errors`)];
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};
