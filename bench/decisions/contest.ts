import { plannedWeightPct, PLANNED_MINUTES } from './scenarios.ts';

/** A rule under test: asked each minute how much traffic the candidate gets, and told what came of it. */
export type Outcome = 'running' | 'rolled_back' | 'promoted';
export type Contest<M> = { weightPct: () => number; take: (minute: M) => Outcome };

/** A rule that only says when to roll back, on the planned stages; what lasts to their end is promoted. */
export const onPlan = <M>(isWorse: (minute: M) => boolean): Contest<M> => {
  let minute = 0;
  return {
    weightPct: () => plannedWeightPct(minute),
    take: (seen) => {
      minute += 1;
      if (isWorse(seen)) return 'rolled_back';
      return minute >= PLANNED_MINUTES ? 'promoted' : 'running';
    },
  };
};
