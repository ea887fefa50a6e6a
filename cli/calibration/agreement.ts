import { wilsonInterval } from '../../schemas/calibration.ts';

/** What a scorer said of an answer and what a person said, both from 0 to 1. */
export type Pair = { score: number; label: number };

/** What a value must be to pass: at least the threshold where higher is better, below it where lower is. */
export type Passing = { threshold: number; better: 'higher' | 'lower' };

/** A share with the limits of its 95 % Wilson interval. */
export type Share = { value: number; lower: number; upper: number };

/** How far a scorer agrees with people; a share of nothing is null. */
export type Agreement = {
  count: number;
  agreement: Share | null;
  /** Cohen 1960; null where chance alone would agree always. */
  kappa: number | null;
  /** Of what people failed, what the scorer passed. */
  falsePositive: Share | null;
  /** Of what people passed, what the scorer failed. */
  falseNegative: Share | null;
  /** Mean of score − label. */
  bias: number | null;
};

export const passes = (value: number, { threshold, better }: Passing): boolean =>
  better === 'higher' ? value >= threshold : value < threshold;

/** Pairs by whether the scorer passes the answer and whether people do. */
export type Confusion = { bothPass: number; bothFail: number; scorerPasses: number; peoplePass: number };

/** `scorerPasses`, `peoplePass`: only they do. */
export const confusionOf = (pairs: readonly Pair[], passing: Passing): Confusion => {
  const found: Confusion = { bothPass: 0, bothFail: 0, scorerPasses: 0, peoplePass: 0 };
  for (const { score, label } of pairs) {
    const people = passes(label, passing);
    if (passes(score, passing)) found[people ? 'bothPass' : 'scorerPasses'] += 1;
    else found[people ? 'peoplePass' : 'bothFail'] += 1;
  }
  return found;
};

const shareOf = (hits: number, count: number): Share | null => {
  const limits = wilsonInterval(hits, count);
  return limits === null ? null : { value: hits / count, ...limits };
};

/** Agreement of the two verdicts (pass or fail) of each pair, and of the values themselves (`bias`). */
export const agreement = (pairs: readonly Pair[], passing: Passing): Agreement => {
  const { bothPass, bothFail, scorerPasses, peoplePass } = confusionOf(pairs, passing);
  const count = pairs.length;
  const agreed = bothPass + bothFail;
  const passed = { scorer: (bothPass + scorerPasses) / count, people: (bothPass + peoplePass) / count };
  const byChance = passed.scorer * passed.people + (1 - passed.scorer) * (1 - passed.people);
  return {
    count,
    agreement: shareOf(agreed, count),
    kappa: count > 0 && byChance < 1 ? (agreed / count - byChance) / (1 - byChance) : null,
    falsePositive: shareOf(scorerPasses, scorerPasses + bothFail),
    falseNegative: shareOf(peoplePass, peoplePass + bothPass),
    bias: count === 0 ? null : pairs.reduce((sum, { score, label }) => sum + score - label, 0) / count,
  };
};
