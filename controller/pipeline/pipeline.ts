import type { DeadLetterBox, StoredLetter } from '../../platform/kafka/dead-letter-box.ts';
import type { GroupOffsets } from '../../platform/kafka/group-offsets.ts';
import { type LagRow, lookAtLag, trendOf } from '../../platform/kafka/lag-rows.ts';
import { type Chosen, type Fate, isChosen, planReplay, sendBack } from '../../platform/kafka/replay-letters.ts';
import { planReset, readTarget, type Reset, resetIsInVain } from '../../platform/kafka/reset-plan.ts';
import type { Clock } from '../../platform/process/clock.ts';
import type { DeadLetter, Lag, Throughput, WholeLetter } from '../../schemas/pipeline-api.ts';
import { deadLetterTopic, type Group, GROUPS } from '../../schemas/topics.ts';
import { type Answer, conflict, invalid, unavailable, unknown } from '../commands/refusal.ts';
import { shownLetter, wholeLetter } from './shown-letter.ts';

/** A trend is told against the oldest look within this. */
const TREND_OVER_MS = 5 * 60_000;
/** Of pages that ask at once one looks. */
const FRESH_FOR_MS = 1_000;

/** Where a page of letters ended. */
export type LetterPlace = { group: Group; partition: number; offset: number };
export type ResetWish = {
  group: Group;
  to: string;
  topic?: string | undefined;
  partition?: number | undefined;
  dryRun: boolean;
};
export type ReplayWish = Chosen & { group: Group; force: boolean; again: boolean; dryRun: boolean };

export type Pipeline = {
  lag(asked: { group?: Group | undefined; isByPartition: boolean }): Promise<Answer<{ timeMs: number; lag: Lag[] }>>;
  throughput(): Promise<Answer<Throughput>>;
  reset(wish: ResetWish): Promise<Answer<{ group: string; dryRun: boolean; partitions: Reset[] }>>;
  /** Letters behind a place, in order of group, partition and offset; `last` is where they end, null where there are no more. */
  letters(
    asked: Omit<Chosen, 'at'> & { group?: Group | undefined; limit: number; after: LetterPlace | null },
  ): Promise<Answer<{ deadLetters: DeadLetter[]; last: LetterPlace | null }>>;
  /** How many letters of each group were not sent back. */
  waitingLetters(): Promise<Answer<{ group: Group; waiting: number }[]>>;
  letter(topic: string, partition: number, offset: number): Promise<Answer<WholeLetter>>;
  replay(
    wish: ReplayWish,
  ): Promise<Answer<{ group: string; dryRun: boolean; fates: Record<Fate, number>; failed: number }>>;
};

const ALL_GROUPS = Object.values(GROUPS);

/** Ends a reading that has what it needs. */
class Enough extends Error {}

const enough = async (reading: Promise<void>): Promise<void> => {
  try {
    await reading;
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
};

type Seen = { timeMs: number; rows: LagRow[] };

/** Looks at the lag, by partition, and remembers what it saw in the last minutes. */
const createLooks = (offsets: GroupOffsets, clock: Clock) => {
  let looks: Seen[] = [];
  let looking: Promise<Seen> | null = null;
  const lookNow = async (): Promise<Seen> => {
    const rows = await lookAtLag(offsets, { isByPartition: true, nowMs: clock.nowMs });
    const seen = { timeMs: clock.nowMs(), rows };
    looks = [...looks.filter(({ timeMs }) => timeMs > seen.timeMs - TREND_OVER_MS), seen];
    return seen;
  };
  const fresh = async (): Promise<Seen> => {
    const last = looks.at(-1);
    if (last !== undefined && clock.nowMs() - last.timeMs < FRESH_FOR_MS) return last;
    looking ??= lookNow().finally(() => (looking = null));
    return looking;
  };
  return async (): Promise<{ now: Seen; before: Seen | undefined }> => {
    const now = await fresh();
    return { now, before: looks.find(({ timeMs }) => timeMs < now.timeMs) };
  };
};

const together = (rows: readonly Lag[]): Lag => {
  const sum = (of: (row: Lag) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const waited = rows.flatMap(({ waitedMs }) => waitedMs ?? []);
  return {
    ...rows[0]!,
    partition: null,
    committed: null,
    end: sum(({ end }) => end),
    behind: sum(({ behind }) => behind),
    waitedMs: waited.length === 0 ? null : Math.max(...waited),
    trendPerSecond: rows.some(({ trendPerSecond }) => trendPerSecond === null)
      ? null
      : sum(({ trendPerSecond }) => trendPerSecond ?? 0),
  };
};

const isBehind = (letter: StoredLetter, after: LetterPlace | null): boolean => {
  if (after === null) return true;
  const order = ALL_GROUPS.indexOf(letter.group) - ALL_GROUPS.indexOf(after.group);
  return (order || letter.partition - after.partition || letter.offset - after.offset) > 0;
};

/**
 * What keeps the pipeline running: how far behind groups are, where they read on, and what they could not decode. `sentenceOf` says what Kafka has
 * against it.
 */
export const createPipeline = (deps: {
  offsets: GroupOffsets;
  box: DeadLetterBox;
  clock: Clock;
  throughput: () => Throughput;
  sentenceOf: (error: unknown) => string;
}): Pipeline => {
  const { offsets, box, clock, throughput, sentenceOf } = deps;
  const look = createLooks(offsets, clock);
  const answered = async <T>(run: () => Promise<Answer<T>>): Promise<Answer<T>> => {
    try {
      return await run();
    } catch (error) {
      return { refusal: unavailable(sentenceOf(error)) };
    }
  };

  return {
    lag: ({ group, isByPartition }) =>
      answered(async () => {
        const { now, before } = await look();
        const overMs = before === undefined ? 0 : now.timeMs - before.timeMs;
        const rows = now.rows
          .filter((row) => group === undefined || row.group === group)
          .map((row): Lag => ({ ...row, trendPerSecond: trendOf(row, before?.rows ?? [], overMs) }));
        const byTopic = [...Map.groupBy(rows, (row) => `${row.group} ${row.topic}`).values()].map(together);
        return { ok: { timeMs: now.timeMs, lag: isByPartition ? rows : byTopic } };
      }),

    throughput: async () => ({ ok: throughput() }),

    reset: ({ group, to: text, dryRun, ...which }) =>
      answered(async () => {
        const inVain = resetIsInVain(group);
        if (inVain !== null) return { refusal: conflict(inVain) };
        const to = readTarget(text, clock.nowMs());
        if (to === undefined)
          return {
            refusal: invalid([
              { path: 'to', reason: 'give earliest, latest, an offset, how long ago (2h), or 2026-01-31T12:00:00Z' },
            ]),
          };
        const partitions = await planReset(offsets, group, { ...which, to });
        if (partitions.length === 0) return { refusal: unknown(`${group} reads no such partition`) };
        if (!dryRun) {
          const members = (await offsets.states()).find((state) => state.group === group)?.members ?? 0;
          if (members > 0)
            return {
              refusal: conflict(`${group} has members: stop them first, a reset would be overwritten by theirs`),
            };
          await offsets.commit(
            group,
            partitions.map(({ topic, partition, to: offset }) => ({ topic, partition, offset })),
          );
        }
        return { ok: { group, dryRun, partitions } };
      }),

    letters: ({ group, limit, after, ...chosen }) =>
      answered(async () => {
        const found: StoredLetter[] = [];
        const groups = ALL_GROUPS.filter((one) => group === undefined || one === group);
        for (const one of groups)
          if (found.length <= limit && (after === null || ALL_GROUPS.indexOf(one) >= ALL_GROUPS.indexOf(after.group)))
            await enough(
              box.read(one, async (letter) => {
                if (!isBehind(letter, after) || !isChosen(letter, { at: [], ...chosen })) return;
                // Of those behind the page only that there is one is of use.
                found.push(found.length < limit ? letter : { ...letter, value: null });
                if (found.length > limit) throw new Enough();
              }),
            );
        const page = found.slice(0, limit);
        const last = page.at(-1);
        return {
          ok: { deadLetters: page.map(shownLetter), last: found.length > limit && last !== undefined ? last : null },
        };
      }),

    waitingLetters: () =>
      answered(async () => {
        const counts = [];
        for (const group of ALL_GROUPS) counts.push({ group, waiting: await box.waiting(group) });
        return { ok: counts };
      }),

    letter: (topic, partition, offset) =>
      answered(async () => {
        const group = ALL_GROUPS.find((one) => deadLetterTopic(one) === topic);
        let found: StoredLetter | undefined;
        if (group !== undefined)
          await enough(
            box.read(group, async (letter) => {
              if (letter.partition !== partition || letter.offset !== offset) return;
              found = letter;
              throw new Enough();
            }),
          );
        if (found === undefined)
          return { refusal: unknown(`there is no dead letter ${partition}/${offset} in ${topic.slice(0, 200)}`) };
        return { ok: wholeLetter(found, await box.decode(found)) };
      }),

    replay: ({ group, dryRun, ...asked }) =>
      answered(async () => {
        const { fates, due } = await planReplay(box, group, asked);
        if (dryRun || due.size === 0) return { ok: { group, dryRun, fates, failed: 0 } };
        let why = '';
        const failed = await sendBack(box, group, due, (_, error) => (why = sentenceOf(error)));
        if (failed === due.size) return { refusal: unavailable(`nothing was sent back: ${why}`) };
        return { ok: { group, dryRun, fates: { ...fates, replayed: due.size - failed }, failed } };
      }),
  };
};
