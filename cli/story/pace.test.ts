import { describe, expect, it } from 'vitest';
import { carriedText, firstPace, nextPace } from './pace.ts';

const ASKED = 100;
const STEP_S = 0.05;
const STEPS_A_COMMIT = 20;

/**
 * A machine that judges `can` exchanges a second, for `seconds`, beside a group that always keeps up: the judge commits once a
 * second, and is looked at twice unless said. `mean` is the rate of the second half; `mostBehind` the greatest age of an answer at its judging, in seconds.
 */
const played = (can: (second: number) => number, seconds = 240, stepsALook = 10) => {
  let pace = firstPace(ASKED);
  let [sent, judged, committed, mean, mostBehind] = [0, 0, 0, 0, 0];
  const sentBy: number[] = [];
  let reached = 0;
  for (let step = 0; step * STEP_S < seconds; step += 1) {
    const second = step * STEP_S;
    sent += pace.rate * STEP_S;
    sentBy.push(sent);
    judged = Math.min(sent, judged + can(second) * STEP_S);
    while (sentBy[reached]! < judged) reached += 1;
    mostBehind = Math.max(mostBehind, (step - reached) * STEP_S);
    if (step % STEPS_A_COMMIT === 0) committed = judged;
    const groups = [
      { group: 'quick', appended: 3 * sent, read: 3 * sent },
      { group: 'judge', appended: sent, read: committed },
    ];
    if (step % stepsALook === 0) pace = nextPace(pace, ASKED, { timeMs: second * 1_000, groups });
    if (second >= seconds / 2) mean += (pace.rate * STEP_S) / (seconds / 2);
  }
  return { rate: pace.rate, mean, mostBehind, can: pace.can, said: carriedText(pace, ASKED) };
};

describe('the pace of a story', () => {
  it('comes to the rate that is asked for in a few seconds, and stays there, where all keep up', () => {
    expect(played(() => 200, 10).rate).toBe(ASKED);
    expect(played(() => 105)).toMatchObject({ rate: ASKED, mean: expect.closeTo(ASKED, 6) });
  });

  it('is not lowered because a look comes late', () => {
    expect(played(() => 200, 120, 90)).toMatchObject({ rate: ASKED, mean: expect.closeTo(ASKED, 6) });
  });

  it.each([80, 50, 30, 15])('settles at what the machine can do, here %d a second, a few seconds behind', (can) => {
    const { mean, mostBehind } = played(() => can);
    expect(mean).toBeGreaterThan(0.9 * can);
    expect(mean).toBeLessThan(1.05 * can);
    expect(mostBehind).toBeLessThan(13);
  });

  it.each([80, 30, 15])('is no further behind where the first five seconds are four times as slow as %d', (can) => {
    expect(played((second) => (second < 5 ? can / 4 : can)).mostBehind).toBeLessThan(10);
  });

  it('follows a machine that gets busy, and comes back when it is not', () => {
    const busy = (second: number): number => (second >= 60 && second < 120 ? 25 : 200);
    expect(played(busy, 120).mean).toBeLessThan(30);
    expect(played(busy).mostBehind).toBeLessThan(12);
    expect(played(busy).rate).toBe(ASKED);
  });

  it.each([60, 30, 15])('says what the machine carries, here %d a second, once it was asked for more', (can) => {
    const told = played(() => can);
    expect(told.can).toBeGreaterThan(0.8 * can);
    expect(told.can).toBeLessThan(1.2 * can);
    expect(told.said).toBe(
      `this machine carries about ${Math.round(told.can!)} requests a second, of the 100 asked for`,
    );
  });

  it('says no number where the machine was never at its end', () => {
    expect(played(() => 200, 20).said).toBe('this machine keeps up with the 100 requests a second that it is sent');
    expect(played(() => 200, 1).said).toBe('up to 100 requests a second, step by step');
  });

  it('never stops sending', () => {
    expect(played(() => 0).rate).toBe(ASKED / 10);
  });
});
