import type { Throughput } from '../../schemas/pipeline-api.ts';

/** A partition as a group reads it; `committed` is null where the group never said. */
type Partition = { group: string; topic: string; end: number; committed: number | null };

/** How far everything had come at one look, all partitions of a topic together: by topic, and by group and topic. */
export type Reach = { timeMs: number; written: ReadonlyMap<string, number>; read: ReadonlyMap<string, number> };

const keyOf = (group: string, topic: string): string => `${group} ${topic}`;

export const reachOf = (timeMs: number, partitions: readonly Partition[]): Reach => {
  const written = new Map<string, number>();
  const read = new Map<string, number>();
  const byReader = Map.groupBy(partitions, ({ group, topic }) => keyOf(group, topic));
  for (const [key, own] of byReader) {
    read.set(
      key,
      own.reduce((sum, { committed }) => sum + (committed ?? 0), 0),
    );
    written.set(
      own[0]!.topic,
      own.reduce((sum, { end }) => sum + end, 0),
    );
  }
  return { timeMs, written, read };
};

/** Null where a look lacks it, and where it went back: a topic was made anew, or a group was reset. */
const perSecond = (reaches: readonly Reach[], of: (reach: Reach) => number | undefined): (number | null)[] =>
  reaches.slice(1).map((reach, i) => {
    const before = reaches[i]!;
    const [from, to] = [of(before), of(reach)];
    if (from === undefined || to === undefined || to < from || reach.timeMs <= before.timeMs) return null;
    return ((to - from) * 1_000) / (reach.timeMs - before.timeMs);
  });

/** Records a second between each look and the one before it. */
export const throughputOf = (reaches: readonly Reach[]): Throughput => {
  const latest = reaches.at(-1);
  return {
    timesMs: reaches.slice(1).map(({ timeMs }) => timeMs),
    topics: [...(latest?.written.keys() ?? [])].map((topic) => ({
      topic,
      perSecond: perSecond(reaches, ({ written }) => written.get(topic)),
    })),
    groups: [...(latest?.read.keys() ?? [])].map((key) => {
      const [group = '', topic = ''] = key.split(' ');
      return { group, topic, perSecond: perSecond(reaches, ({ read }) => read.get(key)) };
    }),
  };
};
