import { metricOrRubric } from '../../schemas/metrics.ts';
import { ALL, windowKeyText, type WindowKey, type WindowStats } from '../../schemas/window.ts';
import type { Contribution } from '../rows/contribution.ts';
import { addContribution, closeStats, emptyStats, isValid, type OpenStats, reopenStats } from './stats.ts';

/** Rows that may be open at once in one partition; more can only come of a flood of slices or of wrong clocks. */
export const MAX_OPEN_ROWS = 50_000;

/** Of one agent in one window: clients name their events as they like, so one of them could take every row. */
export const MAX_EVENT_ROWS = 500;

type OpenRow = { key: WindowKey; stats: OpenStats };
/** Open rows by window start, then by key text; how many of them are of events, by start and agent. */
export type OpenWindows = {
  byStart: Map<number, Map<string, OpenRow>>;
  rows: number;
  eventRows: Map<number, Map<string, number>>;
};
export type ClosedRow = WindowKey & WindowStats;

export const emptyWindows = (): OpenWindows => ({ byStart: new Map(), rows: 0, eventRows: new Map() });

const isRoomForEvent = (windows: OpenWindows, { startMs, agent }: WindowKey): boolean => {
  const byAgent = windows.eventRows.get(startMs) ?? new Map<string, number>();
  windows.eventRows.set(startMs, byAgent);
  const count = byAgent.get(agent) ?? 0;
  if (count < MAX_EVENT_ROWS) byAgent.set(agent, count + 1);
  return count < MAX_EVENT_ROWS;
};

/** The row's open statistics, made if need be; undefined if too many rows are open. */
export const openRow = (windows: OpenWindows, key: WindowKey): OpenStats | undefined => {
  let rows = windows.byStart.get(key.startMs);
  const text = windowKeyText(key);
  const row = rows?.get(text);
  if (row) return row.stats;
  if (windows.rows >= MAX_OPEN_ROWS) return undefined;
  if (metricOrRubric(key.metric).family === 'event' && !isRoomForEvent(windows, key)) return undefined;
  if (!rows) {
    rows = new Map();
    windows.byStart.set(key.startMs, rows);
  }
  const stats = emptyStats();
  rows.set(text, { key, stats });
  windows.rows += 1;
  return stats;
};

const keyOf = (c: Contribution, slice: string, startMs: number): WindowKey => ({
  agent: c.agent,
  rollout: c.rollout,
  routingSequence: c.routingSequence,
  version: c.version,
  arm: c.arm,
  kind: c.kind,
  metric: c.metric,
  slice,
  startMs,
});

export type Taken = 'folded' | 'invalid_value' | 'too_many_rows';

/** Adds a contribution to the whole and to its slices. An invalid value is one of the rows' errors. */
export const takeContribution = (windows: OpenWindows, c: Contribution, startMs: number): Taken => {
  const whole = openRow(windows, keyOf(c, ALL, startMs));
  if (!whole) return 'too_many_rows';
  addContribution(whole, c, true);
  for (const label in c.slices) {
    const row = openRow(windows, keyOf(c, `${label}=${c.slices[label]}`, startMs));
    if (!row) return 'too_many_rows';
    addContribution(row, c, false);
  }
  return isValid(c) ? 'folded' : 'invalid_value';
};

const sorted = <V>(rows: ReadonlyMap<string, V>): V[] =>
  [...rows].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row);

const startsBefore = (windows: OpenWindows, limitMs: number): number[] =>
  [...windows.byStart.keys()].filter((startMs) => startMs < limitMs).sort((a, b) => a - b);

/** Removes every row that starts before the boundary and returns them by start, then by key. */
export const closeWindows = (windows: OpenWindows, boundaryMs: number): ClosedRow[] => {
  const closed: ClosedRow[] = [];
  for (const startMs of startsBefore(windows, boundaryMs)) {
    const rows = windows.byStart.get(startMs)!;
    for (const { key, stats } of sorted(rows)) closed.push({ ...key, ...closeStats(stats) });
    windows.byStart.delete(startMs);
    windows.eventRows.delete(startMs);
    windows.rows -= rows.size;
  }
  return closed;
};

export const packWindows = (windows: OpenWindows): ClosedRow[] =>
  startsBefore(windows, Infinity).flatMap((startMs) =>
    sorted(windows.byStart.get(startMs)!).map(({ key, stats }) => ({ ...key, ...closeStats(stats) })),
  );

export const unpackWindows = (rows: readonly ClosedRow[]): OpenWindows => {
  const windows = emptyWindows();
  for (const row of rows) {
    const { agent, rollout, routingSequence, version, arm, kind, metric, slice, startMs, ...stats } = row;
    const key = { agent, rollout, routingSequence, version, arm, kind, metric, slice, startMs };
    Object.assign(openRow(windows, key) ?? {}, reopenStats(stats));
  }
  return windows;
};
