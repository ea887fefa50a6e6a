import { rateIncrements, type RateWindow } from './rate-ratio.ts';

/** Values of each arm in a window, as they are to be expected. Fractions are welcome. */
export type ArmSizes = { candidate: number; stable: number };

/** What one value of the candidate adds to a bet's ln e, in expectation, and the variance of that. */
export type Growth = { drift: number; variance: number };

/** So many values stand for a window: the increments of counts are linear in them as long as the arms' shares stay the same. */
const MANY = 10_000;

/**
 * Growth of the rate ratio's bets, one for each alternative, where the arms' true rates are `candidate` and `stable`: the increment of the
 * expected counts, and its slopes in either arm's events times their binomial variance. No growth where an arm has no values.
 */
export const ratioGrowth = (
  rates: { candidate: number; stable: number },
  sizes: ArmSizes,
  r0: number,
  alternatives: readonly number[],
  level: number,
): Growth[] => {
  const all = sizes.candidate + sizes.stable;
  const [candidateN, baselineN] = [(MANY * sizes.candidate) / all, (MANY * sizes.stable) / all];
  if (!(candidateN > 1 && baselineN > 1)) return alternatives.map(() => ({ drift: 0, variance: 0 }));
  const expected: RateWindow = {
    candidateN,
    candidateEvents: candidateN * rates.candidate,
    baselineN,
    baselineEvents: baselineN * rates.stable,
  };
  const at = (window: RateWindow): number[] => rateIncrements(window, r0, alternatives, level);
  const mean = at(expected);
  const none = at({ ...expected, candidateEvents: 0, baselineEvents: 0 });
  const byCandidate = at({ ...expected, candidateEvents: 1, baselineEvents: 0 });
  const byStable = at({ ...expected, candidateEvents: 0, baselineEvents: 1 });
  const spread = (rate: number): number => rate * (1 - rate);
  return mean.map((sum, k) => {
    const [own, others] = [byCandidate[k]! - none[k]!, byStable[k]! - none[k]!];
    const variance = spread(rates.candidate) * own ** 2 + (spread(rates.stable) * others ** 2 * baselineN) / candidateN;
    return { drift: sum / candidateN, variance };
  });
};

/** Of a bet that is nearly the best for what is true, the variance is twice the drift: E[e^X] = 1 under its null. */
export const nearlyBest = (drift: number): Growth => ({ drift, variance: 2 * Math.max(0, drift) });
