import {
  type AssignedPartition,
  type Bus,
  type Incoming,
  RefusedRecordError,
  subscription,
} from '../platform/kafka/bus.ts';
import type { Log } from '../platform/process/log.ts';
import { retryForever } from '../platform/process/retry.ts';
import { createStampedWriter } from '../platform/consume/stamped-writer.ts';
import { createTickPace } from '../platform/consume/tick-pace.ts';
import { createWorkQueue } from '../platform/consume/work-queue.ts';
import type { Stamped, Tick } from '../schemas/envelope.ts';
import type { ScoreSheet, ScoreSheetRecord } from '../schemas/score.ts';
import { announcement } from '../schemas/registry-entry.ts';
import { EXCHANGES, GROUPS, REGISTRY, SCORES, SHADOWS } from '../schemas/topics.ts';
import type { Subject } from './answers/scorable-answer.ts';
import type { ModelScoring } from './models/model-scoring.ts';
import type { Rubric } from './questions/rubric.ts';
import { createScoring, type ScoringDeps } from './scoring.ts';
import { createSampler } from './share/sampler.ts';

export type JudgeDeps = Omit<ScoringDeps, 'write' | 'sampleOf'> & {
  bus: Bus;
  log: Log;
  models: ModelScoring | null;
  /** Which part of the time since it was asked last the process was at work. */
  busyShare: () => number;
  /** What this judge was started with. */
  rubrics: readonly Pick<Rubric, 'metric' | 'version'>[];
};
export type JudgeConfig = { instance: string; concurrency: number; maxLagMs: number };

const PENDING_PER_JOB = 2;
const DRAIN_DEADLINE_MS = 2_500;
const FLUSH_DEADLINE_MS = 2_000;

/**
 * Tells the registry of each rubric's metric, so that the controller takes rollouts that name it. While Kafka is away it is
 * tried again; scoring does not wait for it.
 */
const announce = async ({ bus, clock, events, rubrics }: JudgeDeps, by: string, signal: AbortSignal): Promise<void> => {
  for (const rubric of rubrics) {
    const entry = announcement(rubric, by, clock.nowMs());
    const append = async (): Promise<void> => {
      const partition = bus.partitionFor(REGISTRY.key(entry), await bus.partitionCount(REGISTRY));
      await bus.append(REGISTRY, partition, [entry]);
    };
    const isRetriable = (error: unknown): boolean => !(error instanceof RefusedRecordError);
    const onRetry = (error: unknown): void => events.announceFailed(rubric.metric, error);
    await retryForever(append, { clock, signal, onRetry, isRetriable }).then(
      () => events.announced(rubric.metric),
      (error: unknown) => events.announceFailed(rubric.metric, error),
    );
  }
};

/**
 * Reads exchanges and shadows, publishes a sheet of scores by rules for each, and those of models as they come. An offset is
 * committed only once the record's sheets are in the topic, so that a crash repeats sheets (under the same ids) and loses none.
 */
export const startJudge = async (deps: JudgeDeps, config: JudgeConfig): Promise<{ stop(): Promise<void> }> => {
  const { bus, clock, log, events, models } = deps;
  const { instance, concurrency, maxLagMs } = config;
  const counters = { received: 0, done: 0, failed: 0 };
  const modelWaitMs = models && (() => models.waitMs(maxLagMs));
  const sampler = createSampler({ clock, events, limitMs: maxLagMs, modelWaitMs, busyShare: deps.busyShare });
  const writer = await createStampedWriter<ScoreSheet, ScoreSheetRecord>({
    bus,
    topic: SCORES,
    source: `${instance}@${clock.nowMs()}`,
    clock,
    log,
    pace: createTickPace(clock),
    tick: () => ({
      timeMs: clock.nowMs(),
      tick: { counters: { ...counters, shed: models?.shed() ?? 0 }, arms: [], share: sampler.told() },
    }),
  });
  const stopping = new AbortController();
  void announce(deps, instance, stopping.signal);
  const { sampleOf } = sampler;
  const score = createScoring({ ...deps, sampleOf, write: (event, timeMs) => writer.write(event, timeMs) });

  const judge = async (subject: Subject, queuedAtMs: number): Promise<void> => {
    const { exchange, shadow } = subject;
    const answeredAtMs = shadow?.replayedAtMs ?? exchange.finishedAtMs;
    const nowMs = clock.nowMs();
    counters.received += 1;
    sampler.took(nowMs - answeredAtMs, nowMs - queuedAtMs);
    try {
      await score(subject);
      counters.done += 1;
      events.finished(shadow?.kind ?? 'live', clock.nowMs() - answeredAtMs);
    } catch (error) {
      counters.failed += 1;
      events.failed(exchange.exchangeId, error);
    }
  };

  // A job lasts until its last sheet is in the topic. As many as may wait for a model are had on top, so that none of the
  // others, whose scores are by rules alone, waits behind one of them.
  const waiting = models?.maxWaiting ?? 0;
  const queue = createWorkQueue({
    concurrency: concurrency + waiting,
    maxPending: concurrency * PENDING_PER_JOB + waiting,
    clock,
    onFailure: events.commitFailed,
  });
  const handlers = <E>(subjectOf: (event: E) => Subject) => ({
    onAssign: async (partition: AssignedPartition) => {
      queue.assign(partition);
      return undefined;
    },
    onRecords: async (partition: AssignedPartition, records: readonly Incoming<Stamped<E, Tick>>[]) => {
      const queuedAtMs = clock.nowMs();
      for (const { offset, value } of records) {
        const { event } = value;
        queue.add(partition, offset, event === null ? undefined : () => judge(subjectOf(event), queuedAtMs));
      }
    },
    onRevoke: async (partition: AssignedPartition) => queue.revoke(partition),
  });
  const consumer = await bus.consume(GROUPS.judge, [
    subscription(
      EXCHANGES,
      handlers((exchange) => ({ exchange, shadow: null })),
    ),
    subscription(
      SHADOWS,
      handlers((shadow) => ({ exchange: shadow.exchange, shadow })),
    ),
  ]);

  return {
    stop: async () => {
      stopping.abort();
      await queue.stop(DRAIN_DEADLINE_MS);
      await Promise.all([writer.stop(FLUSH_DEADLINE_MS), consumer.stop()]);
    },
  };
};
