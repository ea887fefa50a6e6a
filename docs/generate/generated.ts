import { avscText } from '../../schemas/avro-text.ts';
import { JSON_SCHEMAS, jsonSchemaOf } from '../../schemas/json-schema.ts';
import { TOPICS } from '../../schemas/topics.ts';
import { kafkaAccessTable, redisAccessTable } from './access-tables.ts';
import { admissionTable } from './admission-table.ts';
import { alertTable } from './alert-tables.ts';
import { clientTable } from './client-table.ts';
import { answersTable, decisionRuleTable, goalTable } from './decision-rules.ts';
import { endpointTable } from './endpoint-table.ts';
import { defaultMetrics, METRIC_TABLES, rolloutMetrics } from './metric-tables.ts';
import { OPTION_TABLES } from './option-tables.ts';
import { problemTable } from './problem-table.ts';
import { roleTable } from './role-table.ts';
import { scoredMetricsSource } from './scored-metrics.ts';
import { sentenceTables } from './sentence-tables.ts';
import { withPart } from './table.ts';
import { groupTable, topicTable } from './topic-tables.ts';
import { verbTable } from './verb-table.ts';

/** A file, or a part of one, that is made from what the code says. */
export type Generated = {
  file: string;
  /** The file as it should be. `current` is what it holds now, '' if there is none. */
  make: (current: string) => string;
};

const part = (file: string, name: string, text: () => string): Generated => ({
  file,
  make: (page) => withPart(page, name, text()),
});

/** Everything that `npm run generate` writes, and that a test holds against the code. */
export const GENERATED: readonly Generated[] = [
  ...TOPICS.map((topic) => ({ file: `schemas/avro/${topic.name}.avsc`, make: () => avscText(topic) })),
  ...(Object.keys(JSON_SCHEMAS) as (keyof typeof JSON_SCHEMAS)[]).map((name) => ({
    file: `schemas/json/${name}.schema.json`,
    make: () => `${JSON.stringify(jsonSchemaOf(name), null, 2)}\n`,
  })),
  { file: 'schemas/scored-metrics.ts', make: scoredMetricsSource },
  part('docs/cli.md', 'verbs', verbTable),
  part('controller/README.md', 'endpoints', endpointTable),
  part('controller/README.md', 'problems', problemTable),
  part('docs/decision-rules.md', 'decision rules', decisionRuleTable),
  part('docs/decision-rules.md', 'answers of the rules', answersTable),
  part('docs/decision-rules.md', 'goal comparisons', goalTable),
  part('docs/events.md', 'topics', topicTable),
  part('docs/operating.md', 'consumer groups', groupTable),
  part('docs/operating.md', 'Kafka access', kafkaAccessTable),
  part('docs/operating.md', 'Redis access', redisAccessTable),
  part('docs/ingress-policy.md', 'admission chain', admissionTable),
  part('docs/keys.md', 'roles', roleTable),
  part('docs/alerts.md', 'alert events', alertTable),
  part('docs/clients.md', 'client libraries', clientTable),
  ...Object.entries(METRIC_TABLES).map(([name, text]) => part('docs/metrics.md', name, text)),
  part('docs/rollouts.md', 'default metrics', defaultMetrics),
  part('docs/rollouts.md', 'metrics', rolloutMetrics),
  part('docs/sentences.md', 'sentences', sentenceTables),
  ...Object.entries(OPTION_TABLES).map(([page, text]) => part(page, 'options', text)),
];
