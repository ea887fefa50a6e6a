import { describe, expect, it } from 'vitest';
import { REGISTERED_METRICS, registeredMetric } from '../metrics.ts';
import { limitsNote, limitsText } from './comparison.ts';
import { chanceText, countText, shareText, strengthText, timeText, valueText } from './figures.ts';
import { metricWords } from './metric-words.ts';
import { sentenceOf } from './sentence.ts';
import { SITUATIONS } from './situations.fixture.ts';
import type { Step } from './verdict.ts';

const ALL_SITUATIONS = Object.values(SITUATIONS).flat();

describe('the sentence of', () => {
  it.each(ALL_SITUATIONS.map(({ situation, told, says }) => [situation, told, says] as const))(
    '%s',
    (_, told, says) => {
      expect(sentenceOf(told)).toBe(says);
    },
  );

  it('forty situations at least, each told once', () => {
    expect(new Set(ALL_SITUATIONS.map(({ situation }) => situation)).size).toBe(ALL_SITUATIONS.length);
    expect(ALL_SITUATIONS.length).toBeGreaterThanOrEqual(40);
  });
});

it('every metric that a rollout may be decided by has words of its own', () => {
  const judged = REGISTERED_METRICS.filter((name) => {
    const metric = registeredMetric(name);
    return metric !== undefined && !metric.ofJudge && metric.family !== 'count';
  });
  for (const name of judged) {
    const { worse, bad, beyond } = metricWords(name);
    expect(worse, name).not.toContain('is worse in');
    const { family } = registeredMetric(name)!;
    if (family === 'rate') expect(bad, name).toBeDefined();
    if (family === 'measure') expect(beyond, name).toBeDefined();
  }
});

it('a verdict is told without its evidence too, as old and foreign logs may have it', () => {
  const { told } = ALL_SITUATIONS[0]!;
  expect(sentenceOf({ ...(told as Step), evidence: [], candidate: null, stable: null })).toBe(
    'the candidate is slower. All traffic is on stable again.',
  );
});

it('of limits that hold 0 beside a verdict it is said why, and of others nothing', () => {
  const [first] = (ALL_SITUATIONS[0]!.told as Step).evidence;
  expect(limitsNote({ ...first!, lower: -0.1, upper: 0.9 })).toMatch(/^The limits of latency hold 0/);
  expect(limitsNote({ ...first!, lower: 0.1, upper: 0.9 })).toBeNull();
  expect(limitsText({ ...first!, difference: 0.95, lower: 0.2, upper: 1 })).toBe('95 [20, 100] points');
});

describe('figures', () => {
  it.each([
    [chanceText(0.05), '5 of 100'],
    [chanceText(0.001), '1 of 1,000'],
    [chanceText(1 / 3), '33,334 of 100,000'],
    [shareText(0.9996), '99.96 %'],
    [shareText(0.0041), '0.41 %'],
    [countText(1_234_567), '1,234,567'],
    [strengthText(0), '1'],
    [strengthText(-9), 'under 0.01'],
    [strengthText(20), 'over 10,000'],
    [timeText(90_000), '90 seconds'],
    [timeText(7_200_000), '2 hours'],
    [valueText('latency', 0.04), '40 ms'],
    [valueText('cost', 0.02), '$0.00002'],
    [valueText('tokens', 1.234), '1,234 tokens'],
    [valueText('error_rate', 0.05), '5 %'],
    [valueText('event_sale', 3), '3'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});
