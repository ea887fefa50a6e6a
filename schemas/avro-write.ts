import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { avroOf } from './avro.ts';
import { TOPICS } from './topics.ts';

/** The text of a topic's checked-in schema file. */
export const avscText = (topic: (typeof TOPICS)[number]): string =>
  `${JSON.stringify(avroOf(topic.schema, topic.name), null, 2)}\n`;

if (import.meta.main) {
  const folder = join(import.meta.dirname, 'avro');
  mkdirSync(folder, { recursive: true });
  for (const topic of TOPICS) writeFileSync(join(folder, `${topic.name}.avsc`), avscText(topic));
}
