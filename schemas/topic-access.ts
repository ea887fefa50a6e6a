import { deadLetterTopic, GROUPS, GROUPS_BY_OFFSET, TOPICS, topicsReadBy, WATCHED_TOPICS } from './topics.ts';

/**
 * Whoever speaks to Kafka, the registry or Redis as a user of its own: the services, the command line as it looks, and as it sets
 * things right (`operator`), the topics' maker.
 */
export const PRINCIPALS = [
  'ingress',
  'mirror',
  'judge',
  'analyzer',
  'controller',
  'cli',
  'operator',
  'create-topics',
] as const;
export type Principal = (typeof PRINCIPALS)[number];

/** In Kafka READ and WRITE include DESCRIBE. */
export type Operation = 'READ' | 'WRITE' | 'DESCRIBE' | 'CREATE';
export type Grant = { resource: 'topic' | 'group'; name: string; operations: readonly Operation[] };

const topic = (name: string, ...operations: Operation[]): Grant => ({ resource: 'topic', name, operations });
const group = (name: string, ...operations: Operation[]): Grant => ({ resource: 'group', name, operations });

const DEAD_LETTERS = Object.values(GROUPS).map(deadLetterTopic);

/** It may write these groups' dead letters, which includes to look. */
const GROUPS_OF_CONTROLLER: ReadonlySet<string> = new Set([GROUPS.controller, GROUPS.alerts]);

/** Where dead letters may have come from, and be sent back to. Alerts are their leader's alone. */
const REPLAYED_TO: ReadonlySet<string> = new Set(
  Object.values(GROUPS).flatMap((name) => (name === GROUPS.alerts ? [] : topicsReadBy(name))),
);

const ofService = (service: string): Grant[] => {
  const groups = new Set(
    TOPICS.flatMap(({ readers }) =>
      readers.flatMap((reader) => (reader.service === service && reader.group !== null ? [reader.group] : [])),
    ),
  );
  return [
    ...TOPICS.flatMap(({ name, writers, readers }) => {
      const operations: Operation[] = [
        ...(readers.some((reader) => reader.service === service) ? (['READ'] as const) : []),
        ...(writers.includes(service) ? (['WRITE'] as const) : []),
      ];
      return operations.length > 0 ? [topic(name, ...operations)] : [];
    }),
    ...[...groups].map((name) => topic(deadLetterTopic(name), 'WRITE')),
    ...[...groups].map((name) => group(name, 'READ')),
    ...(service === 'controller' ? LOOKED_AT : []),
  ];
};

/** The controller tells somebody when these are silent, and when there are dead letters: it looks where they end, and reads none. */
const LOOKED_AT: readonly Grant[] = [
  ...WATCHED_TOPICS.filter(({ readers }) => readers.every(({ service }) => service !== 'controller')).map(({ name }) =>
    topic(name, 'DESCRIBE'),
  ),
  ...Object.values(GROUPS)
    .filter((name) => !GROUPS_OF_CONTROLLER.has(name))
    .map((name) => topic(deadLetterTopic(name), 'DESCRIBE')),
];

/** The least that each principal needs in Kafka, as `TOPICS` tells who writes and reads what. Nobody needs the cluster. */
export const grantsOf = (principal: Principal): Grant[] => {
  if (principal === 'create-topics')
    return [...TOPICS.map(({ name }) => name), ...DEAD_LETTERS].map((name) => topic(name, 'CREATE', 'DESCRIBE'));
  if (principal === 'cli')
    return [
      ...[...TOPICS.map(({ name }) => name), ...DEAD_LETTERS].map((name) => topic(name, 'READ')),
      ...Object.values(GROUPS).map((name) => group(name, 'DESCRIBE')),
    ];
  if (principal === 'operator')
    return [
      ...TOPICS.map(({ name }) =>
        topic(name, ...(REPLAYED_TO.has(name) ? (['READ', 'WRITE'] as const) : (['READ'] as const))),
      ),
      ...DEAD_LETTERS.map((name) => topic(name, 'READ', 'WRITE')),
      ...Object.values(GROUPS).map((name) => group(name, GROUPS_BY_OFFSET.includes(name) ? 'READ' : 'DESCRIBE')),
    ];
  return ofService(principal);
};
