import { describe, expect, it } from 'vitest';
import { UpstreamPolicy } from '../../schemas/ingress-policy.ts';
import {
  eject,
  ejectionMs,
  endInterval,
  hasFailedInARow,
  mayEject,
  newHealth,
  noteAnswer,
  noteBreak,
  noteEnd,
  noteFailure,
  takeBack,
} from './outlier.ts';

const policy = UpstreamPolicy.parse({}).outlier;
const times = (count: number, run: () => void): void => {
  for (let at = 0; at < count; at++) run();
};

describe('outlier detection', () => {
  it('takes five failures in a row for a broken version, and one good head for a sound one', () => {
    const health = newHealth();
    times(4, () => noteFailure(health));
    expect(hasFailedInARow(health, policy)).toBe(false);
    noteAnswer(health);
    times(4, () => noteFailure(health));
    expect(hasFailedInARow(health, policy)).toBe(false);
    noteFailure(health);
    expect(hasFailedInARow(health, policy)).toBe(true);
    expect(hasFailedInARow(health, policy)).toBe(false);
  });

  it('sees answers that always break off, though each began well', () => {
    const health = newHealth();
    times(5, () => {
      noteAnswer(health);
      noteBreak(health);
    });
    expect(hasFailedInARow(health, policy)).toBe(true);
    times(4, () => noteBreak(health));
    noteEnd(health);
    noteBreak(health);
    expect(hasFailedInARow(health, policy)).toBe(false);
  });

  it('judges the share of failures at the end of an interval, and only with enough answers', () => {
    const of = (good: number, bad: number) => {
      const health = newHealth();
      times(bad, () => noteFailure(health));
      times(good, () => noteAnswer(health));
      return endInterval(health, policy, 0);
    };
    expect(of(0, 49)).toBeNull();
    expect(of(15, 85)).toBe('eject');
    expect(of(16, 84)).toBeNull();
    const late = newHealth();
    times(60, () => noteBreak(late));
    expect(endInterval(late, policy, 0)).toBe('eject');
    expect(endInterval(late, policy, 0)).toBeNull();
  });

  it('ejects for longer each time, up to the longest, and forgives one ejection per healthy interval', () => {
    const health = newHealth();
    const lasts = Array.from({ length: 12 }, () => {
      eject(health, policy, 1_000);
      expect(endInterval(health, policy, 1_000 + ejectionMs(health, policy) - 1)).toBeNull();
      expect(endInterval(health, policy, 1_000 + ejectionMs(health, policy))).toBe('take_back');
      takeBack(health);
      return ejectionMs(health, policy) / 1_000;
    });
    expect(lasts).toEqual([30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300]);
    times(11, () => endInterval(health, policy, 0));
    expect(health.ejections).toBe(0);
    endInterval(health, policy, 0);
    expect(health.ejections).toBe(0);
  });

  it('counts afresh after an ejection', () => {
    const health = newHealth();
    eject(health, policy, 0);
    times(4, () => noteFailure(health));
    times(4, () => noteBreak(health));
    takeBack(health);
    noteFailure(health);
    noteBreak(health);
    expect(hasFailedInARow(health, policy)).toBe(false);
    expect(health).toMatchObject({ isEjected: false, answers: 1, failures: 2 });
  });

  it('never ejects more than its share of the versions, but always may eject one', () => {
    expect(mayEject(0, 1, policy)).toBe(true);
    expect(mayEject(0, 2, { ...policy, maxEjectedPct: 0 })).toBe(true);
    expect(mayEject(1, 2, policy)).toBe(false);
    expect(mayEject(1, 3, policy)).toBe(false);
    expect(mayEject(1, 4, policy)).toBe(true);
    expect(mayEject(2, 4, policy)).toBe(false);
  });
});
