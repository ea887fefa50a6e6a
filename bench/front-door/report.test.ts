import { expect, it } from 'vitest';
import type { Round } from './measure.ts';
import { selfTimes } from './profile.ts';
import { type Found, jsonOf, tableOf } from './report.ts';

const round = (perSecond: number, p50Ms: number): Round => ({
  perSecond,
  cpuUsPerRequest: 1e6 / perSecond,
  coreShare: 1,
  strangersShare: 0,
  failed: 0,
  arrivals: [{ perSecond: 200, p50Ms, p99Ms: 2 * p50Ms, failed: 0 }, null],
  streaming: null,
  messagesPerSecond: null,
  rssRestMb: 100,
  idle: null,
});
const found = (name: string, rounds: Round[], skipped: string | null = null): Found => ({
  name,
  what: name,
  rounds,
  skipped,
});
const direct = found('direct', [round(50_000, 0.2), round(50_000, 0.4), round(50_000, 0.3)]);
const ours = found('ours', [round(20_000, 0.5), round(25_000, 0.6), round(10_000, 0.7)]);
const absent = found('bifrost', [], 'not installable here: no go');

it('the line for programs has the median rate, and what was added to direct in the same round', () => {
  expect(jsonOf([direct, ours, absent])).toEqual({
    ours: { rps: 20_000, cpuUsPerRequest: 50, addedP50Ms: 0.3, addedP99Ms: 0.6 },
    peers: { bifrost: { skipped: 'not installable here: no go' } },
  });
  expect(jsonOf([direct]).ours).toEqual({ skipped: 'not asked for' });
});

it('the table names every target, with the spread of its rounds', () => {
  const lines = tableOf([direct, ours, absent]).split('\n');
  expect(lines).toHaveLength(5);
  expect(lines[3]).toContain('| 20,000 [10,000–25,000] |');
  expect(lines[3]).toContain('| 0.30 [0.20–0.40] / 0.60 [0.40–0.80] | – |');
  expect(lines[4]).toContain('not measured: not installable here: no go');
});

it('a profile is summed over the wanted time alone', () => {
  const frame = (functionName: string) => ({ functionName, url: '', lineNumber: 0 });
  const profile = {
    nodes: ['a', 'b'].map((name, id) => ({ id, callFrame: frame(name) })),
    startTime: 1_000,
    samples: [0, 1, 1, 0, 0],
    timeDeltas: [0, 100, 100, 100, 100],
  };
  expect(selfTimes(profile, 1_100, 1_400, ({ functionName }) => functionName)).toEqual([
    ['b', 200],
    ['a', 100],
  ]);
});
