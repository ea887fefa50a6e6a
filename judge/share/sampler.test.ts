import { describe, expect, it } from 'vitest';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { createJudgeEvents, type JudgeEvents } from '../events.ts';
import { steppingClock } from '../models/stepping-clock.fixture.ts';
import { createSampler, type Sample } from './sampler.ts';

const IDS = Array.from({ length: 5_000 }, (_, i) => `x-${i}`);

const setUp = ({ busy = 1, waitMs = null as (() => number) | null } = {}) => {
  const clock = steppingClock(0);
  const metrics = createMetrics('judge');
  const told: string[] = [];
  const events: JudgeEvents = {
    ...createJudgeEvents(silentLog, metrics),
    leavesOut: (of, share) => void told.push(`${of} ${share < 1 ? 'leave out' : 'all'}`),
    scoresAll: (of) => void told.push(`${of} all again`),
  };
  const sampler = createSampler({ clock, events, limitMs: 15_000, modelWaitMs: waitMs, busyShare: () => busy });
  /** So many seconds in each of which the judge comes to two answers, the later of them so late. */
  const pass = (seconds: number, lagMs: number, waitedMs = 0): void => {
    for (let i = 0; i < seconds; i++) {
      clock.set(clock.nowMs() + 1_000);
      sampler.took(lagMs / 2, waitedMs);
      sampler.took(lagMs, waitedMs);
    }
  };
  const samples = (): Sample[] => IDS.map((id) => sampler.sampleOf(id));
  const scoredShare = (): number => samples().filter(({ leftOut }) => !leftOut).length / IDS.length;
  return { sampler, pass, samples, scoredShare, told, text: metrics.text };
};

describe('a judge', () => {
  it('scores everything within its limit, and says so', () => {
    const { sampler, pass, scoredShare, told } = setUp();
    pass(20, 14_000);
    expect(scoredShare()).toBe(1);
    expect(sampler.told()).toEqual({ rules: 1, models: null, reason: '' });
    expect(told).toEqual([]);
  });

  it('behind it scores as many as it says, of the same exchanges, and is told of once; so is its end', async () => {
    const { sampler, pass, samples, scoredShare, told, text } = setUp();
    pass(5, 60_000);
    const { rules, reason } = sampler.told();
    expect(rules).toBeLessThan(0.3);
    expect(reason).toBe('60.0 s behind');
    expect(scoredShare()).toBeCloseTo(rules, 1);
    expect(samples()[0]).toMatchObject({ share: rules });
    expect(await text()).toContain(`coalmine_judge_share{of="rules"} ${rules}`);
    expect(await text()).toContain('coalmine_judge_behind_seconds 60');
    const before = samples();
    pass(1, 60_000);
    for (const [i, { leftOut }] of samples().entries()) if (before[i]!.leftOut) expect(leftOut).toBe(true);
    pass(60, 0);
    expect(scoredShare()).toBe(1);
    expect(told).toEqual(['rules leave out', 'rules all again']);
  });

  it('is no busier for answers that come late: it leaves nothing out while it has time, and nothing waits', () => {
    const idle = setUp({ busy: 0.3 });
    idle.pass(20, 600_000);
    expect(idle.scoredShare()).toBe(1);
    const waiting = setUp({ busy: 0.3 });
    waiting.pass(20, 600_000, 200);
    expect(waiting.scoredShare()).toBeLessThan(0.1);
  });

  it('does nothing while nothing comes', () => {
    const { sampler } = setUp();
    expect(sampler.told().rules).toBe(1);
  });

  it('asks its models less by what waits for them, and leaves its rules alone', () => {
    let waitMs = 30_000;
    const { sampler, pass, samples, told } = setUp({ busy: 0.1, waitMs: () => waitMs });
    pass(10, 0);
    expect(sampler.told().models).toBeLessThan(0.5);
    expect(samples().every(({ leftOut }) => !leftOut)).toBe(true);
    expect(samples().filter(({ modelsLeftOut }) => modelsLeftOut).length).toBeGreaterThan(IDS.length / 2);
    waitMs = 0;
    pass(120, 0);
    expect(told).toEqual(['models leave out', 'models all again']);
  });
});
