import { describe, expect, it } from 'vitest';
import { EXCHANGES } from '../../schemas/topics.ts';
import { newAnswerCoverage, sharesOf, stepCoverage } from './answer-coverage.ts';
import { type Minute, minuteSteps } from './answer-windows.fixture.ts';

const MINUTE_MS = 60_000;
const FIRST = 28_333_334;

/** Minute by minute, which shares turn lost (+) and are back (−), and when. */
const told = (minutes: readonly Minute[], topics?: readonly string[]): string[] => {
  const coverage = newAnswerCoverage();
  const turns: string[] = [];
  let before: ReadonlySet<string> = new Set();
  for (const [i, minute] of minutes.entries()) {
    for (const step of minuteSteps((FIRST + i) * MINUTE_MS, minute, topics))
      stepCoverage(coverage, step, ({ rollout }) => rollout === '');
    const lost: ReadonlySet<string> = new Set(
      sharesOf(coverage, 'support').flatMap(({ isLost, name }) => (isLost ? name : [])),
    );
    for (const name of lost) if (!before.has(name)) turns.push(`${i} +${name}`);
    for (const name of before) if (!lost.has(name)) turns.push(`${i} −${name}`);
    before = lost;
  }
  return turns;
};
const times = (count: number, minute: Minute = {}): Minute[] => Array.from({ length: count }, () => minute);

describe('the answers of an agent outside canaries', () => {
  it('are well where all arrive and are judged, whatever the traffic does', () => {
    expect(told(times(90))).toEqual([]);
    expect(
      told([...times(20, { accepted: 10 }), ...times(20, { accepted: 900 }), ...times(20, { accepted: 2 })]),
    ).toEqual([]);
  });

  it('are told once where the judge says nothing of them, and are back once when it does', () => {
    const [lost, back, ...more] = told([...times(40), ...times(30, { spoken: 0 }), ...times(40)]);
    expect(lost).toMatch(/^4\d \+scores$/);
    expect(back).toMatch(/^(?:7|8)\d −scores$/);
    expect(more).toEqual([]);
  });

  it('are told where the front door took more than came', () => {
    const [lost, back, ...more] = told([...times(40), ...times(30, { seen: 60 }), ...times(60)]);
    expect(lost).toMatch(/^4\d \+exchanges$/);
    expect(back).toMatch(/^(?:7|8)\d −exchanges$/);
    expect(more).toEqual([]);
  });

  it('are told of where the judge leaves most of them out; it may sample, and between the two bounds nothing changes', () => {
    expect(told([...times(40, { scored: 55 })])).toEqual([]);
    const turns = told([...times(40), ...times(40, { scored: 10 }), ...times(40, { scored: 60 }), ...times(40)]);
    expect(turns.map((turn) => turn.split(' ')[1])).toEqual(['+rules', '−rules']);
    expect(Number(turns[1]!.split(' ')[0])).toBeGreaterThan(120);
  });

  it('that are few, or within a canary, tell nothing; and where there are none any more, nothing is lost', () => {
    expect(told(times(30, { accepted: 3, spoken: 0 }))).toEqual([]);
    expect(told(times(60, { spoken: 0, rollout: 'support-v2#2' }))).toEqual([]);
    const turns = told([...times(40, { spoken: 0 }), ...times(60, { accepted: 0 })]);
    expect(turns.map((turn) => turn.split(' ')[1])).toEqual(['+scores', '−scores']);
  });

  it('tell nothing of scores while the topic of scores stands still: that is a silent judge', () => {
    expect(told(times(90, { spoken: 0 }), [EXCHANGES.name])).toEqual([]);
  });

  it('are counted once, however often their windows come', () => {
    const coverage = newAnswerCoverage();
    const steps = times(40).flatMap((minute, i) => minuteSteps((FIRST + i) * MINUTE_MS, minute));
    for (const step of [...steps, ...steps]) stepCoverage(coverage, step, () => true);
    expect(Math.max(...[...coverage.windows.values()].map(({ accepted }) => accepted))).toBe(100);
  });

  it('say how many, of how many, and what is told', () => {
    const coverage = newAnswerCoverage();
    for (const [i, minute] of times(20, { spoken: 30 }).entries())
      for (const step of minuteSteps((FIRST + i) * MINUTE_MS, minute)) stepCoverage(coverage, step, () => true);
    expect(sharesOf(coverage, 'support').find(({ name }) => name === 'scores')).toMatchObject({
      event: 'coverage-lost',
      isLost: true,
      threshold: 0.8,
      n: 400,
      summary:
        "only 45 % of support's answers have scores, or the judge's word that it left them out (n = 400; less than 80 % is told)",
    });
  });
});
