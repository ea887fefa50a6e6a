import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Stamped, Tick } from '../../schemas/envelope.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import type { Feedback } from '../../schemas/feedback.ts';
import type { ScoreSheet } from '../../schemas/score.ts';
import type { PartialRecord } from '../../schemas/window.ts';
import { EXCHANGE_INPUT, FEEDBACK_INPUT } from '../rows/inputs.ts';
import { foldRecord, initialState, type Output } from './partition-fold.ts';
import {
  event,
  EXCHANGE_PARAMS,
  exchange,
  foldAll,
  paramsOf,
  rowsOf,
  SCORE_PARAMS,
  tick,
  WINDOW_MS,
} from './partition-fold.fixture.ts';
import { packState, unpackState } from './partition-state.ts';
import { unaccounted } from './record-counts.ts';
import { disturb, exchangeLog, sampleFeedback, sampleSheet, sheetLog, START_MS } from './sample-log.fixture.ts';

describe('the fold of a partition, as a function of its log', () => {
  const seed = fc.integer({ min: 1, max: 1_000_000 });

  it('gives the same outputs byte for byte from any crash and snapshot on', () => {
    fc.assert(
      fc.property(seed, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }), (seed, cuts) => {
        const log = disturb(exchangeLog(seed, 45), seed + 1);
        const clean = foldAll(EXCHANGE_PARAMS, log);
        let state = initialState(2, EXCHANGE_PARAMS.input.rememberMs);
        const outputs: Output<PartialRecord>[] = [];
        const stops = [...cuts.map((cut) => Math.floor(cut * log.length)), log.length].sort((a, b) => a - b);
        for (const stop of stops) {
          for (let offset = state.offset; offset < stop; offset++)
            outputs.push(...foldRecord(EXCHANGE_PARAMS, state, offset, log[offset]!).outputs);
          state = unpackState(EXCHANGE_PARAMS, packState(EXCHANGE_PARAMS, state))!;
        }
        expect(JSON.stringify(outputs)).toBe(JSON.stringify(clean.outputs));
        expect(packState(EXCHANGE_PARAMS, state)).toBe(packState(EXCHANGE_PARAMS, clean.state));
      }),
      { numRuns: 40 },
    );
  });

  it('gives the same rows however often records are repeated and however a source’s events stand between its ticks', () => {
    fc.assert(
      fc.property(seed, (seed) => {
        const exchanges = exchangeLog(seed, 45);
        const scores = sheetLog(seed, 45);
        const rows = (log: typeof exchanges) => JSON.stringify(rowsOf(foldAll(EXCHANGE_PARAMS, log).outputs));
        const scoreRows = (log: typeof scores) => JSON.stringify(rowsOf(foldAll(SCORE_PARAMS, log).outputs));
        expect(rows(disturb(exchanges, seed))).toBe(rows(exchanges));
        expect(scoreRows(disturb(scores, seed))).toBe(scoreRows(scores));
      }),
      { numRuns: 40 },
    );
  });

  it('accounts for every record, and every random exchange is in exactly one error_rate row', () => {
    fc.assert(
      fc.property(seed, (seed) => {
        const log = disturb(exchangeLog(seed, 45), seed);
        const { state, outputs } = foldAll(EXCHANGE_PARAMS, [
          ...log,
          tick('ingress-a', 9_999, 60_000),
          tick('ingress-b', 9_999, 60_000),
        ]);
        expect(unaccounted(state.counts)).toBe(0);
        expect(state.counts.consumed).toBe(log.length + 2);
        const counted = rowsOf(outputs).map(({ metric, slice, count }) =>
          metric === 'error_rate' && slice === '_all' ? count : 0,
        );
        expect(counted.reduce((a, b) => a + b, 0)).toBe(state.counts.folded);
      }),
      { numRuns: 20 },
    );
  });
});

describe('windows', () => {
  it('close only when every live source has ticked past their end', () => {
    const early = foldAll(EXCHANGE_PARAMS, [exchange('a', 1, 500), tick('b', 0, 9_999), tick('a', 1, 10_000)]);
    expect(rowsOf(early.outputs)).toHaveLength(0);
    const { outputs } = foldAll(EXCHANGE_PARAMS, [
      exchange('a', 1, 500),
      tick('b', 0, 9_999),
      tick('a', 1, 10_000),
      tick('b', 0, 10_000),
    ]);
    expect(rowsOf(outputs).map(({ metric }) => metric)).toEqual([
      'cost',
      'error_rate',
      'first_token',
      'latency',
      'left_midway',
      'throughput',
      'tokens',
    ]);
    expect(outputs.find(({ record }) => record.event !== null)?.record).toMatchObject({
      source: 'analyzer|coalmine.exchanges|0',
      sequence: 1,
      timeMs: START_MS + 10_000,
    });
  });

  it('tell every partition of the partials how far they are closed, after their rows', () => {
    const { outputs } = foldAll(EXCHANGE_PARAMS, [exchange('a', 1, 500), tick('a', 1, 10_000)]);
    expect(outputs.at(-2)).toMatchObject({
      partition: 0,
      record: { sequence: 1, tick: { closedThroughMs: START_MS + 10_000, sourcePartitions: 4 } },
    });
    expect(outputs.at(-1)).toMatchObject({ partition: 1, record: { sequence: 0 } });
  });

  it('stay open for the grace', () => {
    const { outputs } = foldAll(paramsOf(EXCHANGE_INPUT, { graceMs: 5_000 }), [
      exchange('a', 1, 500),
      tick('a', 1, 14_999),
    ]);
    expect(rowsOf(outputs)).toHaveLength(0);
  });

  it('count a record that comes after their closing as late', () => {
    const { state } = foldAll(EXCHANGE_PARAMS, [
      tick('a', 0, 20_000),
      exchange('a', 1, 19_999),
      exchange('a', 2, 20_000),
    ]);
    expect(state.counts).toMatchObject({ late: 1, folded: 1 });
  });

  it('do not wait for a source that was silent for 30 s of the others’ time, and wait again when it is back', () => {
    const ticks = (fromS: number, toS: number) =>
      Array.from({ length: toS - fromS }, (_, s) => tick('b', 0, (fromS + s) * 1_000));
    const { state, notes } = foldAll(EXCHANGE_PARAMS, [
      tick('a', 0, 1_000),
      ...ticks(0, 35),
      tick('a', 0, 34_500),
      ...ticks(35, 50),
    ]);
    expect(notes.map((note) => `${note.fact} ${note.source}`)).toEqual([
      'source_appeared a',
      'source_appeared b',
      'source_silent a',
      'source_returned a',
    ]);
    expect(state.closedThroughMs).toBe(Math.floor((START_MS + 34_500) / WINDOW_MS) * WINDOW_MS);
  });

  it('do not wait for a source that said goodbye, and wait for the next one', () => {
    const goodbye = tick('judge-1@1', 0, 8_000);
    goodbye.tick!.counters['stopped'] = 1;
    const { state, notes } = foldAll(SCORE_PARAMS, [
      tick('judge-1@1', 0, 7_000),
      goodbye,
      tick('judge-1@2', 0, 9_000),
      tick('judge-1@2', 0, 20_000),
    ]);
    expect(notes.map((note) => `${note.fact} ${note.source}`)).toContain('source_stopped judge-1@1');
    expect(state.closedThroughMs).toBe(START_MS + 20_000);
  });

  it('wait 30 s of its successor’s time for a lone source that was killed', () => {
    const successor = (toS: number) => Array.from({ length: toS }, (_, s) => tick('judge-1@2', 0, 10_000 + s * 1_000));
    const closed = (toS: number) =>
      foldAll(SCORE_PARAMS, [tick('judge-1@1', 0, 8_000), ...successor(toS)]).state.closedThroughMs - START_MS;
    expect([closed(31), closed(32)]).toEqual([0, 40_000]);
  });

  it('are not closed by one clock ten hours ahead, nor does it make the others look silent', () => {
    const { state, notes } = foldAll(EXCHANGE_PARAMS, [
      tick('a', 0, 10_000),
      tick('mad', 0, 36_000_000),
      tick('a', 0, 11_000),
      tick('mad', 0, 36_001_000),
      exchange('mad', 1, 36_001_500),
      exchange('a', 1, 11_500),
      tick('a', 1, 12_000),
    ]);
    expect(state.closedThroughMs).toBe(START_MS + 10_000);
    expect(notes.some((note) => note.fact === 'source_silent')).toBe(false);
    expect(state.counts).toMatchObject({ folded: 1, invalid: { far_future: 1 } });
  });

  it('wait for a new source until its first tick', () => {
    const { state } = foldAll(EXCHANGE_PARAMS, [tick('a', 0, 1_000), exchange('b', 1, 1_500), tick('a', 0, 30_000)]);
    expect(state.closedThroughMs).toBe(START_MS);
  });
});

describe('records', () => {
  it('are known again by source and number, and by id', () => {
    const first = exchange('a', 1, 100);
    const { state } = foldAll(EXCHANGE_PARAMS, [first, first, { ...first, source: 'b' }, exchange('a', 1, 100)]);
    expect(state.counts).toMatchObject({ folded: 1, duplicates: 3 });
  });

  it('of scores count once per id, whatever their number, and the first one holds', () => {
    const { outputs, state } = foldAll(SCORE_PARAMS, [
      event('j', 1, 100, sampleSheet({ value: 0.25 })),
      event('j', 2, 200, sampleSheet({ value: 0.75 })),
      event('j', 2, 300, sampleSheet({ sheetId: 's2', value: 0.5 })),
      tick('j', 2, 10_000),
    ]);
    expect(state.counts).toMatchObject({ folded: 2, duplicates: 1 });
    expect(rowsOf(outputs)[0]).toMatchObject({ count: 2, sumMicro: 750_000 });
  });

  it('of feedback are one vote for an exchange and metric, however often the client changes its words', () => {
    const said = (sequence: number, over: Partial<Feedback>) =>
      event('i', sequence, 100, sampleFeedback({ feedbackId: `f${sequence}`, ...over }));
    const { outputs, state } = foldAll(paramsOf(FEEDBACK_INPUT), [
      said(1, { thumbs: 'down' }),
      said(2, { thumbs: 'down', comment: 'bad' }),
      said(3, { thumbs: 'up', taskSuccess: true }),
      said(4, { thumbs: 'down', exchangeId: 'e2' }),
      tick('i', 4, 10_000),
    ]);
    expect(state.counts).toMatchObject({ folded: 3, duplicates: 1 });
    expect(rowsOf(outputs).map(({ metric, count }) => `${metric} ${count}`)).toEqual([
      'reported_success 1',
      'thumbs_down 2',
    ]);
  });

  it('that a tick proves missing are counted as lost until they turn up', () => {
    const missing = exchange('a', 2, 100);
    const log = [exchange('a', 1, 100), exchange('a', 4, 100), tick('a', 5, 1_000)];
    expect(foldAll(EXCHANGE_PARAMS, log).state.counts.lost).toBe(3);
    expect(foldAll(EXCHANGE_PARAMS, [...log, missing]).state.counts).toMatchObject({ lost: 2, folded: 3 });
  });

  it('from before a cut of the log count like any other when they come again', () => {
    const state = initialState(2, EXCHANGE_PARAMS.input.rememberMs);
    foldRecord(EXCHANGE_PARAMS, state, 700, exchange('a', 500, 100));
    foldRecord(EXCHANGE_PARAMS, state, 701, exchange('a', 499, 90));
    expect(state.counts).toMatchObject({ folded: 2, duplicates: 0, lost: 0 });
  });

  it('that retention deleted are not taken for lost', () => {
    const state = initialState(2, EXCHANGE_PARAMS.input.rememberMs);
    foldRecord(EXCHANGE_PARAMS, state, 700, exchange('a', 500, 100));
    foldRecord(EXCHANGE_PARAMS, state, 701, tick('a', 500, 1_000, 500));
    expect(state.counts).toMatchObject({ lost: 0, skippedOffsets: 700 });
    expect(
      [...state.windows.byStart.values()]
        .flatMap((rows) => [...rows.keys()])
        .filter((key) => key.includes('|accepted|')),
    ).toEqual([]);
  });

  it.each<[string, Stamped<Exchange, Tick>, object]>([
    [
      'neither event nor tick',
      { source: 'a', sequence: 1, timeMs: START_MS, event: null, tick: null },
      { invalid: { neither_event_nor_tick: 1 } },
    ],
    ['without a number', exchange('a', 0, 100), { invalid: { no_sequence: 1 } }],
    ['of a pinned version', exchange('a', 1, 100, { assignment: 'pin' }), { ignored: { not_random: 1 } }],
  ])('%s are counted with the reason', (_, record, counts) => {
    const { state } = foldAll(EXCHANGE_PARAMS, [record]);
    expect(state.counts).toMatchObject(counts);
    expect(unaccounted(state.counts)).toBe(0);
  });

  it('with a value that can’t be summed are an error of its row', () => {
    const broken = event<ScoreSheet>('j', 1, 100, sampleSheet({ value: Number.NaN }));
    const { state, outputs } = foldAll(SCORE_PARAMS, [broken, tick('j', 1, 10_000)]);
    expect(state.counts).toMatchObject({ folded: 0, invalid: { invalid_value: 1 }, invalidValues: 1 });
    expect(rowsOf(outputs)[0]).toMatchObject({ count: 0, errors: 1 });
    const partly = foldAll(EXCHANGE_PARAMS, [exchange('a', 1, 100, { costUsd: Infinity })]);
    expect(partly.state.counts).toMatchObject({ folded: 1, invalidValues: 1 });
  });
});

describe('a snapshot', () => {
  it('of other windows or another number of partials partitions is not read', () => {
    const text = packState(EXCHANGE_PARAMS, initialState(2, EXCHANGE_PARAMS.input.rememberMs));
    expect(unpackState({ ...EXCHANGE_PARAMS, windowMs: 60_000 }, text)).toBeUndefined();
    expect(unpackState({ ...EXCHANGE_PARAMS, outPartitions: 3 }, text)).toBeUndefined();
    expect(unpackState(EXCHANGE_PARAMS, text)).toBeDefined();
  });
});
