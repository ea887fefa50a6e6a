import { describe, expect, it } from 'vitest';
import { informationOf, klBound, rateInformation } from './kl-bound.ts';
import { type ScenarioName, SCENARIOS } from './scenarios.ts';

describe('the information bound', () => {
  it.each([
    [0.05, 0.03, 0.01, 0.0006091709603993526],
    [0.05, 0.02, 0.01, 0.00018325797115597997],
    [0.05, 0.1, 0.05, 0.000967934963751903],
    [0.05, 0.0281, 0.01, 0.0005147653635155906],
    [0.25, 0.02, 0.01, 0.0006859512766293854],
    [0.5, 0.02, 0.01, 0.0008621855938066398],
  ])('of a request at w=%f, %f against %f is the published one', (w, pc, pb, expected) => {
    expect(rateInformation(w, pc, pb)).toBeCloseTo(expected, 12);
  });

  it.each<[ScenarioName, string]>([
    ['err-1-3', '8.2/246'],
    ['err-1-2', '27/817'],
    ['q-80-76', '10.8/324'],
    ['p99-1.5', '9.7/291'],
    ['success-95-90', '5.2/155'],
  ])('is reached under %s after as many minutes and candidate requests as published', (scenario, expected) => {
    const bound = klBound(SCENARIOS[scenario], 600)!;
    const minutes = bound.minutes.toFixed(expected.includes('.') ? 1 : 0);
    expect(`${minutes}/${Math.round(bound.candidateRequests)}`).toBe(expected);
  });

  it('adds up over the stages: 30 minutes of 20 pairs and then as many with five times the requests', () => {
    const { minutes, candidateRequests } = klBound(SCENARIOS['q-80-78'], 600)!;
    expect(minutes).toBeCloseTo((Math.log(20) * 4 * 0.0288) / 0.02 ** 2 / 20, 10);
    expect(candidateRequests).toBeCloseTo(30 * 30 + (minutes - 30) * 150, 10);
  });

  it('counts from the onset, and is none where the versions are the same', () => {
    expect(informationOf(SCENARIOS.late, 59, 25, 600)).toBe(0);
    expect(informationOf(SCENARIOS.late, 60, 25, 600)).toBeGreaterThan(0);
    expect(klBound(SCENARIOS.late, 600)!.minutes).toBeLessThan(klBound(SCENARIOS['err-1-3'], 600)!.minutes);
    expect(klBound(SCENARIOS.aa, 600)).toBeNull();
  });
});
