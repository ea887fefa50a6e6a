import { type AssignedPartition, type Bus, type Incoming, subscription } from '../platform/kafka/bus.ts';
import type { Log } from '../platform/process/log.ts';
import { pollUntil } from '../platform/process/poll-until.ts';
import { createStampedWriter } from '../platform/consume/stamped-writer.ts';
import { createTickPace } from '../platform/consume/tick-pace.ts';
import { createWorkQueue } from '../platform/consume/work-queue.ts';
import type { ExchangeRecord, Shadow, ShadowRecord } from '../schemas/exchange.ts';
import { EXCHANGES, GROUPS, SHADOWS } from '../schemas/topics.ts';
import { createReplaying, type ReplayingDeps, type ReplayingLimits } from './replaying.ts';

export type MirrorDeps = Omit<ReplayingDeps, 'write'> & {
  bus: Bus;
  log: Log;
  /** False until the routing views have been read once. */
  isRoutingKnown: () => boolean;
};
export type MirrorConfig = { instance: string; concurrency: number } & ReplayingLimits;

const PENDING_PER_JOB = 8;
const ROUTING_CHECK_MS = 200;
const DRAIN_DEADLINE_MS = 2_500;
const FLUSH_DEADLINE_MS = 2_000;

/**
 * Reads exchanges, replays those that a rollout's shadow plan asks for, publishes self-contained shadows. It reads from
 * Kafka and calls upstreams with its own limits, so the front door never waits for it; what the limits turn away is shed
 * and counted. An offset is committed only once the record's shadows are in the topic: a crash repeats replays (under the
 * same ids) and loses none.
 */
export const startMirror = async (deps: MirrorDeps, config: MirrorConfig): Promise<{ stop(): Promise<void> }> => {
  const { bus, clock, log, events } = deps;
  const { instance, concurrency } = config;
  const replaying = createReplaying({ ...deps, write: (shadow, timeMs) => writer.write(shadow, timeMs) }, config);
  const writer = await createStampedWriter<Shadow, ShadowRecord>({
    bus,
    topic: SHADOWS,
    source: `${instance}@${clock.nowMs()}`,
    clock,
    log,
    pace: createTickPace(clock),
    tick: () => ({ timeMs: clock.nowMs(), tick: { counters: { ...replaying.counters }, arms: [], share: null } }),
  });

  const maxPending = concurrency * PENDING_PER_JOB;
  const queue = createWorkQueue({ concurrency, maxPending, clock, onFailure: events.commitFailed });

  /** Without the views every exchange would look like one that nobody wants replayed. */
  const routingKnown = async (partition: AssignedPartition): Promise<void> => {
    if (!deps.isRoutingKnown()) events.waitingForRouting();
    await pollUntil(clock, () => deps.isRoutingKnown() || !partition.alive(), { everyMs: ROUTING_CHECK_MS });
  };

  const consumer = await bus.consume(GROUPS.mirror, [
    subscription(EXCHANGES, {
      onAssign: async (partition: AssignedPartition) => {
        await routingKnown(partition);
        queue.assign(partition);
        return undefined;
      },
      onRecords: async (partition: AssignedPartition, records: readonly Incoming<ExchangeRecord>[]) => {
        for (const { offset, value } of records) {
          const { event } = value;
          queue.add(partition, offset, event === null ? undefined : () => replaying.run(event));
        }
      },
      onRevoke: async (partition: AssignedPartition) => queue.revoke(partition),
    }),
  ]);

  return {
    stop: async () => {
      await queue.stop(DRAIN_DEADLINE_MS);
      await Promise.all([writer.stop(FLUSH_DEADLINE_MS), consumer.stop()]);
    },
  };
};
