import { FALSE_ALARM } from '../../controller/watching/change-detector.ts';
import { DAY_SLOTS, playService, TIMES, WATCHER_NAMES, type Watched, type WatcherName } from './service-watch.ts';
import { type Service, type ServiceWorldName, type Setting, SLICES, WORLDS } from './service-world.ts';
import { wilson } from './wilson.ts';

/** What is played: months in which nothing changes, and changes some hours, days and weeks after the promotion. */
export type ServiceCell = { setting: Setting; slots: number };

const RATES = [60, 600] as const;
const NOTHING = { changed: {}, on: null, fromSlot: 30 * DAY_SLOTS };
const same = (world: ServiceWorldName, rate: number): ServiceCell => ({
  setting: { world, rate, ...NOTHING },
  slots: 30 * DAY_SLOTS,
});

const CHANGES: readonly { name: string; changed: Partial<Service>; on: Setting['on'] }[] = [
  { name: 'errors 1 → 3 %', changed: { error: 0.03 }, on: null },
  { name: 'errors 1 → 2 %', changed: { error: 0.02 }, on: null },
  { name: 'score .94 → .88', changed: { quality: 0.88 }, on: null },
  { name: 'score .94 → .91', changed: { quality: 0.91 }, on: null },
  { name: 'errors 1 → 5 % on de', changed: { error: 0.05 }, on: SLICES[0] },
  { name: 'score .94 → .88 on de', changed: { quality: 0.88 }, on: SLICES[0] },
  { name: 'all answers twice as dear', changed: { dearer: 2 }, on: null },
  { name: '2 % of answers 50 times as dear', changed: { loops: 0.02 }, on: null },
];
const AFTER = [
  { name: 'half an hour', slots: DAY_SLOTS / 48 },
  { name: 'six hours', slots: DAY_SLOTS / 4 },
  { name: 'three days', slots: 3 * DAY_SLOTS },
  { name: 'ten days', slots: 10 * DAY_SLOTS },
  { name: 'twenty days', slots: 20 * DAY_SLOTS },
] as const;
const changed = (change: (typeof CHANGES)[number], rate: number, fromSlot: number): ServiceCell => ({
  setting: { world: 'iid', rate, changed: change.changed, on: change.on, fromSlot },
  slots: fromSlot + DAY_SLOTS,
});

type Played = Partial<Record<WatcherName, Watched>>;
/** Plays a cell, or knows it from before. Of changes a fifth of the months is played. */
export type PlayCell = (cell: ServiceCell, part: number) => Played;

export const playCell = ({ setting, slots }: ServiceCell, months: number, seed: number): Played =>
  playService(setting, { slots, months, seed });

const table = (rows: readonly (readonly string[])[]): string =>
  rows
    .flatMap((cells, i) => (i === 0 ? [cells, cells.map(() => '---')] : [cells]))
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

const shareText = ({ falseMonths, months, falseBy }: Watched): string => {
  const [, high] = wilson(falseMonths, months);
  const by = TIMES.map((time) => falseBy[time] ?? 0).join(' + ');
  return `${(falseMonths / months).toFixed(2)} (≤ ${high.toFixed(3)})${falseMonths === 0 ? '' : `; ${by}`}`;
};

const delayText = ({ found, months, medianMinutes }: Watched): string => {
  if (medianMinutes === null) return 'never';
  return `${medianMinutes} min${found === months ? '' : ` (${Math.round((100 * found) / months)} %)`}`;
};

const claimText = (play: PlayCell): string => {
  const all = WORLDS.flatMap((world) => RATES.map((rate) => play(same(world, rate), 1).ours ?? NEVER));
  const [bad, months] = [
    all.reduce((sum, one) => sum + one.falseMonths, 0),
    all.reduce((sum, one) => sum + one.months, 0),
  ];
  const [, high] = wilson(bad, months);
  return `In all worlds together ours had an alarm in ${bad} of ${months} months (at most ${high.toFixed(3)} with 95 % confidence).`;
};

const NEVER: Watched = { months: 1, falseMonths: 0, falseBy: {}, found: 0, medianMinutes: null };

/** The part of the page about versions in service. */
export const serviceReport = (play: PlayCell, { months, seed }: { months: number; seed: number }): string => {
  const falseRows = WORLDS.flatMap((world) =>
    RATES.map((rate) => {
      const played = play(same(world, rate), 1);
      return [world, String(rate), ...WATCHER_NAMES.map((name) => shareText(played[name] ?? NEVER))];
    }),
  );
  const delayRows = CHANGES.flatMap((change) =>
    AFTER.flatMap(({ name, slots }) =>
      RATES.map((rate) => {
        const played = play(changed(change, rate, slots), 5);
        return [change.name, name, String(rate), ...WATCHER_NAMES.map((who) => delayText(played[who] ?? NEVER))];
      }),
    ),
  );
  return [
    `Seed ${seed}; ${months} months of 30 days a cell where nothing changes, a fifth of that where something does; after a rollout of five and a half hours at 5, 25, 50 and 95 %; windows of five minutes, five metrics (errors, failed tasks, a judged score of at most 20 answers a minute, latency, cost) and two slices. Repeat it with \`npm run bench -- decisions --service --rollouts ${months} --seeds ${seed}\`.`,
    `**Nothing changes**: the share of months with an alarm, with its upper 95 % limit (Wilson), and where there were any how many came on ${TIMES.join(', on ')}. Ours promises ${FALSE_ALARM.chance}.`,
    table([['world', 'requests/min', ...WATCHER_NAMES], ...falseRows]),
    claimText(play),
    '**Something changes** that long after the promotion, in a world of which nothing else changes: the median time until the alarm, and how often it came within a day where that is not always. A rule that alarms without a cause is quick for no reason.',
    table([['change', 'after', 'requests/min', ...WATCHER_NAMES], ...delayRows]),
  ].join('\n\n');
};
