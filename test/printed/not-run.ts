/** A block of commands, by its page and by words that are in no other block of it. */
export type BlockName = { file: string; has: string };

/** Printed blocks that no test can run, each with why. */
export const NOT_RUN: readonly (BlockName & { why: string })[] = [
  { file: 'README.md', has: 'npm test ', why: 'the suite itself; npm start is run by cli/verbs/start.parts.test.ts' },
  { file: 'README.md', has: '--replay', why: 'its data are not in the repository; test/story.slow.test.ts plays it' },
  {
    file: 'docs/gate.md',
    has: 'bfcl.yaml',
    why: 'its data are not in the repository; test/example-gates.test.ts asks them',
  },
  {
    file: 'docs/events.md',
    has: 'kcat',
    why: "needs a kcat that is built with Avro, as the page says; Debian's is not",
  },
  {
    file: 'docs/events.md',
    has: 'kafka-topics.sh',
    why: "needs Kafka's own scripts, which are not fetched for npm start",
  },
  {
    file: 'docs/operating.md',
    has: 'KAFKA_SASL_PASSWORD_FILE=/run/secrets/kafka',
    why: 'needs a managed Kafka; test/secured/ speaks to secured parts of its own',
  },
];
