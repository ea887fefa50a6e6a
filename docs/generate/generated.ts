import { avscText } from '../../schemas/avro-text.ts';
import { JSON_SCHEMAS, jsonSchemaOf } from '../../schemas/json-schema.ts';
import { TOPICS } from '../../schemas/topics.ts';
import { VERBS } from '../../cli/verbs/registry.ts';
import type { Verb } from '../../cli/verbs/verb.ts';
import { endpointTable } from './endpoint-table.ts';
import { table, withPart } from './table.ts';

/** A file, or a part of one, that is made from what the code says. */
export type Generated = {
  file: string;
  /** The file as it should be. `current` is what it holds now, '' if there is none. */
  make: (current: string) => string;
};

const verbRow = ({ name, summary, examples }: Verb): string[] => [
  `\`${name}\``,
  summary,
  `\`${(examples[0] ?? '').replaceAll(/\\\n */g, '')}\``,
];

/** Everything that `npm run generate` writes, and that a test holds against the code. */
export const GENERATED: readonly Generated[] = [
  ...TOPICS.map((topic) => ({ file: `schemas/avro/${topic.name}.avsc`, make: () => avscText(topic) })),
  ...(Object.keys(JSON_SCHEMAS) as (keyof typeof JSON_SCHEMAS)[]).map((name) => ({
    file: `schemas/json/${name}.schema.json`,
    make: () => `${JSON.stringify(jsonSchemaOf(name), null, 2)}\n`,
  })),
  { file: 'controller/README.md', make: (page) => withPart(page, 'endpoints', endpointTable()) },
  {
    file: 'README.md',
    make: (page) => withPart(page, 'verbs', table(['verb', 'what it does', 'for example'], VERBS.map(verbRow))),
  },
];
