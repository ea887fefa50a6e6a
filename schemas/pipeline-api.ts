import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { EpochMs, Int } from './envelope.ts';
import { type Group, GROUPS } from './topics.ts';

const Group = z.enum(Object.values(GROUPS) as [Group, ...Group[]]);
const Place = z.strictObject({ partition: Int.nonnegative(), offset: Int.nonnegative() });
const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
const shortText = z.string().min(1).max(300);

/** What a group has not read of a topic, or of one partition. */
const Lag = z.object({
  group: z.string(),
  state: z.string(),
  members: Int,
  topic: z.string(),
  /** Null where all of the topic's are together, as are `committed` and what follows from it. */
  partition: Int.nullable(),
  committed: Int.nullable(),
  end: Int,
  /** Records that it has not read. */
  behind: Int,
  /** How long the oldest of them has waited; null where there is none. */
  waitedMs: z.number().nullable(),
  /** How many more a second there have become since an earlier look, a few minutes ago at most; null at the first. */
  trendPerSecond: z.number().nullable(),
});
export type Lag = z.infer<typeof Lag>;

const rates = z.array(z.number().nullable());
/** Records a second, at the times `timesMs`: written to each topic, and read by each group. Null where nobody knows. */
const Throughput = z.object({
  timesMs: z.array(EpochMs),
  topics: z.array(z.object({ topic: z.string(), perSecond: rates })),
  groups: z.array(z.object({ group: z.string(), topic: z.string(), perSecond: rates })),
});
export type Throughput = z.infer<typeof Throughput>;

const Reset = z.object({
  topic: z.string(),
  partition: Int,
  from: Int.nullable(),
  to: Int,
  /** Records that are read again, and that are passed over. */
  again: Int,
  skipped: Int,
});

/** A record that a group could not decode, as it lies in the group's dead-letter topic. */
const DeadLetter = z.object({
  topic: z.string(),
  group: z.string(),
  partition: Int,
  offset: Int,
  /** Null where its headers name no topic that the group reads: it can't be sent back. */
  origin: z.object({ topic: z.string(), partition: Int, offset: Int, timestampMs: z.number() }).nullable(),
  reason: z.string(),
  timestampMs: z.number(),
  isReplayed: z.boolean(),
  sizeBytes: Int,
});
export type DeadLetter = z.infer<typeof DeadLetter>;

/** The same with what is in it: its first bytes, and what it says if it can be decoded by now. */
const WholeLetter = DeadLetter.extend({
  keyText: z.string().nullable(),
  valueBase64: z.string(),
  isCut: z.boolean(),
  /** `value` as JSON text, cut where it is long. */
  decoded: z.union([z.object({ valueJson: z.string(), isCut: z.boolean() }), z.object({ reason: z.string() })]),
});
export type WholeLetter = z.infer<typeof WholeLetter>;

const ofLetter = z.object({
  topic: z.string(),
  partition: z.coerce.number().int().nonnegative(),
  offset: z.coerce.number().int().nonnegative(),
});

/** The part of the controller's HTTP API that keeps the pipeline running. */
export const PIPELINE_API = {
  getLag: {
    role: 'view',
    method: 'GET',
    path: '/v1/lag',
    does: 'how far behind each consumer group is, in records and time, and whether it catches up; `partitions=true` tells each partition by itself',
    query: z.strictObject({ group: Group.optional(), partitions: flag }),
    response: z.object({ timeMs: EpochMs, lag: z.array(Lag) }),
  },
  getThroughput: {
    role: 'view',
    method: 'GET',
    path: '/v1/throughput',
    does: 'records a second, written to each topic and read by each consumer group, every 15 s over the last half an hour, as far as this controller runs for so long',
    response: Throughput,
  },
  resetOffsets: {
    role: 'admin',
    method: 'POST',
    path: '/v1/offsets/reset',
    does: 'lets a group without members read on elsewhere: `to` is earliest, latest, an offset, a time (2026-01-31T12:00:00Z) or how long ago (2h). Unless `dryRun` is false it only says what would be read again and what skipped. Of mirror and judge alone: others go by more than offsets (409). Takes a key for all agents',
    body: z.strictObject({
      group: Group,
      to: shortText,
      topic: shortText.optional(),
      partition: Int.nonnegative().optional(),
      dryRun: z.boolean().default(true),
    }),
    response: z.object({ group: z.string(), dryRun: z.boolean(), partitions: z.array(Reset) }),
  },
  listDeadLetters: {
    role: 'view',
    method: 'GET',
    path: '/v1/dead-letters',
    does: 'what consumer groups could not decode, by group, origin topic, or a part of the reason, in the order of the log. A page; `next` is the `cursor` of the one behind it. Takes a key for all agents, as do the others of dead letters',
    query: z.strictObject({
      group: Group.optional(),
      topic: shortText.optional(),
      reason: shortText.optional(),
      limit: z.coerce.number().int().min(1).max(500).default(50),
      cursor: z.string().max(200).optional(),
    }),
    response: z.object({ deadLetters: z.array(DeadLetter), next: z.string().nullable() }),
  },
  countDeadLetters: {
    role: 'view',
    method: 'GET',
    path: '/v1/dead-letters/counts',
    does: 'how many dead letters of each group were not sent back, of all that its topic still holds (30 days)',
    response: z.object({ groups: z.array(z.object({ group: z.string(), waiting: Int })) }),
  },
  getDeadLetter: {
    role: 'view',
    method: 'GET',
    path: '/v1/dead-letters/:topic/:partition/:offset',
    does: 'one of them: its first bytes in base64, and what it says or why it can’t be decoded now',
    params: ofLetter,
    response: WholeLetter,
  },
  replayDeadLetters: {
    role: 'operate',
    method: 'POST',
    path: '/v1/dead-letters/replay',
    does: 'writes letters of a group to where they came from again, for all readers there: those at the places `at` (all without it) whose origin and reason fit, that can be decoded by now (`force`: all) and were not sent back before (`again`: also those). `dryRun` only counts',
    body: z.strictObject({
      group: Group,
      at: z.array(Place).max(500).default([]),
      topic: shortText.optional(),
      reason: shortText.optional(),
      force: z.boolean().default(false),
      again: z.boolean().default(false),
      dryRun: z.boolean().default(false),
    }),
    response: z.object({ group: z.string(), dryRun: z.boolean(), fates: z.record(z.string(), Int), failed: Int }),
  },
} as const satisfies Record<string, Endpoint>;
