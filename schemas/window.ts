import { z } from 'zod';
import { EpochMs, Int, Progress, stamped } from './envelope.ts';
import { SUBJECT_BUCKETS } from './exchange.ts';

export const MICRO = 1_000_000;
export const MAX_ITEMS = 64;
/** A row has 3 kB at most, so a sheet of them has a third of what Kafka takes. */
export const MAX_SHEET_ROWS = 100;
/** A rollout has one judge or two a metric; a wording changed on the way adds some. */
export const MAX_JUDGES = 8;

const armKey = {
  agent: z.string().min(1),
  rollout: z.string(),
  routingSequence: Int.nonnegative(),
  version: z.string(),
  arm: z.string(),
  kind: z.enum(['live', 'shadow', 'noise']),
};
const rowKey = { metric: z.string().min(1), slice: z.string() };
const windowKey = { ...armKey, ...rowKey, startMs: EpochMs };

/**
 * Mergeable sufficient statistics of the values in one window. Sums are integers in micro-units of the metric's unit
 * (`sumSqMicro`: of its square), because float sums depend on order.
 */
const windowStats = {
  count: Int.nonnegative(),
  sumMicro: Int,
  sumSqMicro: Int,
  minMicro: Int.nullable(),
  maxMicro: Int.nullable(),
  /** Items that could not be scored, and items the metric does not apply to; neither is in `count`. */
  errors: Int.nonnegative(),
  notApplicable: Int.nonnegative(),
  /** Of shadows: pairs in which the shadow was worse or better than the live answer; ties are count − worse − better. */
  worse: Int.nonnegative(),
  better: Int.nonnegative(),
  /** Of rates: bad events, of events: all, by subject bucket (20 numbers); of others empty. */
  buckets: z.array(Int.nonnegative()).max(SUBJECT_BUCKETS),
  /** Of scores without slice: up to 64 single values, those with the smallest ids, in order of id (a hash of the exchange id). */
  items: z.array(z.object({ id: z.string(), micro: Int }).meta({ id: 'Item' })).max(MAX_ITEMS),
  /** Of scores without slice: the judge models that gave them, as `scorer@version`; rules are not named. */
  judges: z.array(z.string()).max(MAX_JUDGES).default([]),
  /** Of measures, and of events above 0, without slice: a DDSketch's bins in order of index (see sketch.ts). */
  bins: z.array(z.object({ index: Int, count: Int.positive() }).meta({ id: 'Bin' })),
  /**
   * Of scores: the answers that were looked at and that the metric applies to, and those that it does not, by subject bucket (20
   * numbers, or none without any). What was not looked at is in neither. Of shadows those of the shadow's answers whose live
   * answer was looked at as well.
   */
  applied: z.array(Int.nonnegative()).max(SUBJECT_BUCKETS).default([]),
  notApplied: z.array(Int.nonnegative()).max(SUBJECT_BUCKETS).default([]),
  /** Of shadows: pairs in which it applies to the live answer alone (`lost`), or to the shadow's alone (`gained`). */
  lost: Int.nonnegative().default(0),
  gained: Int.nonnegative().default(0),
};

export const ArmKey = z.object(armKey);
export type ArmKey = z.infer<typeof ArmKey>;
export const WindowKey = z.object(windowKey);
export type WindowKey = z.infer<typeof WindowKey>;
export const WindowStats = z.object(windowStats);
export type WindowStats = z.infer<typeof WindowStats>;

/** The statistics of no values at all, to be filled. */
export const noValues = (): WindowStats => ({
  count: 0,
  sumMicro: 0,
  sumSqMicro: 0,
  minMicro: null,
  maxMicro: null,
  errors: 0,
  notApplicable: 0,
  worse: 0,
  better: 0,
  buckets: [],
  items: [],
  judges: [],
  bins: [],
  applied: [],
  notApplied: [],
  lost: 0,
  gained: 0,
});

/** One closed window. `endMs` is exclusive. */
export const WindowRow = z
  .object({ ...windowKey, endMs: EpochMs, sourceTopic: z.string(), ...windowStats })
  .meta({ id: 'WindowRow' });
export type WindowRow = z.infer<typeof WindowRow>;

/** One input partition's share of an arm's windows that start at one time; of many rows, some. */
export const PartialSheet = z
  .object({
    ...armKey,
    startMs: EpochMs,
    endMs: EpochMs,
    sourceTopic: z.string(),
    sourcePartition: Int.nonnegative(),
    rows: z
      .array(z.object({ ...rowKey, ...windowStats }).meta({ id: 'PartialRow' }))
      .min(1)
      .max(MAX_SHEET_ROWS),
  })
  .meta({ id: 'PartialSheet' });
export type PartialSheet = z.infer<typeof PartialSheet>;

export const WindowRecord = stamped(WindowRow, Progress).meta({ id: 'WindowRecord' });
export type WindowRecord = z.infer<typeof WindowRecord>;
export const PartialRecord = stamped(PartialSheet, Progress).meta({ id: 'PartialRecord' });
export type PartialRecord = z.infer<typeof PartialRecord>;

/** `agent|rollout|routing sequence|version|arm|kind|metric|slice|start`: the row's key in the topic and in decisions. */
export const windowKeyText = (k: WindowKey): string =>
  [k.agent, k.rollout, k.routingSequence, k.version, k.arm, k.kind, k.metric, k.slice, k.startMs].join('|');

/** `agent|rollout|routing sequence|version|arm|kind`. */
export const armKeyText = (k: ArmKey): string =>
  `${k.agent}|${k.rollout}|${k.routingSequence}|${k.version}|${k.arm}|${k.kind}`;
