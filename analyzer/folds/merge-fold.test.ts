import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PartialRecord, WindowRecord } from '../../schemas/window.ts';
import { EXCHANGE_INPUT, SCORE_INPUT } from '../rows/inputs.ts';
import { foldPartial, initialMerge, unaccountedPartials } from './merge-fold.ts';
import { packMerge, unpackMerge } from './merge-state.ts';
import { foldRecord, initialState } from './partition-fold.ts';
import { exchangeLog, sheetLog, seeded } from './sample-log.fixture.ts';

const PARAMS = { partition: 0, partitions: 1 };
const FOLD = { outPartitions: 1, outPartitionOf: () => 0, partitions: 2, windowMs: 10_000, graceMs: 0 };

/** What four input partitions (two of exchanges, two of scores) write to the one partition of the partials. */
const partialsOf = (seed: number): PartialRecord[][] => {
  const exchanges = [0, 1].map((partition) => {
    const state = initialState(1, EXCHANGE_INPUT.rememberMs);
    const params = { ...FOLD, input: EXCHANGE_INPUT, partition };
    return exchangeLog(seed + partition, 45).flatMap((record, at) => foldRecord(params, state, at, record).outputs);
  });
  const scores = [0, 1].map((partition) => {
    const state = initialState(1, EXCHANGE_INPUT.rememberMs);
    const params = { ...FOLD, input: SCORE_INPUT, partition };
    return sheetLog(seed + partition, 45).flatMap((record, at) => foldRecord(params, state, at, record).outputs);
  });
  return [...exchanges, ...scores].map((outputs) => outputs.map(({ record }) => record));
};

/** One log out of several, each in its own order; with `again`, some records also come a second time, later. */
const interleave = (logs: readonly PartialRecord[][], random: () => number, again: boolean): PartialRecord[] => {
  const left = logs.map((log) => [...log]);
  const mixed: PartialRecord[] = [];
  while (left.some((log) => log.length > 0)) {
    const record = left[Math.floor(random() * left.length)]!.shift();
    if (record) mixed.push(record);
    if (again && mixed.length > 0 && random() < 0.1) mixed.push(mixed[Math.floor(random() * mixed.length)]!);
  }
  return mixed;
};

const mergeAll = (log: readonly PartialRecord[]) => {
  const state = initialMerge();
  const records = log.flatMap((record, offset) => foldPartial(PARAMS, state, offset, record));
  return { state, records };
};

/** Rows by input topic: topics close independently, each in one order. */
const rowsByTopic = (records: readonly WindowRecord[]): string =>
  JSON.stringify(
    ['coalmine.exchanges', 'coalmine.scores'].map((topic) =>
      records.filter(({ event }) => event?.sourceTopic === topic),
    ),
  );

describe('the merge', () => {
  const seed = fc.integer({ min: 1, max: 1_000_000 });

  it('gives the same rows byte for byte in whatever order partitions come and however often they repeat', () => {
    fc.assert(
      fc.property(seed, (seed) => {
        const logs = partialsOf(seed);
        const clean = mergeAll(logs.flat());
        const mixed = mergeAll(interleave(logs, seeded(seed), true));
        expect(rowsByTopic(mixed.records)).toBe(rowsByTopic(clean.records));
        expect(unaccountedPartials(mixed.state.counts)).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  it('goes on from any snapshot as if it had never stopped', () => {
    fc.assert(
      fc.property(seed, fc.double({ min: 0, max: 1, noNaN: true }), (seed, cut) => {
        const log = interleave(partialsOf(seed), seeded(seed), true);
        const clean = mergeAll(log);
        const stop = Math.floor(cut * log.length);
        const first = mergeAll(log.slice(0, stop));
        const state = unpackMerge(packMerge(first.state));
        const rest = log.slice(stop).flatMap((record, i) => foldPartial(PARAMS, state, stop + i, record));
        expect(JSON.stringify([...first.records, ...rest])).toBe(JSON.stringify(clean.records));
        expect(packMerge(state)).toBe(packMerge(clean.state));
      }),
      { numRuns: 25 },
    );
  });

  it('adds up the partitions’ shares', () => {
    const logs = partialsOf(7);
    const countOf = (rows: readonly { metric: string; count: number }[]) =>
      rows.reduce((sum, { metric, count }) => sum + (metric === 'error_rate' ? count : 0), 0);
    const windows = mergeAll(logs.flat()).records.flatMap(({ event }) => (event ? [event] : []));
    expect(countOf(windows)).toBe(countOf(logs.flat().flatMap(({ event }) => event?.rows ?? [])));
    expect(countOf(windows)).toBeGreaterThan(0);
  });
});

describe('a window', () => {
  const told = (sourcePartition: number, closedThroughMs: number, sourcePartitions = 2): PartialRecord => ({
    source: `analyzer|coalmine.exchanges|${sourcePartition}`,
    sequence: 0,
    timeMs: closedThroughMs,
    event: null,
    tick: { sourceTopic: 'coalmine.exchanges', sourcePartition, sourcePartitions, closedThroughMs },
  });
  const closings = (log: readonly PartialRecord[]) => mergeAll(log).records.map(({ tick }) => tick?.closedThroughMs);

  it('closes when the slowest partition of its topic is past it', () => {
    expect(closings([told(0, 30_000), told(1, 10_000), told(1, 20_000)])).toEqual([10_000, 20_000]);
  });

  it('waits for the partitions that the newest progress knows of', () => {
    expect(closings([told(0, 10_000), told(0, 20_000, 3), told(1, 20_000, 3)])).toEqual([]);
    expect(closings([told(0, 10_000), told(0, 20_000, 3), told(1, 20_000, 3), told(2, 20_000, 3)])).toEqual([20_000]);
  });

  it('does not close twice when old progress comes again', () => {
    expect(closings([told(0, 20_000), told(1, 20_000), told(0, 10_000), told(1, 20_000)])).toEqual([20_000]);
  });

  it('once closed takes no partial any more', () => {
    const [log] = partialsOf(3);
    const { state } = mergeAll([
      ...log!,
      ...log!.map((r) => (r.tick ? { ...r, tick: { ...r.tick, sourcePartition: 1 } } : r)),
    ]);
    const partials = log!.flatMap(({ event }) => event?.rows ?? []).length;
    expect(state.counts).toMatchObject({ folded: partials, duplicates: partials });
  });

  it('is not held up by progress that can’t be', () => {
    expect(mergeAll([told(5, 10_000)]).state.counts).toMatchObject({ invalid: 1, ticks: 0 });
  });
});
