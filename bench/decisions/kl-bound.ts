import {
  EXCEEDED,
  isSame,
  MAX_ITEMS_PER_MINUTE,
  plannedWeightPct,
  QUALITY_VARIANCE,
  type Scenario,
  STABLE,
} from './scenarios.ts';

/**
 * What information theory asks for: no test with a false alarm rate α can expect to find a difference before its windows'
 * information adds up to ln(1/α) (Wald 1945; Kaufmann, Cappé & Garivier 2016). A window's information is the least, over
 * worlds in which the two versions are the same, of the Kullback–Leibler divergence of what both arms show.
 */
export const ALPHA = 0.05;
export const NEEDED = Math.log(1 / ALPHA);

/** Of one request: w·KL(p_c, p) + (1 − w)·KL(p_b, p) about the mixture p = w·p_c + (1 − w)·p_b (a Jensen–Shannon divergence). */
export const rateInformation = (w: number, pc: number, pb: number): number => {
  const p = w * pc + (1 - w) * pb;
  return w * divergence(pc, p) + (1 - w) * divergence(pb, p);
};

const divergence = (p: number, q: number): number => p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));

/** Of n_c and n_b scores whose means differ by d, as if they were Gaussian: d²/(4v) of a pair. */
export const scoreInformation = (nc: number, nb: number, d: number, v: number): number =>
  nc === 0 || nb === 0 ? 0 : (d * d) / (2 * v * (1 / nc + 1 / nb));

/** Of one minute at a weight. 0 where the versions are the same, and before they begin to differ. */
export const informationOf = (scenario: Scenario, minute: number, weightPct: number, rate: number): number => {
  if (isSame(scenario) || minute < scenario.onsetMinute) return 0;
  const w = weightPct / 100;
  const candidate = { ...STABLE, ...scenario.candidate };
  switch (scenario.metric) {
    case 'error_rate':
      return rate * rateInformation(w, candidate.error, STABLE.error);
    case 'task_success':
      return rate * rateInformation(w, candidate.failure, STABLE.failure);
    case 'latency':
      return rate * rateInformation(w, EXCEEDED.candidate, EXCEEDED.stable);
    default: {
      const scored = (share: number): number => Math.min(MAX_ITEMS_PER_MINUTE, rate * share);
      return scoreInformation(scored(w), scored(1 - w), STABLE.quality - candidate.quality, QUALITY_VARIANCE);
    }
  }
};

export type Bound = { minutes: number; candidateRequests: number };

/** When the planned stages have given enough information, and the candidate's requests by then; null where they never have. */
export const klBound = (scenario: Scenario, rate: number): Bound | null => {
  let information = 0;
  let candidateRequests = 0;
  for (let minute = scenario.onsetMinute; minute < MAX_MINUTES; minute++) {
    const weightPct = plannedWeightPct(minute);
    const more = informationOf(scenario, minute, weightPct, rate);
    if (more === 0) return null;
    const part = Math.min(1, (NEEDED - information) / more);
    information += part * more;
    candidateRequests += (part * rate * weightPct) / 100;
    if (part < 1) return { minutes: minute - scenario.onsetMinute + part, candidateRequests };
  }
  return null;
};

const MAX_MINUTES = 100_000;
