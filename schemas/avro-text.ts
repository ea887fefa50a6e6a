import { avroOf } from './avro.ts';
import type { TOPICS } from './topics.ts';

/** The text of a topic's checked-in schema file. */
export const avscText = (topic: (typeof TOPICS)[number]): string =>
  `${JSON.stringify(avroOf(topic.schema, topic.name), null, 2)}\n`;
