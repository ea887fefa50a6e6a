import { describe, expect, it } from 'vitest';
import { LIMIT_SECONDS, playJudge, type Second } from './lagging-judge.fixture.ts';
import { LEAST_SHARE } from './share-law.ts';
import { allScored, nextShares } from './shares.ts';

const AN_HOUR = 3_600;
const mostLag = (seconds: readonly Second[]): number => Math.max(...seconds.map(({ lag }) => lag));
const rulesOf = (seconds: readonly Second[]): number[] => seconds.map(({ rules }) => rules);
const meanRules = (seconds: readonly Second[]): number =>
  rulesOf(seconds).reduce((sum, share) => sum + share, 0) / seconds.length;
/** The first second from which on the judge is within its limit and scores everything. */
const currentAfter = (seconds: readonly Second[]): number =>
  seconds.findLastIndex(({ lag, rules }) => lag > LIMIT_SECONDS || rules < 1) + 1;

describe('the share of a judge', () => {
  it.each([0.3, 0.8, 0.95])('stays 1 at a steady load of %d', (load) => {
    const played = playJudge({ load: () => load, seconds: 1_200 });
    expect(Math.min(...rulesOf(played))).toBe(1);
  });

  it.each([
    [1.5, 0.63],
    [3, 0.26],
    [8, 0.028],
  ])('settles at a load of %d where the judge can follow, near %d, without swinging', (load, share) => {
    const played = playJudge({ load: () => load, seconds: 900 });
    expect(mostLag(played)).toBeLessThan(1.5 * LIMIT_SECONDS);
    const settled = played.slice(300);
    expect(meanRules(settled)).toBeGreaterThan(0.8 * share);
    expect(meanRules(settled)).toBeLessThan(1.2 * share);
    expect(mostLag(settled)).toBeLessThan(LIMIT_SECONDS);
    expect(Math.max(...rulesOf(settled)) / Math.min(...rulesOf(settled))).toBeLessThan(3);
  });

  it('comes back within its limit in a minute, and is 1 again soon after there is room', () => {
    const played = playJudge({ load: (second) => (second < 300 ? 3 : 0.5), seconds: 600 });
    const first = played.findIndex(({ rules }) => rules < 1);
    expect(mostLag(played.slice(first + 60, 300))).toBeLessThan(LIMIT_SECONDS);
    expect(currentAfter(played)).toBeLessThan(330);
  });

  it.each([
    [0.3, 3],
    [0.5, 4.5],
    [0.8, 7],
    [0.95, 9],
  ])('is 1 again after an hour’s outage at a load of %d in %d minutes', (load, minutes) => {
    const played = playJudge({ load: () => load, seconds: 1_200, lagAtStart: AN_HOUR });
    expect(currentAfter(played)).toBeLessThan(60 * minutes);
    expect(Math.min(...rulesOf(played))).toBeGreaterThanOrEqual(LEAST_SHARE);
  });

  it('is within its limit after an outage even where it can’t score all', () => {
    const played = playJudge({ load: () => 2, seconds: 1_800, lagAtStart: AN_HOUR });
    expect(mostLag(played.slice(1_300))).toBeLessThan(LIMIT_SECONDS);
    expect(meanRules(played.slice(1_300))).toBeCloseTo(0.44, 1);
  });

  it('does not mind a pause that ends within its limit', () => {
    const played = playJudge({ load: () => 0.8, seconds: 300, isAway: (second) => second >= 100 && second < 112 });
    expect(Math.min(...rulesOf(played))).toBe(1);
  });

  it('does not follow a lag that is not the judge’s: nothing waits for it', () => {
    let state = allScored(false);
    const seen = { rules: { lagMs: 3_600_000, isPressed: false }, models: { lagMs: 0, isPressed: false } };
    for (let second = 0; second < 100; second++) state = nextShares(state, seen, 15_000, 1_000);
    expect(state).toMatchObject({ rules: 1, models: null });
  });

  it('is halved at most, however late a look comes', () => {
    const seen = { rules: { lagMs: 3_600_000, isPressed: true }, models: { lagMs: 0, isPressed: false } };
    expect(nextShares(allScored(false), seen, 15_000, 60_000).rules).toBeCloseTo(0.5, 9);
  });
});

describe('the share of its models', () => {
  it('falls to nothing before rules leave anything out, and rises when they are all scored again', () => {
    const load = (second: number): number => (second < 300 ? 3 : 0.4);
    const played = playJudge({ load, seconds: 900, modelCost: 0.5, modelLoad: 0.1 });
    for (const { rules, models } of played) if (rules < 1) expect(models).toBe(0);
    expect(Math.min(...rulesOf(played))).toBeLessThan(0.35);
    expect(played.at(-1)).toMatchObject({ rules: 1, models: 1 });
    const rulesBack = played.findLastIndex(({ rules }) => rules < 1);
    const modelsBack = played.findLastIndex(({ models }) => models! < 1);
    expect(modelsBack).toBeGreaterThan(rulesBack);
  });

  it('is all that gives way where that is enough', () => {
    const played = playJudge({ load: () => 0.9, seconds: 900, modelCost: 0.5, modelLoad: 0.1 });
    const settled = played.slice(300);
    expect(Math.min(...rulesOf(settled))).toBe(1);
    expect(settled.reduce((sum, { models }) => sum + models!, 0) / settled.length).toBeCloseTo(0.22, 1);
    expect(mostLag(settled)).toBeLessThan(LIMIT_SECONDS);
  });

  it('settles where the models can follow, and leaves the rules alone', () => {
    const played = playJudge({ load: () => 0.3, seconds: 1_200, modelCost: 0, modelLoad: 4, noise: 0 });
    const settled = played.slice(300);
    expect(Math.min(...rulesOf(played))).toBe(1);
    expect(Math.max(...settled.map(({ modelLag }) => modelLag))).toBeLessThan(LIMIT_SECONDS);
    const mean = settled.reduce((sum, { models }) => sum + models!, 0) / settled.length;
    expect(mean).toBeCloseTo(0.25, 1);
  });

  it('is 1 while the models can follow', () => {
    const played = playJudge({ load: () => 0.3, seconds: 600, modelCost: 0.1, modelLoad: 0.9 });
    expect(Math.min(...played.map(({ models }) => models!))).toBe(1);
  });
});
