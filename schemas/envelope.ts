import { z } from 'zod';

export const Int = z.int();
export const EpochMs = z.int().nonnegative();

/**
 * What every record of an evaluation topic is: an event, or its writer's tick.
 *
 * `source` and `sequence` let a reader drop a repeated append and prove a lost one: the sequence counts one source's
 * events in one partition from 1. A tick says "every event of this source up to `timeMs` stands before me here, the
 * last of them numbered `sequence`": it is what stream processing calls a watermark, one for each source and partition, and
 * it is what moves stream time on where there is no traffic.
 */
export const stamped = <E extends z.ZodType, T extends z.ZodType>(event: E, tick: T) =>
  z.object({
    source: z.string().min(1),
    sequence: Int.nonnegative(),
    timeMs: EpochMs,
    event: event.nullable(),
    tick: tick.nullable(),
  });

export type Stamped<E, T> = { source: string; sequence: number; timeMs: number; event: E | null; tick: T | null };

/** The counter that is 1 in the last tick of a source that never writes again; windows need not wait for it any more. */
export const STOPPED = 'stopped';

/** What a judge means to score now, and why: the parts of all answers that rules, and of those planned for them that models, score. */
export const TickShare = z
  .object({
    rules: z.number().min(0).max(1),
    /** Null where no model is asked. */
    models: z.number().min(0).max(1).nullable(),
    /** '' while everything is scored. */
    reason: z.string(),
  })
  .meta({ id: 'TickShare' });
export type TickShare = z.infer<typeof TickShare>;

/** A writer's cumulative counters since its source began; readers take differences. */
export const Tick = z
  .object({
    /** By name, e.g. `accepted`, `published`, `dropped` (ingress); `received`, `done`, `failed`, `stopped` (mirror, judge). */
    counters: z.record(z.string(), Int.nonnegative()),
    /** Of the ingress: finished exchanges per arm, published or not, so that lost telemetry shows per arm. */
    arms: z.array(
      z.object({
        agent: z.string(),
        rollout: z.string(),
        routingSequence: Int,
        version: z.string(),
        arm: z.string(),
        accepted: Int.nonnegative(),
        dropped: Int.nonnegative(),
      }),
    ),
    /** Of judges. */
    share: TickShare.nullable().default(null),
  })
  .meta({ id: 'Tick' });
export type Tick = z.infer<typeof Tick>;

/** How far one input partition's windows are closed: all rows that start before `closedThroughMs` stand before this record. */
export const Progress = z
  .object({
    sourceTopic: z.string(),
    sourcePartition: Int.nonnegative(),
    sourcePartitions: Int.positive(),
    closedThroughMs: EpochMs,
  })
  .meta({ id: 'Progress' });
export type Progress = z.infer<typeof Progress>;
