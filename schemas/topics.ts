import type { z } from 'zod';
import { AlertRecord, alertRecordKey } from './alert.ts';
import { Decision } from './decision.ts';
import { ExchangeRecord, ShadowRecord } from './exchange.ts';
import { FeedbackRecord } from './feedback.ts';
import { gaugeKey, GaugeValue } from './gauge.ts';
import { RegistryEntry } from './registry-entry.ts';
import { ScoreSheetRecord } from './score.ts';
import { Snapshot, snapshotKeyText, snapshotOwnerText } from './snapshot.ts';
import { armKeyText, PartialRecord, WindowRecord, windowKeyText } from './window.ts';

const DAY_MS = 86_400_000;

export const GROUPS = {
  mirror: 'coalmine-mirror',
  judge: 'coalmine-judge',
  analyzer: 'coalmine-analyzer',
  analyzerMerge: 'coalmine-analyzer-merge',
  controller: 'coalmine-controller',
  alerts: 'coalmine-alerts',
} as const;
export type Group = (typeof GROUPS)[keyof typeof GROUPS];

/** Those whose committed offsets say where they read on. The analyzer goes by its snapshots, and the controller reads all windows anew. */
export const GROUPS_BY_OFFSET: readonly Group[] = [GROUPS.mirror, GROUPS.judge];

/** A service that reads a topic: its members share it as one consumer group, or (null) each reads all of it by itself. */
type Reader = { service: string; group: Group | null };

const MIRROR: Reader = { service: 'mirror', group: GROUPS.mirror };
const JUDGE: Reader = { service: 'judge', group: GROUPS.judge };
const ANALYZER: Reader = { service: 'analyzer', group: GROUPS.analyzer };
const MERGE: Reader = { service: 'analyzer', group: GROUPS.analyzerMerge };
const CONTROLLER: Reader = { service: 'controller', group: GROUPS.controller };
const ALERT_LEADER: Reader = { service: 'controller', group: GROUPS.alerts };
const eachOf = (service: string): Reader => ({ service, group: null });
/** The controller's store, from which analysts' queries are answered. */
const STORE = eachOf('controller');

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
  readers: readonly Reader[];
  /** For the pages, in words: the key, and what a record holds. */
  prose: { key: string; record: string };
};

/** What a reader knows of a topic; see `readAs`. */
export type ReadTopic<T> = Pick<Topic<T>, 'name' | 'schema'>;

/**
 * A topic for a reader that needs only part of its records, by a contract of fewer fields whose records have the same Avro
 * names (see schemas/avro.ts). The rest is skipped, neither decoded nor checked: a record that violates the topic's
 * contract there is read like any other. Nothing can be written by it.
 */
export const readAs = <T, W extends T>({ name }: Topic<W>, schema: z.ZodType<T>): ReadTopic<T> => ({ name, schema });

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
  readers: [MIRROR, JUDGE, ANALYZER, STORE],
  prose: { key: 'exchange id', record: 'event or tick' },
};

export const SHADOWS: Topic<ShadowRecord> = {
  name: 'coalmine.shadows',
  schema: ShadowRecord,
  key: (r) => r.event?.exchange.exchangeId ?? tickKey(r.source),
  partitionKey: (r) => r.event?.exchange.exchangeId,
  ...byExchange,
  retentionMs: 7 * DAY_MS,
  writers: ['mirror'],
  readers: [JUDGE, ANALYZER, STORE],
  prose: { key: 'exchange id', record: 'event or tick' },
};

export const SCORES: Topic<ScoreSheetRecord> = {
  name: 'coalmine.scores',
  schema: ScoreSheetRecord,
  key: (r) => r.event?.exchangeId ?? tickKey(r.source),
  partitionKey: (r) => r.event?.exchangeId,
  ...byExchange,
  retentionMs: 30 * DAY_MS,
  writers: ['judge'],
  readers: [ANALYZER, STORE],
  prose: { key: 'exchange id', record: 'event or tick' },
};

export const FEEDBACK: Topic<FeedbackRecord> = {
  name: 'coalmine.feedback',
  schema: FeedbackRecord,
  key: (r) => r.event?.exchangeId ?? tickKey(r.source),
  partitionKey: (r) => r.event?.exchangeId,
  ...byExchange,
  retentionMs: 30 * DAY_MS,
  writers: ['ingress'],
  readers: [ANALYZER, STORE],
  prose: { key: 'exchange id', record: 'event or tick' },
};

export const PARTIALS: Topic<PartialRecord> = {
  name: 'coalmine.partials',
  schema: PartialRecord,
  key: (r) =>
    r.event
      ? `${armKeyText(r.event)}|${r.event.startMs}|${r.event.sourceTopic}|${r.event.sourcePartition}`
      : progressKey(r.tick ?? { sourceTopic: '', sourcePartition: 0 }),
  partitionKey: (r) => r.event?.agent,
  ...byAgent,
  cleanup: 'delete',
  retentionMs: DAY_MS,
  writers: ['analyzer'],
  readers: [MERGE],
  prose: { key: 'arm, start, source topic, source partition', record: 'event or progress' },
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
  readers: [CONTROLLER, STORE],
  prose: { key: 'window key', record: 'event or progress' },
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
  readers: [eachOf('controller')],
  prose: { key: '`agent#sequence`', record: 'decision' },
};

export const REGISTRY: Topic<RegistryEntry> = {
  name: 'coalmine.registry',
  schema: RegistryEntry,
  key: (e) => `${e.kind}/${e.name}`,
  partitionKey: (e) => `${e.kind}/${e.name}`,
  // One, so that there is one order: the first content of a version's label counts.
  partitions: 1,
  cleanup: 'compact',
  retentionMs: -1,
  writers: ['controller', 'judge'],
  readers: [eachOf('controller')],
  prose: {
    key: '`kind/name`',
    record:
      "document; what is registered (`Version/<agent>/<label>`, `Dataset/…`, `Baseline/…`, `Identity/…`); or a rubric's metric (`Metric/<name>`)",
  },
};

export const GAUGES: Topic<GaugeValue> = {
  name: 'coalmine.gauges',
  schema: GaugeValue,
  key: gaugeKey,
  partitionKey: (value) => value.agent,
  ...byAgent,
  cleanup: 'compact,delete',
  retentionMs: 7 * DAY_MS,
  writers: ['controller'],
  readers: [eachOf('controller')],
  prose: { key: 'agent, version (or none), gauge', record: 'an outside number, posted by key or read from Prometheus' },
};

export const SNAPSHOTS: Topic<Snapshot> = {
  name: 'coalmine.snapshots',
  schema: Snapshot,
  key: snapshotKeyText,
  partitionKey: snapshotOwnerText,
  partitions: 4,
  cleanup: 'compact',
  retentionMs: -1,
  writers: ['analyzer'],
  readers: [eachOf('analyzer')],
  prose: {
    key: '`group|topic|partition|fold version`; of ids `group|topic|partition|ids|slot|number`',
    record: 'snapshot, or some of its ids',
  },
};

export const ALERTS: Topic<AlertRecord> = {
  name: 'coalmine.alerts',
  schema: AlertRecord,
  key: alertRecordKey,
  partitionKey: alertRecordKey,
  // One, so that one controller sends, and there is one order of who that is.
  partitions: 1,
  cleanup: 'compact,delete',
  retentionMs: 30 * DAY_MS,
  writers: ['controller'],
  readers: [ALERT_LEADER, eachOf('controller')],
  prose: {
    key: '`alert|<key>`, `raised|<key>`, `acknowledgement|<key>`, `leader`',
    record: 'alert and what each receiver was told; a fact that one controller sees; who sends',
  },
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
  GAUGES,
  SNAPSHOTS,
  ALERTS,
] as const;

/** Topics whose writers put ticks on them even when there is no traffic; one without any is a service that is silent. */
export const WATCHED_TOPICS = [EXCHANGES, SHADOWS, SCORES, WINDOWS] as const;

/** The plain topic (raw bytes, no schema) that a group sends what it can't read to. */
export const deadLetterTopic = (group: string): string => `coalmine.${group.replace(/^coalmine-/, '')}.dlq`;
export const DEAD_LETTER_PARTITIONS = 2;
export const DEAD_LETTER_RETENTION_MS = 30 * DAY_MS;

/** The names of the topics that a consumer group reads, in the order that data travels. */
export const topicsReadBy = (group: Group): string[] =>
  TOPICS.filter(({ readers }) => readers.some((reader) => reader.group === group)).map(({ name }) => name);
