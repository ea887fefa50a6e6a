import type { Clock } from '../process/clock.ts';
import type { RawRecord } from './decode-records.ts';
import {
  type Cluster,
  endFetches,
  type FetchedMessage,
  type FetchedPartition,
  kafkaErrorOf,
  within,
} from './kafka-client.ts';

const MAX_BYTES = 8 << 20;
const MAX_BYTES_PER_PARTITION = 2 << 20;
const READ_COMMITTED = 1;
const CLOSE_MS = 2_000;
/** A tail's fetch is answered as soon as there is a record, so that a long wait costs nothing but the requests. */
const TAIL_WAIT_MS = 5_000;

export type Position = { topic: string; partition: number; offset: number };
export type Fetched<R = RawRecord> = { partition: number; records: R[]; nextOffset: number; endOffset: number };

/**
 * A connection that reads without a consumer group, so that it joins nothing and leaves nothing behind. It is made at
 * first use and thrown away after any error; the caller tries again.
 */
export type Reader = {
  use<T>(run: (cluster: Cluster) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

export const createReader = (makeCluster: () => Cluster): Reader => {
  let current: Promise<Cluster> | undefined;
  let isClosed = false;
  const connect = async (): Promise<Cluster> => {
    const cluster = makeCluster();
    try {
      await cluster.connect();
      return cluster;
    } catch (error) {
      void within(CLOSE_MS, cluster.disconnect());
      throw error;
    }
  };
  const drop = async (used: Promise<Cluster>): Promise<void> => {
    if (current === used) current = undefined;
    const cluster = await used.catch(() => undefined);
    if (cluster) await within(CLOSE_MS, cluster.disconnect());
  };
  return {
    use: async (run) => {
      if (isClosed) throw new Error('the bus is closed');
      const used = (current ??= connect());
      try {
        return await run(await used);
      } catch (error) {
        void drop(used);
        throw error;
      }
    },
    close: async () => {
      isClosed = true;
      const used = current;
      if (!used) return;
      void used.then(endFetches, () => {});
      await drop(used);
    },
  };
};

/** How many partitions the topic has; rejects when there is no such topic. */
export const countPartitions = async (cluster: Cluster, topic: string): Promise<number> => {
  try {
    await cluster.addTargetTopic(topic);
  } catch (error) {
    if (kafkaErrorOf(error).type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
    throw new Error(`there is no topic ${topic}; node infra/create-topics.ts makes all of them`, { cause: error });
  }
  const count = cluster.findTopicPartitionMetadata(topic).length;
  if (count === 0) throw new Error(`there is no topic ${topic}; node infra/create-topics.ts makes all of them`);
  return count;
};

export const offsetAt = async (
  cluster: Cluster,
  topic: string,
  partition: number,
  end: 'first' | 'end',
): Promise<number> => {
  await cluster.addTargetTopic(topic);
  const wanted = [{ topic, fromBeginning: end === 'first', partitions: [{ partition }] }];
  const [answer] = await cluster.fetchTopicsOffset(wanted);
  return Number(answer?.partitions[0]?.offset ?? 0);
};

/** Where the first record with this timestamp or a later one stands; the partition's end where none is so late. */
export const offsetSince = async (
  cluster: Cluster,
  topic: string,
  partition: number,
  timeMs: number,
): Promise<number> => {
  // Asked for first: what is appended between the two questions stands behind this end.
  const end = await offsetAt(cluster, topic, partition, 'end');
  const [answer] = await cluster.fetchTopicsOffset([{ topic, fromTimestamp: timeMs, partitions: [{ partition }] }]);
  const offset = Number(answer?.partitions[0]?.offset ?? -1);
  return offset < 0 ? end : offset;
};

/** The group's committed offset; undefined when it never committed one. */
export const committedOffset = async (
  cluster: Cluster,
  groupId: string,
  topic: string,
  partition: number,
): Promise<number | undefined> => {
  const coordinator = await cluster.findGroupCoordinator({ groupId });
  const { responses } = await coordinator.offsetFetch({ groupId, topics: [{ topic, partitions: [{ partition }] }] });
  const offset = Number(responses[0]?.partitions[0]?.offset ?? -1);
  return offset >= 0 ? offset : undefined;
};

export const rawOf = (message: FetchedMessage): RawRecord => ({
  offset: Number(message.offset),
  timestampMs: Number(message.timestamp),
  key: message.key,
  value: message.value,
});

const fetchedOf = <R>(
  { partition, messages, highWatermark }: FetchedPartition,
  from: number,
  recordOf: (message: FetchedMessage) => R,
): Fetched<R> => {
  const wanted = messages.filter((message) => Number(message.offset) >= from);
  const last = messages.at(-1);
  return {
    partition,
    records: wanted.filter((message) => message.isControlRecord !== true).map(recordOf),
    nextOffset: last ? Math.max(from, Number(last.offset) + 1) : from,
    endOffset: Number(highWatermark),
  };
};

/** One fetch from each leader of the topic's partitions at hand; waits up to `maxWaitMs` for something new. */
export const fetchOnce = async <R = RawRecord>(
  cluster: Cluster,
  positions: readonly Position[],
  maxWaitMs: number,
  recordOf: (message: FetchedMessage) => R = rawOf as (message: FetchedMessage) => R,
): Promise<Fetched<R>[]> => {
  await cluster.refreshMetadataIfNecessary();
  const byLeader = new Map<number, Position[]>();
  for (const position of positions) {
    const metadata = cluster.findTopicPartitionMetadata(position.topic);
    const leader = metadata.find(({ partitionId }) => partitionId === position.partition)?.leader;
    if (leader === undefined) throw new Error(`${position.topic} has no partition ${position.partition}`);
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), position]);
  }
  const answers = [...byLeader].map(async ([nodeId, ofLeader]) => {
    const broker = await cluster.findBroker({ nodeId });
    const topics = ofLeader.map(({ topic, partition, offset }) => ({
      topic,
      partitions: [{ partition, fetchOffset: String(offset), maxBytes: MAX_BYTES_PER_PARTITION }],
    }));
    const merged = Object.values(Object.groupBy(topics, ({ topic }) => topic)).flatMap((same = []) =>
      same[0] ? [{ topic: same[0].topic, partitions: same.flatMap(({ partitions }) => partitions) }] : [],
    );
    const { responses } = await broker.fetch({
      maxWaitTime: maxWaitMs,
      minBytes: 1,
      maxBytes: MAX_BYTES,
      isolationLevel: READ_COMMITTED,
      topics: merged,
    });
    return responses.flatMap(({ partitions }) =>
      partitions.map((fetched) => {
        const from = ofLeader.find(({ partition }) => partition === fetched.partition)?.offset ?? 0;
        return fetchedOf(fetched, from, recordOf);
      }),
    );
  });
  return (await Promise.all(answers)).flat();
};

/** Rejects if the topic may not be read. */
export const tryReading = async (cluster: Cluster, topic: string): Promise<void> => {
  const offset = await offsetAt(cluster, topic, 0, 'end');
  await fetchOnce(cluster, [{ topic, partition: 0, offset }], 1);
};

export const isOutOfRange = (error: unknown): boolean => kafkaErrorOf(error).type === 'OFFSET_OUT_OF_RANGE';

/** Reads a partition from an offset to the end it has now, handing over raw records batch by batch. */
export const readPartition = async <R extends RawRecord = RawRecord>(
  reader: Reader,
  start: Position,
  onRecords: (records: R[]) => Promise<void>,
  recordOf?: (message: FetchedMessage) => R,
): Promise<void> => {
  const { topic, partition } = start;
  const { first, end } = await reader.use(async (cluster) => ({
    first: await offsetAt(cluster, topic, partition, 'first'),
    end: await offsetAt(cluster, topic, partition, 'end'),
  }));
  let offset = Math.max(start.offset, first);
  while (offset < end) {
    const [fetched] = await reader.use((cluster) => fetchOnce(cluster, [{ topic, partition, offset }], 100, recordOf));
    if (!fetched || fetched.nextOffset === offset) return;
    await onRecords(fetched.records.filter((record) => record.offset < end));
    offset = fetched.nextOffset;
  }
};

export type Tail = { stop(): Promise<void> };

/** Reads every partition of a topic from the position that is given for it, else from its first record on, until stopped; after an error it goes on where it was. */
export const startTail = (
  reader: Reader,
  topic: string,
  clock: Clock,
  onRecords: (partition: number, records: RawRecord[]) => Promise<void>,
  onTrouble: (error: unknown) => void,
  start: readonly Position[] = [],
): Tail => {
  const stopping = new AbortController();
  const { signal } = stopping;
  let positions: Position[] | undefined;
  let known = start;

  /** Where to read on: at the known offset if the partition still has it, else at its first. */
  const positionsFrom = async (before: readonly Position[]): Promise<Position[]> =>
    reader.use(async (cluster) => {
      const partitions = Array.from({ length: await countPartitions(cluster, topic) }, (_, partition) => partition);
      return Promise.all(
        partitions.map(async (partition) => {
          const first = await offsetAt(cluster, topic, partition, 'first');
          const end = await offsetAt(cluster, topic, partition, 'end');
          const offset = before.find((position) => position.partition === partition)?.offset ?? first;
          return { topic, partition, offset: offset < first || offset > end ? first : offset };
        }),
      );
    });
  const step = async (): Promise<void> => {
    const from = (positions ??= await positionsFrom(known));
    const fetched = await reader.use((cluster) => fetchOnce(cluster, from, TAIL_WAIT_MS));
    for (const { partition, records, nextOffset } of fetched) {
      if (signal.aborted) return;
      if (records.length > 0) await onRecords(partition, records);
      const position = from.find((known) => known.partition === partition);
      if (position) position.offset = nextOffset;
    }
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await step();
      } catch (error) {
        if (signal.aborted) return;
        known = positions ?? known;
        if (isOutOfRange(error)) positions = undefined;
        onTrouble(error);
        await clock.sleep(500, signal);
      }
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await reader.close();
      await running;
    },
  };
};
