import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCodec } from '../platform/kafka/codec.ts';
import { createMemoryRegistry } from '../platform/kafka/schema-registry.ts';
import { type Avro, avroOf } from './avro.ts';
import { anyOf } from './any-value.fixture.ts';
import { deadLetterTopic, GROUPS, TOPICS, type Topic } from './topics.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

/**
 * Records as some version of the code wrote them: its schema, the Avro bytes (without the wire format's header), and the
 * values they stood for. A fixture is never rewritten once released; a new version of a topic gets a new file.
 */
type Fixture = { schema: Avro; records: { base64: string; value: Record<string, unknown> }[] };

type AnyTopic = Topic<unknown>;
const topics = TOPICS as unknown as readonly AnyTopic[];

/** Both sides of zero are one number to a reader of integers and rates. */
const withoutMinusZero = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, part: unknown) => (Object.is(part, -0) ? 0 : part)));

const codecWith = async (schema: Avro) => {
  const registry = createMemoryRegistry();
  const id = await registry.register('fixture', schema);
  const header = Buffer.alloc(5);
  header.writeInt32BE(id, 1);
  return { codec: createCodec(registry), wire: (bytes: Buffer) => Buffer.concat([header, bytes]) };
};

const makeFixture = async (topic: AnyTopic): Promise<Fixture> => {
  const encode = await createCodec(createMemoryRegistry()).encoder(topic);
  const values = fc.sample(anyOf(topic.schema).map(withoutMinusZero), { numRuns: 6, seed: 7 });
  const records = values.map((value) => ({
    base64: encode(value).subarray(5).toString('base64'),
    value: value as Record<string, unknown>,
  }));
  return { schema: avroOf(topic.schema, topic.name), records };
};

describe.each(topics.map((topic) => [topic.name, topic] as const))('%s', (name, topic) => {
  const files = readdirSync(FIXTURES).filter((file) => file.startsWith(`${name}.v`));

  it('has records of its first version (WRITE_FIXTURES=1 makes what is missing)', async () => {
    const first = join(FIXTURES, `${name}.v1.json`);
    if (process.env['WRITE_FIXTURES'] === '1' && !existsSync(first))
      writeFileSync(first, `${JSON.stringify(await makeFixture(topic), null, 1)}\n`);
    expect(existsSync(first)).toBe(true);
  });

  it.each(files)('still reads the records of %s', async (file) => {
    const { schema, records } = JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')) as Fixture;
    const { codec, wire } = await codecWith(schema);
    expect(records.length).toBeGreaterThan(0);
    const wired = records.map(({ base64 }) => wire(Buffer.from(base64, 'base64')));
    const decode = await codec.decoder(topic, wired);
    expect(wired.map(decode)).toMatchObject(records.map(({ value }) => value));
  });

  it('gives back every value that its contract allows', async () => {
    const codec = createCodec(createMemoryRegistry());
    const encode = await codec.encoder(topic);
    await fc.assert(
      fc.asyncProperty(anyOf(topic.schema), async (value) => {
        const bytes = encode(value);
        const decode = await codec.decoder(topic, [bytes]);
        expect(withoutMinusZero(decode(bytes))).toEqual(withoutMinusZero(value));
      }),
      { numRuns: 100 },
    );
  });
});

describe('the topics', () => {
  it('have distinct names, dead-letter topics among them', () => {
    const names = [...TOPICS.map((topic) => topic.name), ...Object.values(GROUPS).map(deadLetterTopic)];
    expect(new Set(names).size).toBe(names.length);
    expect(deadLetterTopic(GROUPS.analyzerMerge)).toBe('coalmine.analyzer-merge.dlq');
  });
});
