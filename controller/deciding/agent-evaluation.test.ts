import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../platform/process/clock.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import type { Decision } from '../../schemas/decision.ts';
import type { WindowRecord } from '../../schemas/window.ts';
import { applyDecision } from '../rollout/agent-log.ts';
import { GOOD, play, rolloutDocument, started } from '../test/play.fixture.ts';
import { addRecord, newQueue, type WindowStep } from '../evidence/window-queue.ts';
import { createControllerEvents } from '../events.ts';
import { createTransact } from '../ledger.ts';
import { evaluateAgent, type OwnedPartition } from './agent-evaluation.ts';

const recordsOf = ({ rows, topic, closedThroughMs }: WindowStep): WindowRecord[] => [
  ...rows.map((event) => ({ source: 'analyzer', sequence: 1, timeMs: event.endMs, event, tick: null })),
  {
    source: 'analyzer',
    sequence: 1,
    timeMs: closedThroughMs,
    event: null,
    tick: { sourceTopic: topic, sourcePartition: 0, sourcePartitions: 1, closedThroughMs },
  },
];

/** Judges the records as they come, so many at a time, against a log that takes every proposal. */
const judgeAll = async (records: readonly WindowRecord[], sizes: readonly number[]): Promise<Decision[]> => {
  const { state, decisions } = started(document);
  const agents = new Map([['support', state]]);
  const owned: OwnedPartition = {
    partition: 0,
    queue: newQueue(),
    watches: new Map(),
    traffic: new Map(),
    series: new Map(),
    inService: new Map(),
    coverage: new Map(),
    alive: () => true,
  };
  const deps = {
    clock: { ...systemClock, nowMs: () => 0 },
    events: createControllerEvents(silentLog, createMetrics('controller')),
    ledger: {
      agents,
      transact: createTransact(agents, async (decision) => {
        const next = applyDecision(agents.get('support')!, decision);
        if (next === null) return 'lost';
        agents.set('support', next);
        decisions.push(decision);
        return 'effective';
      }),
    },
    checkSmoke: () => {},
    askChecks: () => {},
    tellCoverage: () => {},
    gauges: () => new Map(),
    signal: new AbortController().signal,
  };
  for (let next = 0, turn = 0; next < records.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    for (const record of records.slice(next, next + size)) addRecord(owned.queue, record, ['support']);
    next += size;
    await evaluateAgent(deps, owned, 'support');
  }
  return decisions;
};

const document = rolloutDocument({});
const isSilent = (window: number): boolean => window < 18 || (window % 20 > 4 && window % 3 !== 0);

describe('the windows of a rollout', { timeout: 60_000 }, () => {
  it.each([
    ['a good candidate, with scores that lag', {}, ['hold', 'release', 'promote']],
    ['a bad one', { error: 0.05 }, ['rollback']],
  ])('lead to the same decisions however they are cut into batches: %s', async (_, candidate, types) => {
    const world = { stable: GOOD, candidate: { ...GOOD, ...candidate }, requestsPerWindow: 40, windowMs: 1_000 };
    const { decisions, windows } = play(document, world, 3, { isSilent });
    expect(decisions.map((d) => d.type)).toEqual(expect.arrayContaining(types));
    const records = windows.flatMap(recordsOf);
    expect(await judgeAll(records, [records.length])).toEqual(decisions);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }), async (sizes) => {
        expect(await judgeAll(records, sizes)).toEqual(decisions);
      }),
      { seed: 20_260_102, numRuns: 12 },
    );
  });

  it('lead to the same next decision when only rows and the last ticks are left of the log', async () => {
    const world = { stable: GOOD, candidate: GOOD, requestsPerWindow: 40, windowMs: 1_000 };
    const { decisions, windows } = play(document, world, 4);
    const next = decisions.findIndex((d) => d.type === 'advance');
    const records = windows.flatMap(recordsOf);
    const compacted = records.filter(
      ({ tick }) => tick === null || tick.closedThroughMs >= decisions[next]!.windowsThroughMs,
    );
    expect((await judgeAll(compacted, [compacted.length]))[next]).toEqual(decisions[next]);
  });
});
