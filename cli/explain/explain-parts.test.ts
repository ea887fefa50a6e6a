import { expect, it } from 'vitest';
import type { DifferingExchange } from '../shadow-report/aggregate.ts';
import type { Step } from '../../schemas/sentence/verdict.ts';
import { HARM } from '../../schemas/sentence/harm-situations.fixture.ts';
import { detailLines } from './details.ts';
import { evidenceLines } from './evidence-table.ts';
import { pairLines, worstPair } from './worst-pair.ts';

const SIDES = { candidate: 'v2', stable: 'v1' };
const both = HARM.find(({ situation }) => situation.startsWith('in the canary, by what'))!.told as Step;

it('rows of shadow and canary are told apart, and metrics without a value are named in one line', () => {
  const [entry] = both.evidence;
  const unseen = { ...entry!, metric: 'refusal', rule: 'rate ratio', candidateCount: 0, candidateValue: null };
  const slice = { ...entry!, slice: 'category=simple', rule: 'bounded score', pairsWorse: null, pairsBetter: null };
  const isSeen = { ...unseen, metric: 'empathy' };
  const evidence = [...both.evidence, unseen, isSeen, slice];
  const shown = { isExperiment: false, slices: false, decided: { metric: 'empathy', slice: '_all' } };
  expect(evidenceLines(evidence, SIDES, shown)).toEqual([
    'metric   in      v2 (n)                    v1 (n)     against',
    'empathy  shadow  31 worse, 4 better of 42             150',
    'empathy  canary  0.6 (9)                   0.7 (200)  1.1',
    'no value yet: refusal',
    'and 1 row of slices (--details)',
  ]);
  const decided = { metric: 'empathy', slice: 'category=simple' };
  for (const more of [
    { ...shown, slices: true },
    { ...shown, decided },
  ])
    expect(evidenceLines(evidence, SIDES, more).filter((line) => line.includes('category=simple'))).toHaveLength(1);
});

it('limits that hold 0 beside the verdict are explained below the details', () => {
  const slow = HARM[0]!.told as Step;
  const evidence = slow.evidence.map((entry) => ({ ...entry, lower: -0.1 }));
  const lines = detailLines({ ...slow, evidence, bounded: true, windowKeys: ['a', 'b', 'c', 'd', 'e', 'f'] }, false);
  expect(lines.join('\n')).toMatch(/difference 95 \[-10, 100\] points.*\nThe limits of latency hold 0/);
  expect(lines.slice(-2)).toEqual(['  f', '  and 1 earlier ones']);
});

const exchange = (exchangeId: string, deltas: DifferingExchange['deltas']): DifferingExchange => ({
  exchangeId,
  shadowId: `s${exchangeId}`,
  loss: -1,
  deltas,
  differences: [],
  beyondNoise: 0,
  similarity: null,
  live: 'I am sorry, let me look.',
  shadow: 'No.',
});

it('the worst pair is the one that lost most in the metric that decided, whichever way it points', () => {
  const exchanges = [exchange('a', { empathy: -0.2, refusal: 1 }), exchange('b', { empathy: -0.6 }), exchange('c', {})];
  expect(worstPair(exchanges, 'empathy')?.exchangeId).toBe('b');
  expect(worstPair(exchanges, 'refusal')?.exchangeId).toBe('a');
  expect(worstPair(exchanges, 'toxicity')).toBeUndefined();
  const lost = exchange('d', { 'tool_validity:applies': -1 });
  expect(worstPair([...exchanges, lost], 'tool_validity:applies')?.exchangeId).toBe('d');
  expect(pairLines(exchanges[1]!, SIDES)).toEqual([
    'the worst pair (exchange b)',
    '  v1  I am sorry, let me look.',
    '  v2  No.',
  ]);
});
