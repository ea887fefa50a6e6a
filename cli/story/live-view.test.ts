import { expect, it } from 'vitest';
import { type LiveMetric, type LiveState, renderLive } from './live-view.ts';

const metric = (rule: string, logE: number): LiveMetric => ({
  metric: 'empathy',
  slice: '_all',
  rule,
  candidateValue: 0.6,
  stableValue: 0.7,
  candidateCount: 40,
  stableCount: 400,
  logE,
});
const STATE: LiveState = {
  elapsedMs: 1_000,
  traffic: {
    accepted: 12,
    failures: 0,
    requestsPerSecond: 12,
    carried: 'this machine carries about 45 requests a second',
  },
  lag: [],
  decisions: [],
  rollout: {
    agent: 'support',
    name: 'support-v2',
    state: 'canary',
    stage: 0,
    stages: [5],
    sentence:
      'On hold: the judge is silent: scores stand 42 s behind the exchanges. v2 stays at 5 % of the traffic until that is over.',
    weights: [],
    logE: 0,
    logThreshold: 3,
    metrics: [metric('shadow sign test', 2), metric('bounded score', 1)],
  },
};

it('the live view says the whole sentence in lines that fit, and tells what the shadow showed from what the canary did', () => {
  const lines = renderLive(STATE, { columns: 60, rows: 40 });
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(lines.map((line) => line.trim()).join(' ')).toContain(STATE.rollout!.sentence);
  expect(lines.filter((line) => line.includes('empathy')).map((line) => line.slice(0, 30).trim())).toEqual([
    'empathy in shadow',
    'empathy',
  ]);
});

it('the live view says whose rollout it shows, and what the machine carries of the traffic that it is sent', () => {
  const size = { columns: 100, rows: 40 };
  const [, first, second, third] = renderLive(STATE, size);
  expect([first, second, third]).toEqual([
    '1 s   12 answered (12/s), 0 with 5xx   lag: …',
    'this machine carries about 45 requests a second',
    'support, support-v2: canary 1/1 (5 %)',
  ]);
  expect(renderLive({ ...STATE, traffic: null }, size)[1]).toBe('1 s   lag: …');
});
