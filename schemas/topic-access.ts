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
  ];
};

/** What the controller looks at beside what it reads: how far groups are, and what they could not decode. To set that right takes `operator`. */
const LOOKS: readonly Grant[] = [
  ...[...REPLAYED_TO].map((name) => topic(name, 'DESCRIBE')),
  ...WATCHED_TOPICS.map(({ name }) => topic(name, 'DESCRIBE')),
  ...DEAD_LETTERS.map((name) => topic(name, 'READ')),
  ...Object.values(GROUPS).map((name) => group(name, 'DESCRIBE')),
];

/** READ and WRITE include DESCRIBE. */
const sparing = (operations: readonly Operation[]): Operation[] =>
  operations.length > 1 ? operations.filter((one) => one !== 'DESCRIBE') : [...operations];

/** One grant for each resource, with all that is granted on it. */
const merged = (grants: readonly Grant[]): Grant[] =>
  [...Map.groupBy(grants, ({ resource, name }) => `${resource} ${name}`).values()].map((same) => {
    const operations = sparing([...new Set(same.flatMap((grant) => grant.operations))].sort());
    return { ...same[0]!, operations };
  });

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
  return principal === 'controller' ? merged([...ofService(principal), ...LOOKS]) : ofService(principal);
};
