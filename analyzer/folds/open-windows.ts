import { metricOrRubric } from '../../schemas/metrics.ts';
import { ALL, type ArmKey, armKeyText, type PartialSheet, type WindowKey } from '../../schemas/window.ts';
import type { Contribution, Observed } from '../rows/contribution.ts';
import {
  addObserved,
  closeStats,
  emptyRow,
  isValid,
  itemId,
  type OpenRow,
  type OpenStats,
  reopenStats,
  type Whose,
} from './stats.ts';

/** What one partition may hold open; what would open more is counted as invalid. */
export const MAX_OPEN_ROWS = 100_000;
/** Event rows of one agent and window: clients name their events as they like, so one of them could take every row. */
export const MAX_EVENT_ROWS = 500;

/** One slice's open rows, by metric. */
type Slice = Map<string, OpenRow>;
/** One arm's windows of one minute: by slice, `_all` among them. */
type Group = { key: ArmKey; slices: Map<string, Slice> };

/** Open rows by window start, arm, slice and metric; how many of them are of events, by start and agent. */
export type OpenWindows = {
  byStart: Map<number, Map<string, Group>>;
  rows: number;
  eventRows: Map<number, Map<string, number>>;
};
/** One arm's rows that start at one time, by metric and slice. */
export type ClosedArm = ArmKey & Pick<PartialSheet, 'startMs' | 'rows'>;

export const emptyWindows = (): OpenWindows => ({ byStart: new Map(), rows: 0, eventRows: new Map() });

const isRoomForEvent = (windows: OpenWindows, startMs: number, agent: string): boolean => {
  const byAgent = windows.eventRows.get(startMs) ?? new Map<string, number>();
  windows.eventRows.set(startMs, byAgent);
  const count = byAgent.get(agent) ?? 0;
  if (count < MAX_EVENT_ROWS) byAgent.set(agent, count + 1);
  return count < MAX_EVENT_ROWS;
};

const groupOf = (windows: OpenWindows, key: ArmKey, startMs: number): Group => {
  let groups = windows.byStart.get(startMs);
  if (!groups) {
    groups = new Map();
    windows.byStart.set(startMs, groups);
  }
  const text = armKeyText(key);
  let group = groups.get(text);
  if (!group) {
    const { agent, rollout, routingSequence, version, arm, kind } = key;
    group = { key: { agent, rollout, routingSequence, version, arm, kind }, slices: new Map() };
    groups.set(text, group);
  }
  return group;
};

const sliceOf = (group: Group, name: string): Slice => {
  let slice = group.slices.get(name);
  if (!slice) {
    slice = new Map();
    group.slices.set(name, slice);
  }
  return slice;
};

/** The open row, made if need be; undefined if too many are open. */
const rowIn = (
  windows: OpenWindows,
  slice: Slice,
  metric: string,
  startMs: number,
  agent: string,
): OpenRow | undefined => {
  const known = slice.get(metric);
  if (known) return known;
  if (windows.rows >= MAX_OPEN_ROWS) return undefined;
  const row = emptyRow(metricOrRubric(metric));
  if (row.family === 'event' && !isRoomForEvent(windows, startMs, agent)) return undefined;
  slice.set(metric, row);
  windows.rows += 1;
  return row;
};

/** The statistics of a row, made if need be; undefined if too many rows are open. */
export const openRow = (windows: OpenWindows, key: WindowKey): OpenStats | undefined => {
  const slice = sliceOf(groupOf(windows, key, key.startMs), key.slice);
  return rowIn(windows, slice, key.metric, key.startMs, key.agent)?.stats;
};

export type Taken = 'folded' | 'invalid_value' | 'too_many_rows';

/** Where what is observed of one contribution is added: to the whole and to each of its slices. */
export type Place = { startMs: number; agent: string; whose: Whose; whole: Slice; slices: readonly Slice[] };

export const placeOf = (windows: OpenWindows, of: Contribution, startMs: number): Place => {
  const { agent, kind, subjectBucket, exchangeId } = of;
  const group = groupOf(windows, of, startMs);
  const slices: Slice[] = [];
  for (const label in of.slices) slices.push(sliceOf(group, `${label}=${of.slices[label]}`));
  let id: string | undefined;
  const whose = { kind, subjectBucket, itemId: () => (id ??= itemId(exchangeId)) };
  return { startMs, agent, whose, whole: sliceOf(group, ALL), slices };
};

/** Adds what was observed of one metric. An invalid value is one of the rows' errors. */
export const takeObserved = (windows: OpenWindows, place: Place, observed: Observed): Taken => {
  const { startMs, agent, whose, slices } = place;
  const whole = rowIn(windows, place.whole, observed.metric, startMs, agent);
  if (!whole) return 'too_many_rows';
  const valid = isValid(whole, whose, observed);
  addObserved(whole, whose, observed, valid, true);
  for (const slice of slices) {
    const row = rowIn(windows, slice, observed.metric, startMs, agent);
    if (!row) return 'too_many_rows';
    addObserved(row, whose, observed, valid, false);
  }
  return valid ? 'folded' : 'invalid_value';
};

const byText = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

const rowsOf = ({ slices }: Group): PartialSheet['rows'] => {
  const rows: [text: string, row: PartialSheet['rows'][number]][] = [];
  for (const [slice, byMetric] of slices)
    for (const [metric, { stats }] of byMetric)
      rows.push([`${metric}|${slice}`, { metric, slice, ...closeStats(stats) }]);
  return rows.sort(byText).map(([, row]) => row);
};

/** What starts at one time, by arm. An arm whose rows all found no room has none. */
const armsAt = (windows: OpenWindows, startMs: number): ClosedArm[] =>
  [...windows.byStart.get(startMs)!]
    .sort(byText)
    .map(([, group]) => ({ ...group.key, startMs, rows: rowsOf(group) }))
    .filter(({ rows }) => rows.length > 0);

const startsBefore = (windows: OpenWindows, limitMs: number): number[] =>
  [...windows.byStart.keys()].filter((startMs) => startMs < limitMs).sort((a, b) => a - b);

/** Removes all that starts before the boundary and returns it by start, then by arm. */
export const closeWindows = (windows: OpenWindows, boundaryMs: number): ClosedArm[] => {
  const closed: ClosedArm[] = [];
  for (const startMs of startsBefore(windows, boundaryMs)) {
    for (const arm of armsAt(windows, startMs)) {
      closed.push(arm);
      windows.rows -= arm.rows.length;
    }
    windows.byStart.delete(startMs);
    windows.eventRows.delete(startMs);
  }
  return closed;
};

export const packWindows = (windows: OpenWindows): ClosedArm[] =>
  startsBefore(windows, Infinity).flatMap((startMs) => armsAt(windows, startMs));

export const unpackWindows = (arms: readonly ClosedArm[]): OpenWindows => {
  const windows = emptyWindows();
  for (const { rows, ...arm } of arms)
    for (const { metric, slice, ...stats } of rows)
      Object.assign(openRow(windows, { ...arm, metric, slice }) ?? {}, reopenStats(stats));
  return windows;
};
