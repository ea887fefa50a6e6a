import type { GroupOffsets } from '../../platform/kafka/group-offsets.ts';
import type { Clock } from '../../platform/process/clock.ts';
import type { Throughput } from '../../schemas/pipeline-api.ts';
import { type Reach, reachOf, throughputOf } from './throughput.ts';

const LOOK_EVERY_MS = 15_000;
/** Half an hour. */
const MAX_LOOKS = 121;

/** Looks every 15 s how far topics are written and read, and has what it saw in the last half an hour. While Kafka is away there is a gap. */
export const followThroughput = (
  offsets: Pick<GroupOffsets, 'lags'>,
  clock: Clock,
): { told(): Throughput; stop(): Promise<void> } => {
  let reaches: Reach[] = [];
  const stopping = new AbortController();
  const look = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const lags = await offsets.lags();
        reaches = [...reaches, reachOf(clock.nowMs(), lags)].slice(-MAX_LOOKS);
      } catch {
        // Others say that Kafka is away.
      }
      await clock.sleep(LOOK_EVERY_MS, stopping.signal);
    }
  };
  const looking = look();
  return {
    told: () => throughputOf(reaches),
    stop: async () => {
      stopping.abort();
      await looking;
    },
  };
};
