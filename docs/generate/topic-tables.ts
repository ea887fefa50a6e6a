import { DEAD_LETTER_RETENTION_MS, GROUPS, TOPICS, topicsReadBy } from '../../schemas/topics.ts';
import { table } from './table.ts';

const DAY_MS = 86_400_000;

const daysOf = (ms: number): string => `${ms / DAY_MS} ${ms === DAY_MS ? 'day' : 'days'}`;

const keptOf = ({ cleanup, retentionMs }: (typeof TOPICS)[number]): string => {
  if (cleanup === 'delete') return retentionMs < 0 ? 'for ever' : daysOf(retentionMs);
  return retentionMs < 0 ? 'compacted' : `compacted, ${daysOf(retentionMs)}`;
};

const listOf = (names: readonly string[]): string => [...new Set(names)].join(', ');

const withGroup = (): string[] =>
  TOPICS.flatMap(({ readers }) => readers.filter(({ group }) => group !== null).map(({ service }) => service));

/** Every topic: its key and records, who writes and reads it, and how long it is kept. */
export const topicTable = (): string =>
  table(
    ['topic', 'key', 'record', 'written by', 'read by', 'kept'],
    [
      ...TOPICS.map((topic) => [
        `\`${topic.name}\``,
        topic.prose.key,
        topic.prose.record,
        listOf(topic.writers),
        listOf(topic.readers.map(({ service }) => service)),
        keptOf(topic),
      ]),
      [
        '`coalmine.<group>.dlq`',
        'as it came',
        'raw bytes',
        listOf(withGroup()),
        'you',
        daysOf(DEAD_LETTER_RETENTION_MS),
      ],
    ],
  );

const LAG_MEANS: Readonly<Record<keyof typeof GROUPS, string>> = {
  mirror: 'shadows come late; the shadow phase takes longer',
  judge: 'past 15 s it scores a share and catches up; rollouts take longer, errors and latency still roll back at once',
  analyzer: 'windows close late; decisions wait, rollbacks too',
  analyzerMerge: 'the same',
  controller: 'decisions come late',
  alerts: 'nothing: its owner is who sends alerts; without one, they wait',
};

/** Every consumer group: what it reads, and what it means when it is behind. */
export const groupTable = (): string =>
  table(
    ['group', 'reads', 'lag means'],
    (Object.keys(GROUPS) as (keyof typeof GROUPS)[]).map((name) => [
      `\`${GROUPS[name]}\``,
      topicsReadBy(GROUPS[name])
        .map((topic) => topic.replace(/^coalmine\./, ''))
        .join(', '),
      LAG_MEANS[name],
    ]),
  );
