import type { Bus } from '../../platform/kafka/bus.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { GROUPS, WATCHED_TOPICS } from '../../schemas/topics.ts';
import { type PipelineLook, SILENT_AFTER_MS } from './pipeline.ts';

/** Later than any record's time. */
const NEVER_MS = 8_640_000_000_000_000;

/** How long the judge's oldest record has waited; null where nobody can tell. */
const judgeWaitedMs = async ({ lag }: Pick<Pipeline, 'lag'>): Promise<number | null> => {
  const answer = await lag({ group: GROUPS.judge, isByPartition: false });
  if ('refusal' in answer) return null;
  return Math.max(0, ...answer.ok.lag.map(({ waitedMs }) => waitedMs ?? 0));
};

/** What is looked at of the pipeline itself. */
export type LookedAt = Pick<Pipeline, 'lag' | 'waitingLetters'>;

/** Looks where the topics end, by times alone, where the judge reads, and what lies in dead-letter topics: no record is decoded. Rejects while Kafka is away. */
export const lookAtPipeline = async (
  bus: Pick<Bus, 'partitionCount' | 'offsetSince'>,
  pipeline: LookedAt,
  nowMs: number,
): Promise<PipelineLook> => {
  /** Records since a time, and all that there ever were. */
  const countOf = async (name: string, sinceMs: number): Promise<{ recent: number; all: number }> => {
    const sum = { recent: 0, all: 0 };
    const partitions = await bus.partitionCount({ name });
    for (let partition = 0; partition < partitions; partition++) {
      const since = await bus.offsetSince({ name }, partition, sinceMs);
      const end = await bus.offsetSince({ name }, partition, NEVER_MS);
      sum.recent += Math.max(0, end - since);
      sum.all += end;
    }
    return sum;
  };
  const silent = [];
  for (const { name, writers } of WATCHED_TOPICS) {
    const { recent, all } = await countOf(name, nowMs - SILENT_AFTER_MS);
    if (recent === 0 && all > 0) silent.push({ topic: name, writers });
  }
  const letters = await pipeline.waitingLetters();
  const deadLetters = 'ok' in letters ? letters.ok : null;
  return { deadLetters, silent, judgeWaitedMs: await judgeWaitedMs(pipeline) };
};
