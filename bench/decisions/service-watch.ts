import { EXCHANGES, SCORES } from '../../schemas/topics.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { SLOT_MS } from '../../controller/watching/change-detector.ts';
import { type Finding, foldWatch, newVersionWatch } from '../../controller/watching/version-watch.ts';
import { seedOf } from './draws.ts';
import { createService, ROLLOUT_SLOTS, type Setting, SLICES, VERSION } from './service-world.ts';

export const DAY_SLOTS = 86_400_000 / SLOT_MS;

/** Tells of each slot's rows whether it raises an alarm. Of the slots before 0, of the rollout, the fixed rules know nothing. */
type Watcher = (slot: number, rows: readonly WindowRow[]) => boolean;

/** The controller's own core, fed with windows; an alarm is closed at once, so that the next one counts as well. */
const ours = (): Watcher => {
  const watch = newVersionWatch(VERSION);
  const known = { open: [], judgedThroughMs: () => 0 };
  return (slot, rows) => {
    const closedThroughMs = (slot + ROLLOUT_SLOTS + 1) * SLOT_MS;
    const found: Finding[] = [EXCHANGES.name, SCORES.name].flatMap((topic) =>
      foldWatch(
        watch,
        { rows: rows.filter((row) => row.sourceTopic === topic), topic, closedThroughMs },
        SLICES,
        known,
      ),
    );
    return found.length > 0;
  };
};

const meanOf = (rows: readonly WindowRow[], metric: string): number => {
  const row = rows.find((one) => one.metric === metric && one.slice === ALL);
  return row === undefined || row.count === 0 ? Number.NaN : row.sumMicro / MICRO / row.count;
};

const errorsAbove5 = (): Watcher => (_slot, rows) => meanOf(rows, 'error_rate') > 0.05;

/** Beside the mean of the day before. */
const besideYesterday = (metric: string, isBad: (now: number, before: number) => boolean) => (): Watcher => {
  const past: number[] = [];
  return (_slot, rows) => {
    const now = meanOf(rows, metric);
    const day = past.slice(-DAY_SLOTS);
    past.push(now);
    return day.length >= DAY_SLOTS / 12 && isBad(now, day.reduce((sum, one) => sum + one, 0) / day.length);
  };
};

export const WATCHERS = {
  ours,
  'errors > 5 %': errorsAbove5,
  'errors doubled': besideYesterday('error_rate', (now, before) => now > 2 * before),
  'mean score 5 % lower': besideYesterday('quality', (now, before) => now < 0.95 * before),
} as const satisfies Record<string, () => Watcher>;
export type WatcherName = keyof typeof WATCHERS;
export const WATCHER_NAMES = Object.keys(WATCHERS) as WatcherName[];

/** When alarms come that are none: while two days are known at most, two weeks at most, and later. */
export const TIMES = ['days 1–2', 'days 3–14', 'days 15–30'] as const;
const timeOf = (slot: number): (typeof TIMES)[number] =>
  slot < 2 * DAY_SLOTS ? TIMES[0] : slot < 14 * DAY_SLOTS ? TIMES[1] : TIMES[2];

export type Watched = {
  months: number;
  /** Months with a false alarm. */
  falseMonths: number;
  /** False alarms by their time; of those within an hour the first alone. */
  falseBy: Record<string, number>;
  /** Of a change: how often it was found within a day, and the median minutes until then. */
  found: number;
  medianMinutes: number | null;
};

/** Plays months in service with several watchers at once, up to the end of the slots given. */
export const playService = (
  setting: Setting,
  { slots, months, seed }: { slots: number; months: number; seed: number },
  names: readonly WatcherName[] = WATCHER_NAMES,
): Partial<Record<WatcherName, Watched>> => {
  const alarms = new Map<WatcherName, number[][]>(names.map((name) => [name, []]));
  for (let month = 0; month < months; month++) {
    const service = createService(setting, seedOf(seed, month));
    const watchers = names.map((name) => ({ name, watch: WATCHERS[name](), at: [] as number[] }));
    for (let slot = -ROLLOUT_SLOTS; slot < slots; slot++) {
      const rows = service(slot);
      for (const { name, watch, at } of watchers)
        if ((slot >= 0 || name === 'ours') && watch(slot, rows)) at.push(slot);
    }
    for (const { name, at } of watchers) alarms.get(name)?.push(at);
  }
  return Object.fromEntries([...alarms].map(([name, each]) => [name, watchedOf(each, setting.fromSlot)]));
};

const watchedOf = (each: readonly (readonly number[])[], fromSlot: number): Watched => {
  const early = each.map((at) => at.filter((slot) => slot < fromSlot));
  const episodes = early.map((at) => at.filter((slot, i) => i === 0 || slot > at[i - 1]! + 12));
  const found = each.flatMap((at) => at.find((slot) => slot >= fromSlot && slot < fromSlot + DAY_SLOTS) ?? []);
  const minutes = found.map((slot) => ((slot + 1 - fromSlot) * SLOT_MS) / 60_000).toSorted((a, b) => a - b);
  return {
    months: each.length,
    falseMonths: episodes.filter((at) => at.length > 0).length,
    falseBy: Object.fromEntries(
      TIMES.map((time) => [time, episodes.flat().filter((slot) => timeOf(slot) === time).length]),
    ),
    found: found.length,
    medianMinutes: minutes[Math.floor(minutes.length / 2)] ?? null,
  };
};
