import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Score } from '../schemas/score.ts';
import { exchangeOf, shadowOf } from './answers/exchange.fixture.ts';
import { type Scored, scoreIdOf, scoreRecord } from './score-records.ts';
import type { Finding } from './answers/finding.ts';

const RULES = { scorer: 'rules', scorerVersion: '1', costUsd: 0 };
const live = { exchange: exchangeOf(), shadow: null };
const shadow = shadowOf();
const pair = { exchange: shadow.exchange, shadow };
const scored = (value: number, costUsd = 0): Scored => ({
  finding: { metric: 'empathy', status: 'scored', value, reason: `is ${value}` },
  scorer: { ...RULES, costUsd },
});
const unscored = (status: 'error' | 'not_applicable', reason: string): Scored => ({
  finding: { metric: 'empathy', status, value: null, reason },
  scorer: RULES,
});

describe('score ids', () => {
  it('are the same for the same subject, metric and scorer version, at any time and cost', () => {
    expect(scoreIdOf(live, 'empathy', RULES)).toBe(scoreIdOf({ ...live }, 'empathy', { ...RULES, costUsd: 5 }));
    expect(scoreRecord(live, scored(1), null, 1).scoreId).toBe(scoreRecord(live, scored(0), null, 2).scoreId);
  });

  it('differ in every other way', () => {
    const ids = [
      scoreIdOf(live, 'empathy', RULES),
      scoreIdOf(live, 'refusal', RULES),
      scoreIdOf(live, 'empathy', { ...RULES, scorerVersion: '2' }),
      scoreIdOf(live, 'empathy', { ...RULES, scorer: 'llm:x' }),
      scoreIdOf({ ...live, exchange: exchangeOf({ exchangeId: 'x-2' }) }, 'empathy', RULES),
      scoreIdOf(pair, 'empathy', RULES),
      scoreIdOf({ ...pair, shadow: shadowOf({ shadowId: 'sh-2' }) }, 'empathy', RULES),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('do not run together when a separator stands in a name', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '|', '"', ',', '\u0000'), maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 4, maxLength: 4 }),
        fc.array(part, { minLength: 4, maxLength: 4 }),
        (a, b) => {
          const id = (p: string[]): string =>
            scoreIdOf({ exchange: exchangeOf({ exchangeId: p[0]! }), shadow: null }, p[1]!, {
              scorer: p[2]!,
              scorerVersion: p[3]!,
              costUsd: 0,
            });
          expect(id(a) === id(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
        },
      ),
    );
  });
});

describe('the record of a live score', () => {
  it('speaks for the assigned arm and has no pair', () => {
    const record = scoreRecord(live, scored(0.8, 0.01), null, 9_000);
    expect(Score.parse(record)).toEqual(record);
    expect(record).toMatchObject({
      kind: 'live',
      shadowId: null,
      arm: 'stable',
      version: 'v1',
      evidence: true,
      status: 'scored',
      value: 0.8,
      liveValue: null,
      delta: null,
      costUsd: 0.01,
      exchangeAtMs: 1_250,
      scoredAtMs: 9_000,
    });
  });

  it.each([
    ['weight', 'stable', true],
    ['fallback', 'stable', true],
    ['pin', 'stable', false],
    ['beta', 'stable', false],
    ['weight', 'candidate', false],
  ] as const)('by %s, served by %s, is evidence: %s', (assignment, servedArm, evidence) => {
    const exchange = exchangeOf({ assignment, servedArm });
    expect(scoreRecord({ exchange, shadow: null }, scored(1), null, 1).evidence).toBe(evidence);
  });

  it('bounds a reason that quotes what others wrote', () => {
    const long = unscored('error', 'x'.repeat(1_000_000));
    expect(scoreRecord(live, long, null, 1).reason).toHaveLength(500);
  });
});

describe('the record of a shadow’s score', () => {
  it('has the shadow’s value, the live value and their difference', () => {
    const record = scoreRecord(pair, scored(0.1, 0.01), scored(0.8, 0.02), 9_000);
    expect(Score.parse(record)).toEqual(record);
    expect(record).toMatchObject({
      kind: 'shadow',
      shadowId: 'sh-1',
      arm: 'candidate',
      version: 'v2',
      status: 'scored',
      value: 0.1,
      liveValue: 0.8,
      reason: 'is 0.1',
    });
    expect(record.delta).toBeCloseTo(-0.7);
    expect(record.costUsd).toBeCloseTo(0.03);
  });

  it.each([
    [scored(1), unscored('error', 'L'), 'error', null, 'live answer: L'],
    [scored(1), unscored('not_applicable', 'L'), 'not_applicable', null, 'live answer: L'],
    [unscored('error', 'S'), scored(0.5), 'error', 0.5, 'S'],
    [unscored('not_applicable', 'S'), scored(0.5), 'not_applicable', 0.5, 'S'],
    [unscored('not_applicable', 'S'), unscored('error', 'L'), 'error', null, 'live answer: L'],
    [unscored('error', 'S'), unscored('not_applicable', 'L'), 'error', null, 'S'],
    [unscored('not_applicable', 'S'), unscored('not_applicable', 'L'), 'not_applicable', null, 'S'],
    [unscored('error', 'S'), unscored('error', 'L'), 'error', null, 'S'],
  ] as const)('says nothing unless both sides were scored (case %#)', (ofShadow, ofLive, status, liveValue, reason) => {
    expect(scoreRecord(pair, ofShadow, ofLive, 1)).toMatchObject({
      status,
      value: null,
      liveValue,
      delta: null,
      reason,
    });
  });

  it('keeps value, status and delta in step, whatever the findings', () => {
    const finding = fc.oneof(
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((value) => scored(value)),
      fc.constantFrom(unscored('error', 'e'), unscored('not_applicable', 'n')),
    );
    fc.assert(
      fc.property(finding, finding, (a, b) => {
        const { status, value, liveValue, delta } = scoreRecord(pair, a, b, 1);
        const both = (f: Finding): boolean => f.status === 'scored';
        expect(status === 'scored').toBe(both(a.finding) && both(b.finding));
        expect(value === null).toBe(status !== 'scored');
        if (status === 'scored') expect(delta).toBe(value! - liveValue!);
        else expect(delta).toBeNull();
      }),
    );
  });
});
