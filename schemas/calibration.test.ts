import { describe, expect, it } from 'vitest';
import { type CalibrationSpec, isCalibrated, whyNotCalibrated, wilsonInterval } from './calibration.ts';

const spec = (over: Partial<CalibrationSpec> = {}): CalibrationSpec => ({
  agent: 'support',
  metric: 'empathy',
  scorer: 'llm:m',
  scorerVersion: 'abc',
  labels: 60,
  agreement: 0.9,
  falsePositiveRate: 0.1,
  falseNegativeRate: 0.1,
  bias: 0,
  ppi: null,
  calibratedAtMs: 1,
  ...over,
});

describe('a judge', () => {
  it('is calibrated that agrees with people often enough and tells good from bad', () => {
    expect(isCalibrated(spec())).toBe(true);
    expect(whyNotCalibrated(spec())).toBeNull();
  });

  it.each([
    ['few labels', { labels: 29 }, '29 of 30 labels'],
    ['an agreement that chance may have made', { labels: 30, agreement: 0.8 }, 'lower limit 0.63'],
    ['nothing that people failed', { falsePositiveRate: null }, 'no label says that an answer is bad'],
    ['nothing that people passed', { falseNegativeRate: null }, 'no label says that an answer is good'],
    ['a pass for everything', { labels: 500, falsePositiveRate: 1, falseNegativeRate: 0 }, 'by 0.00 only'],
  ])('is not with %s', (_, over, reason) => {
    expect(isCalibrated(spec(over))).toBe(false);
    expect(whyNotCalibrated(spec(over))).toContain(reason);
  });
});

describe('wilsonInterval', () => {
  it('is that of Newcombe 1998, table I', () => {
    expect(wilsonInterval(81, 263)).toEqual({ lower: expect.closeTo(0.2553, 4), upper: expect.closeTo(0.3662, 4) });
    expect(wilsonInterval(0, 20)).toEqual({ lower: 0, upper: expect.closeTo(0.1611, 4) });
    expect(wilsonInterval(0, 0)).toBeNull();
  });
});
