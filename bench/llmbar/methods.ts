import { aggregatePair, cascadeVerdict, type PairOutcome } from '../../judge/questions/pairwise.ts';
import type { JudgedPair, Verdicts } from './judged-pairs.ts';

/** What one order costs a judge for one pair, in US dollars. */
export type CostOf = (pair: JudgedPair, judge: string) => { first: number; swapped: number };

/** How one pair came out for output 1, and what it took. `calls` are by judge. */
export type Judgement = { outcome: PairOutcome; calls: Readonly<Record<string, number>>; usd: number };

/** `order`: of a method that asks for one order alone, which. */
export type Method = {
  name: string;
  order: 'first' | 'swapped' | null;
  judge: (pair: JudgedPair, costOf: CostOf) => Judgement;
};

const verdictsOf = (pair: JudgedPair, judge: string): Verdicts => {
  const verdicts = pair.judges.get(judge);
  if (verdicts === undefined) throw new Error(`a pair has no verdicts of ${judge}: ${pair.input.slice(0, 60)}`);
  return verdicts;
};

/** One order alone, as if the other had said the same. */
const singleOrder = (judge: string, order: 'first' | 'swapped'): Method => ({
  name: `${judge}, output ${order === 'first' ? 1 : 2} first`,
  order,
  judge: (pair, costOf) => {
    const { winner } = verdictsOf(pair, judge)[order];
    const other = ({ first: 'second', second: 'first', tie: 'tie' } as const)[winner];
    const [one, mirrored] = [winner, other].map((place) => ({ winner: place, confidence: null })) as [never, never];
    const outcome = order === 'first' ? aggregatePair(one, mirrored) : aggregatePair(mirrored, one);
    return { outcome, calls: { [judge]: 1 }, usd: costOf(pair, judge)[order] };
  },
});

const bothOrders = (pair: JudgedPair, judge: string): PairOutcome => {
  const { first, swapped } = verdictsOf(pair, judge);
  return aggregatePair(first, swapped);
};

const usdOfBoth = (pair: JudgedPair, judge: string, costOf: CostOf): number => {
  const { first, swapped } = costOf(pair, judge);
  return first + swapped;
};

const swapAndTie = (judge: string): Method => ({
  name: `${judge}, both orders, conflict is a tie`,
  order: null,
  judge: (pair, costOf) => ({
    outcome: bothOrders(pair, judge),
    calls: { [judge]: 2 },
    usd: usdOfBoth(pair, judge, costOf),
  }),
});

const cascade = (cheap: string, strong: string): Method => ({
  name: `cascade: ${cheap} in both orders, a conflict goes to ${strong} in both`,
  order: null,
  judge: (pair, costOf) => {
    const { outcome, decidedBy } = cascadeVerdict(bothOrders(pair, cheap), () => bothOrders(pair, strong), 0);
    const escalated = decidedBy === 'strong';
    return {
      outcome,
      calls: { [cheap]: 2, [strong]: escalated ? 2 : 0 },
      usd: usdOfBoth(pair, cheap, costOf) + (escalated ? usdOfBoth(pair, strong, costOf) : 0),
    };
  },
});

/** Every way to judge a pair by a cheap judge, a strong one, or both. */
export const methodsOf = (cheap: string, strong: string): Method[] => [
  ...[cheap, strong].flatMap((judge) => [
    singleOrder(judge, 'first'),
    singleOrder(judge, 'swapped'),
    swapAndTie(judge),
  ]),
  cascade(cheap, strong),
];
