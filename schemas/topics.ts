import type { z } from 'zod';
import { Decision } from './decision.ts';
import { ExchangeRecord, ShadowRecord } from './exchange.ts';
import { FeedbackRecord } from './feedback.ts';
import { RegistryEntry } from './registry-entry.ts';
import { ScoreRecord } from './score.ts';
import { Snapshot } from './snapshot.ts';
import { PartialRecord, WindowRecord, windowKeyText } from './window.ts';

const DAY_MS = 86_400_000;

/**
 * A topic and the contract of its records. `key` is the record's key; `partitionKey` is what murmur2 is taken of to
 * choose the partition (the key itself unless said), undefined for records that go to every partition (ticks).
 */
export type Topic<T> = {
  name: string;
  schema: z.ZodType<T>;
  key: (value: T) => string;
  partitionKey: (value: T) => string | undefined;
  partitions: number;
  cleanup: 'delete' | 'compact' | 'compact,delete';
  /** −1 keeps for ever. */
  retentionMs: number;
  writers: readonly string[];
  readers: readonly string[];
};

const tickKey = (source: string): string => `tick|${source}`;
const progressKey = (p: { sourceTopic: string; sourcePartition: number }): string =>
  `progress|${p.sourceTopic}|${p.sourcePartition}`;

const byExchange = { partitions: 4, cleanup: 'delete' } as const;
const byAgent = { partitions: 2 } as const;

export const EXCHANGES: Topic<ExchangeRecord> = {
  name: 'coalmine.exchanges',
  schema: ExchangeRecord,
  key: (r) => r.event?.exchangeId ?? tickKey(r.source),
  partitionKey: (r) => r.event?.exchangeId,
  ...byExchange,
  retentionMs: 7 * DAY_MS,
  writers: ['ingress'],
  readers: ['mirror', 'judge', 'analyzer'],
};

export const SHADOWS: Topic<ShadowRecord> = {
  name: 'coalmine.shadows',
  schema: ShadowRecord,
  key: (r) => r.event?.exchange.exchangeId ?? tickKey(r.source),
  partitionKey: (r) => r.event?.exchange.exchangeId,
  ...byExchange,
  retentionMs: 7 * DAY_MS,
  writers: ['mirror'],
  readers: ['judge', 'analyzer'],
};

export const SCORES: Topic<ScoreRecord> = {
  name: 'coalmine.scores',
  schema: ScoreRecord,
  key: (r) => r.event?.exchangeId ?? tickKey(r.source),
  partitionKey: (r) => r.event?.exchangeId,
  ...byExchange,
  retentionMs: 30 * DAY_MS,
  writers: ['judge'],
  readers: ['analyzer'],
};

export const FEEDBACK: Topic<FeedbackRecord> = {
  name: 'coalmine.feedback',
  schema: FeedbackRecord,
  key: (r) => r.event?.exchangeId ?? tickKey(r.source),
  partitionKey: (r) => r.event?.exchangeId,
  ...byExchange,
  retentionMs: 30 * DAY_MS,
  writers: ['ingress'],
  readers: ['analyzer'],
};

export const PARTIALS: Topic<PartialRecord> = {
  name: 'coalmine.partials',
  schema: PartialRecord,
  key: (r) =>
    r.event
      ? `${windowKeyText(r.event)}|${r.event.sourceTopic}|${r.event.sourcePartition}`
      : progressKey(r.tick ?? { sourceTopic: '', sourcePartition: 0 }),
  partitionKey: (r) => r.event?.agent,
  ...byAgent,
  cleanup: 'delete',
  retentionMs: DAY_MS,
  writers: ['analyzer'],
  readers: ['analyzer'],
};

export const WINDOWS: Topic<WindowRecord> = {
  name: 'coalmine.windows',
  schema: WindowRecord,
  key: (r) => (r.event ? windowKeyText(r.event) : progressKey(r.tick ?? { sourceTopic: '', sourcePartition: 0 })),
  partitionKey: (r) => r.event?.agent,
  ...byAgent,
  cleanup: 'compact,delete',
  retentionMs: 90 * DAY_MS,
  writers: ['analyzer'],
  readers: ['controller'],
};

export const DECISIONS: Topic<Decision> = {
  name: 'coalmine.decisions',
  schema: Decision,
  key: (d) => `${d.agent}#${d.sequence}`,
  partitionKey: (d) => d.agent,
  ...byAgent,
  cleanup: 'delete',
  retentionMs: -1,
  writers: ['controller'],
  readers: ['controller'],
};

export const REGISTRY: Topic<RegistryEntry> = {
  name: 'coalmine.registry',
  schema: RegistryEntry,
  key: (e) => `${e.kind}/${e.name}`,
  partitionKey: (e) => `${e.kind}/${e.name}`,
  partitions: 1,
  cleanup: 'compact',
  retentionMs: -1,
  writers: ['controller', 'judge'],
  readers: ['controller'],
};

export const SNAPSHOTS: Topic<Snapshot> = {
  name: 'coalmine.snapshots',
  schema: Snapshot,
  key: (s) => `${s.group}|${s.topic}|${s.partition}|${s.foldVersion}`,
  partitionKey: (s) => `${s.group}|${s.topic}|${s.partition}|${s.foldVersion}`,
  partitions: 4,
  cleanup: 'compact',
  retentionMs: -1,
  writers: ['analyzer'],
  readers: ['analyzer'],
};

/** Every topic with a schema, in the order that data travels. */
export const TOPICS = [
  EXCHANGES,
  SHADOWS,
  SCORES,
  FEEDBACK,
  PARTIALS,
  WINDOWS,
  DECISIONS,
  REGISTRY,
  SNAPSHOTS,
] as const;

/** Consumer groups, and the plain topics (raw bytes, no schema) that each sends what it can't read to. */
export const GROUPS = {
  mirror: 'coalmine-mirror',
  judge: 'coalmine-judge',
  analyzer: 'coalmine-analyzer',
  analyzerMerge: 'coalmine-analyzer-merge',
  controller: 'coalmine-controller',
} as const;

export const deadLetterTopic = (group: string): string => `coalmine.${group.replace(/^coalmine-/, '')}.dlq`;
export const DEAD_LETTER_PARTITIONS = 2;
export const DEAD_LETTER_RETENTION_MS = 30 * DAY_MS;
