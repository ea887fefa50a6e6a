import { describe, expect, it } from 'vitest';
import type { Stamped, Tick } from '../../schemas/envelope.ts';
import type { MeasuredExchange } from '../../schemas/exchange.ts';
import { EXCHANGE_PARAMS, exchange, foldAll, rowsOf, tick } from './partition-fold.fixture.ts';
import { foldRecord } from './partition-fold.ts';
import { packState, unpackState } from './partition-state.ts';
import { unaccounted } from './record-counts.ts';
import { START_MS } from './sample-log.fixture.ts';

type Kept = Stamped<MeasuredExchange, Tick>;
const HOUR_MS = 3_600_000;
const CENTURY_MS = 100 * 365 * 24 * HOUR_MS;

/** What Kafka says of when a record came: the true time, or nothing where the brokers refused what the writer said. */
const vouched = (trueMs: number) => (record: Kept) => Math.min(record.timeMs, START_MS + trueMs);
const refusedBeyond = (trueMs: number) => (record: Kept) => (record.timeMs > START_MS + trueMs ? -1 : record.timeMs);

const HONEST: readonly Kept[] = [exchange('a', 1, 500), tick('a', 1, 1_000, 1), exchange('a', 2, 1_500)];
const AFTER: readonly Kept[] = [exchange('a', 3, 11_000), tick('a', 3, 20_000, 3)];

describe.each([
  ['with the true Kafka time', vouched(60_000)],
  ['without a Kafka time', refusedBeyond(60_000)],
])('a record of the far future, %s', (_, timestampOf) => {
  it.each([3 * HOUR_MS, CENTURY_MS])('as a tick, %i ms ahead, closes nothing: windows are those without it', (byMs) => {
    const log = [...HONEST, tick('a', 2, byMs), tick('evil', 0, byMs), ...AFTER];
    const { state, outputs, notes } = foldAll(EXCHANGE_PARAMS, log, timestampOf);
    expect(rowsOf(outputs)).toEqual(rowsOf(foldAll(EXCHANGE_PARAMS, [...HONEST, ...AFTER]).outputs));
    expect(state.closedThroughMs).toBe(START_MS + 20_000);
    expect(state.counts).toMatchObject({ folded: 3, late: 0, lost: 0, invalid: { far_future: 2 } });
    expect(unaccounted(state.counts)).toBe(0);
    expect(notes.filter(({ fact }) => fact === 'source_ahead').map(({ source }) => source)).toEqual(['a', 'evil']);
  });

  it('as an event opens no window, and does not count as lost as well', () => {
    const log = [...HONEST, exchange('a', 3, 3 * HOUR_MS), exchange('a', 4, 11_000), tick('a', 4, 20_000, 4)];
    const { state } = foldAll(EXCHANGE_PARAMS, log, timestampOf);
    expect(state.counts).toMatchObject({ folded: 3, lost: 0, invalid: { far_future: 1 } });
    expect(state.windows.rows).toBe(0);
  });
});

it('a source that writes nothing but the far future is not waited for: not a new one, and no other for longer than half a minute', () => {
  const timestampOf = refusedBeyond(200_000);
  const mad = (atS: number): Kept[] => [exchange('mad', atS + 1, 3 * HOUR_MS), tick('mad', atS + 1, 3 * HOUR_MS + atS)];
  const leapt = [exchange('leapt', 1, 500), tick('leapt', 1, 1_000), ...mad(0)];
  const seconds = Array.from({ length: 60 }, (_, s) => [
    tick('a', 0, 1_000 * (s + 1)),
    ...mad(s + 1),
    tick('leapt', 1, 3 * HOUR_MS),
  ]);
  const { state, notes } = foldAll(EXCHANGE_PARAMS, [...leapt, ...seconds.flat()], timestampOf);
  expect(state.closedThroughMs).toBe(START_MS + 60_000);
  expect(notes).toContainEqual({ fact: 'source_silent', source: 'leapt' });
});

it('a source whose clock came back counts again', () => {
  const log = [
    ...HONEST,
    exchange('a', 3, 3 * HOUR_MS),
    tick('a', 3, 3 * HOUR_MS),
    exchange('a', 4, 11_000),
    tick('a', 4, 20_000),
  ];
  const { state } = foldAll(EXCHANGE_PARAMS, log, refusedBeyond(60_000));
  expect(state.counts).toMatchObject({ folded: 3, late: 0, lost: 0, invalid: { far_future: 2 } });
});

it('a restored fold refuses the same records', () => {
  const timestampOf = refusedBeyond(60_000);
  const log = [...HONEST, tick('a', 2, CENTURY_MS), ...AFTER];
  const whole = foldAll(EXCHANGE_PARAMS, log, timestampOf);
  const before = foldAll(EXCHANGE_PARAMS, log.slice(0, 3), timestampOf).state;
  const restored = unpackState(EXCHANGE_PARAMS, packState(EXCHANGE_PARAMS, before))!;
  for (const [at, record] of log.entries())
    if (at >= 3) foldRecord(EXCHANGE_PARAMS, restored, at, record, timestampOf(record));
  expect(restored.counts).toEqual(whole.state.counts);
  expect(restored.closedThroughMs).toBe(whole.state.closedThroughMs);
});
