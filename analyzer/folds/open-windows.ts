import { metricOrRubric } from '../../schemas/metrics.ts';
import { MAX_DECLARED_EVENTS } from '../../schemas/own-event.ts';
import { type ArmKey, armKeyText, type PartialSheet, type WindowKey } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
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
/**
 * Event rows of one arm and window: as many as an agent's document may declare, twice, since it may change meanwhile. What a
 * writer names beyond that takes no other row's place.
 */
const MAX_EVENT_ROWS = 2 * MAX_DECLARED_EVENTS;

/** One slice's open rows, by metric. */
type Slice = Map<string, OpenRow>;
/** One arm's windows of one minute: by slice, `_all` among them; and how many of their rows are of events. */
type Group = { key: ArmKey; slices: Map<string, Slice>; eventRows: number };

/** Open rows by window start, arm, slice and metric. */
export type OpenWindows = { byStart: Map<number, Map<string, Group>>; rows: number };
/** One arm's rows that start at one time, by metric and slice. */
export type ClosedArm = ArmKey & Pick<PartialSheet, 'startMs' | 'rows'>;

export const emptyWindows = (): OpenWindows => ({ byStart: new Map(), rows: 0 });

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
    group = { key: { agent, rollout, routingSequence, version, arm, kind }, slices: new Map(), eventRows: 0 };
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
const rowIn = (windows: OpenWindows, group: Group, slice: Slice, metric: string): OpenRow | undefined => {
  const known = slice.get(metric);
  if (known) return known;
  if (windows.rows >= MAX_OPEN_ROWS) return undefined;
  const row = emptyRow(metricOrRubric(metric));
  if (row.family === 'event') {
    if (group.eventRows >= MAX_EVENT_ROWS) return undefined;
    group.eventRows += 1;
  }
  slice.set(metric, row);
  windows.rows += 1;
  return row;
};

/** The statistics of a row, made if need be; undefined if too many rows are open. */
export const openRow = (windows: OpenWindows, key: WindowKey): OpenStats | undefined => {
  const group = groupOf(windows, key, key.startMs);
  return rowIn(windows, group, sliceOf(group, key.slice), key.metric)?.stats;
};

export type Taken = 'folded' | 'invalid_value' | 'too_many_rows';

/** Where what is observed of one contribution is added: to the whole and to each of its slices. */
export type Place = { group: Group; whose: Whose; whole: Slice; slices: readonly Slice[] };

export const placeOf = (windows: OpenWindows, of: Contribution, startMs: number): Place => {
  const { kind, subjectBucket, exchangeId } = of;
  const group = groupOf(windows, of, startMs);
  const slices: Slice[] = [];
  for (const label in of.slices) slices.push(sliceOf(group, `${label}=${of.slices[label]}`));
  let id: string | undefined;
  const whose = { kind, subjectBucket, itemId: () => (id ??= itemId(exchangeId)) };
  return { group, whose, whole: sliceOf(group, ALL), slices };
};

/** Adds what was observed of one metric. An invalid value is one of the rows' errors. */
export const takeObserved = (windows: OpenWindows, place: Place, observed: Observed): Taken => {
  const { group, whose, slices } = place;
  const whole = rowIn(windows, group, place.whole, observed.metric);
  if (!whole) return 'too_many_rows';
  const valid = isValid(whole, whose, observed);
  addObserved(whole, whose, observed, valid, true);
  for (const slice of slices) {
    const row = rowIn(windows, group, slice, observed.metric);
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
