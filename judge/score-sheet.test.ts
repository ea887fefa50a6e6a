import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScoreSheet } from '../schemas/score.ts';
import { exchangeOf, shadowOf } from './answers/exchange.fixture.ts';
import { finderOf, type Judged, type Scored, scoreOf, sheetIdOf, sheetOf } from './score-sheet.ts';
import type { Finding } from './answers/finding.ts';
import type { Subject } from './answers/scorable-answer.ts';

const RULES = { scorer: 'rules', scorerVersion: '1', costUsd: 0 };
const live = { exchange: exchangeOf(), shadow: null };
const shadow = shadowOf();
const pair = { exchange: shadow.exchange, shadow };
const scored = (value: number, costUsd = 0): Scored => ({
  finding: { metric: 'empathy', status: 'scored', value, reason: `is ${value}` },
  scorer: { ...RULES, costUsd },
});
const RULES_FINDER = { name: 'rules', version: '1', metrics: '' };
const judged = (ofAnswer: Scored, ofLive: Scored | null = null): Judged[] => [{ scored: ofAnswer, live: ofLive }];
const ALL = { share: 1, leftOut: false, modelShare: null, modelsLeftOut: false };
const sheetWith = (subject: Subject, of: readonly Judged[], scoredAtMs: number): ScoreSheet =>
  sheetOf(subject, RULES_FINDER, of, ALL, scoredAtMs);
const unscored = (status: 'error' | 'not_applicable', reason: string): Scored => ({
  finding: { metric: 'empathy', status, value: null, reason },
  scorer: RULES,
});

describe('sheet ids', () => {
  it('are the same for the same subject, finder and version, at any time, cost and value', () => {
    expect(sheetWith(live, judged(scored(1)), 1).sheetId).toBe(sheetWith(live, judged(scored(0, 5)), 2).sheetId);
    const leftOut = sheetOf(live, RULES_FINDER, [], { ...ALL, share: 0.2, leftOut: true }, 1);
    expect(leftOut).toMatchObject({ share: 0.2, leftOut: true, scores: [] });
    expect(leftOut.sheetId).toBe(sheetWith(live, judged(scored(1)), 1).sheetId);
  });

  it('differ in every other way', () => {
    const ids = [
      sheetIdOf(live, RULES_FINDER),
      sheetIdOf(live, { ...RULES_FINDER, metrics: 'refusal' }),
      sheetIdOf(live, { ...RULES_FINDER, version: '2' }),
      sheetIdOf(live, { ...RULES_FINDER, name: 'llm:x' }),
      sheetIdOf({ ...live, exchange: exchangeOf({ exchangeId: 'x-2' }) }, RULES_FINDER),
      sheetIdOf(pair, RULES_FINDER),
      sheetIdOf({ ...pair, shadow: shadowOf({ shadowId: 'sh-2' }) }, RULES_FINDER),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('of a panel do not tell which of its judges spoke, but which metrics were asked for', () => {
    const by = (scorer: string, metric: string): Judged => ({
      scored: { finding: { ...scored(1).finding, metric }, scorer: { ...RULES, scorer, panel: 'llm:a+b' } },
      live: null,
    });
    expect(finderOf([by('llm:a', 'tone')])).toEqual(finderOf([by('llm:b', 'tone')]));
    expect(finderOf([by('llm:a', 'tone')])).not.toEqual(finderOf([by('llm:a', 'style')]));
  });

  it('do not run together when a separator stands in a name', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '|', '"', ',', '\u0000'), maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 4, maxLength: 4 }),
        fc.array(part, { minLength: 4, maxLength: 4 }),
        (a, b) => {
          const id = ([exchangeId, metrics, name, version]: string[]): string =>
            sheetIdOf(
              { exchange: exchangeOf({ exchangeId: exchangeId! }), shadow: null },
              { name: name!, version: version!, metrics: metrics! },
            );
          expect(id(a) === id(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
        },
      ),
    );
  });
});

describe('the sheet of a live answer', () => {
  it('speaks for the assigned arm and has no pair', () => {
    const sheet = sheetWith(live, judged(scored(0.8, 0.01)), 9_000);
    expect(ScoreSheet.parse(sheet)).toEqual(sheet);
    expect(sheet).toMatchObject({
      kind: 'live',
      shadowId: null,
      arm: 'stable',
      version: 'v1',
      evidence: true,
      exchangeAtMs: 1_250,
      scoredAtMs: 9_000,
      scores: [{ metric: 'empathy', status: 'scored', value: 0.8, liveValue: null, delta: null, costUsd: 0.01 }],
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
    expect(sheetWith({ exchange, shadow: null }, judged(scored(1)), 1).evidence).toBe(evidence);
  });

  it('of a caller who may not name subjects is no evidence', () => {
    const exchange = exchangeOf({ assignment: 'weight', servedArm: 'stable', vouched: false });
    expect(sheetWith({ exchange, shadow: null }, judged(scored(1)), 1).evidence).toBe(false);
  });

  it('bounds a reason that quotes what others wrote', () => {
    const long = unscored('error', 'x'.repeat(1_000_000));
    expect(scoreOf({ scored: long, live: null }).reason).toHaveLength(500);
  });
});

describe('the sheet of a shadow', () => {
  it('has the shadow’s value, the live value and their difference', () => {
    const sheet = sheetWith(pair, judged(scored(0.1, 0.01), scored(0.8, 0.02)), 9_000);
    expect(ScoreSheet.parse(sheet)).toEqual(sheet);
    const [record] = sheet.scores;
    expect({ ...sheet, ...record }).toMatchObject({
      kind: 'shadow',
      shadowId: 'sh-1',
      arm: 'candidate',
      version: 'v2',
      status: 'scored',
      value: 0.1,
      liveValue: 0.8,
      reason: 'is 0.1',
    });
    expect(record?.delta).toBeCloseTo(-0.7);
    expect(record?.costUsd).toBeCloseTo(0.03);
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
    expect(scoreOf({ scored: ofShadow, live: ofLive })).toMatchObject({
      status,
      value: null,
      liveValue,
      delta: null,
      reason,
    });
  });

  const absent = (reason: string): Scored => ({
    finding: { metric: 'empathy', status: 'not_applicable', value: null, reason, isAbsent: true },
    scorer: RULES,
  });
  it.each([
    [scored(1), scored(1), ''],
    [scored(1), unscored('not_applicable', 'L'), 'live'],
    [unscored('not_applicable', 'S'), scored(1), 'this'],
    [unscored('not_applicable', 'S'), unscored('not_applicable', 'L'), 'both'],
    [absent('S'), scored(1), ''],
    [unscored('not_applicable', 'S'), absent('L'), ''],
    [unscored('error', 'S'), unscored('not_applicable', 'L'), ''],
  ] as const)('says to which answer it does not apply if both were looked at (case %#)', (ofShadow, ofLive, to) => {
    expect(scoreOf({ scored: ofShadow, live: ofLive }).notApplicableTo).toBe(to);
  });

  it('keeps value, status and delta in step, whatever the findings', () => {
    const finding = fc.oneof(
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((value) => scored(value)),
      fc.constantFrom(unscored('error', 'e'), unscored('not_applicable', 'n')),
    );
    fc.assert(
      fc.property(finding, finding, (a, b) => {
        const { status, value, liveValue, delta } = scoreOf({ scored: a, live: b });
        const both = (f: Finding): boolean => f.status === 'scored';
        expect(status === 'scored').toBe(both(a.finding) && both(b.finding));
        expect(value === null).toBe(status !== 'scored');
        if (status === 'scored') expect(delta).toBe(value! - liveValue!);
        else expect(delta).toBeNull();
      }),
    );
  });
});
