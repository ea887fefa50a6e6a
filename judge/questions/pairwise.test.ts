import { describe, expect, it } from 'vitest';
import { aggregatePair, cascadeVerdict, type PairOutcome, type PairVerdict, valueOfResult } from './pairwise.ts';

const says = (winner: PairVerdict['winner'], confidence: number | null = null): PairVerdict => ({ winner, confidence });

describe('two verdicts on one pair', () => {
  it.each([
    ['first', 'second', 'win', true],
    ['second', 'first', 'loss', true],
    ['tie', 'tie', 'tie', true],
    ['first', 'first', 'tie', false],
    ['second', 'second', 'tie', false],
    ['first', 'tie', 'tie', false],
    ['tie', 'first', 'tie', false],
    ['tie', 'second', 'tie', false],
    ['second', 'tie', 'tie', false],
  ] as const)('%s, then swapped %s: %s, consistent %s', (first, swapped, result, isConsistent) => {
    expect(aggregatePair(says(first), says(swapped))).toEqual({ result, isConsistent, confidence: null });
  });

  it('say the opposite of the other answer', () => {
    const opposite = { win: 'loss', loss: 'win', tie: 'tie' };
    for (const first of ['first', 'second', 'tie'] as const)
      for (const swapped of ['first', 'second', 'tie'] as const) {
        const [one, other] = [aggregatePair(says(first), says(swapped)), aggregatePair(says(swapped), says(first))];
        expect(other.result).toBe(opposite[one.result]);
        expect(valueOfResult(one.result) + valueOfResult(other.result)).toBe(1);
      }
  });

  it('are as sure as the less sure one', () => {
    expect(aggregatePair(says('first', 0.9), says('second', 0.4)).confidence).toBe(0.4);
    expect(aggregatePair(says('first', 0.9), says('second')).confidence).toBe(0.9);
  });
});

describe('a cascade', () => {
  const outcome = (more: Partial<PairOutcome> = {}): PairOutcome => ({
    result: 'win',
    isConsistent: true,
    confidence: null,
    ...more,
  });
  const strong = outcome({ result: 'loss' });

  it.each([
    ['a sure win', outcome({ confidence: 0.9 }), 'cheap'],
    ['a win without a confidence', outcome(), 'cheap'],
    ['a tie in both orders', outcome({ result: 'tie' }), 'cheap'],
    ['a conflict', outcome({ result: 'tie', isConsistent: false, confidence: 1 }), 'strong'],
    ['an unsure win', outcome({ confidence: 0.59 }), 'strong'],
  ] as const)('of %s goes to the right judge', (_, cheap, decidedBy) => {
    let calls = 0;
    const ask = (): PairOutcome => {
      calls += 1;
      return strong;
    };
    const expected = decidedBy === 'cheap' ? cheap : strong;
    expect(cascadeVerdict(cheap, ask, 0.6)).toEqual({ outcome: expected, decidedBy });
    expect(calls).toBe(decidedBy === 'cheap' ? 0 : 1);
  });
});
