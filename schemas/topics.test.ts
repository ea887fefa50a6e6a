import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import avsc from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCodec } from '../platform/kafka/codec.ts';
import { createMemoryRegistry } from '../platform/kafka/schema-registry.ts';
import { type Avro, avroOf } from './avro.ts';
import { anyOf } from './any-value.fixture.ts';
import { CountedShadowRecord, MeasuredExchangeRecord } from './exchange.ts';
import { deadLetterTopic, EXCHANGES, GROUPS, readAs, SHADOWS, TOPICS, type ReadTopic, type Topic } from './topics.ts';

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

  it.each(files)('writes what a reader of %s still reads, without the fields that it does not know', (file) => {
    const { schema } = JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')) as Fixture;
    const typeOf = (avro: Avro) => avsc.Type.forSchema(avro as never, { wrapUnions: false });
    const [writer, reader] = [typeOf(avroOf(topic.schema, topic.name)), typeOf(schema)];
    const resolver = reader.createResolver(writer);
    for (const value of fc.sample(anyOf(topic.schema).map(withoutMinusZero), { numRuns: 10, seed: 5 })) {
      const read: unknown = reader.fromBuffer(writer.toBuffer(value), resolver);
      expect(value).toMatchObject(JSON.parse(JSON.stringify(read)) as object);
    }
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

describe.each([
  ['an exchange', EXCHANGES, MeasuredExchangeRecord, { seen: 'exchangeId', unseen: 'startedAtMs' }],
  ['a shadow', SHADOWS, CountedShadowRecord, { seen: 'shadowId', unseen: 'replayedAtMs' }],
] as const)('a reader of part of %s', (_, written, schema, { seen, unseen }) => {
  const topic = written as unknown as AnyTopic;
  const narrow = readAs<unknown, unknown>(topic, schema) as ReadTopic<{ event: object | null }>;

  it('gets the same fields as a reader of the whole, and no others', async () => {
    const codec = createCodec(createMemoryRegistry());
    const encode = await codec.encoder(topic);
    const values = fc.sample(anyOf(topic.schema), { numRuns: 100, seed: 3 });
    const bytes = values.map(encode);
    const whole = bytes.map(await codec.decoder(topic, bytes)) as { event: object | null }[];
    const parts = bytes.map(await codec.decoder(narrow, bytes));
    const fields = Object.keys(parts.find(({ event }) => event !== null)?.event ?? {});
    expect(fields).toContain(seen);
    expect(fields).not.toContain('responseBody');
    const narrowed = whole.map(({ event, ...rest }) => ({
      ...rest,
      event: event && Object.fromEntries(fields.map((field) => [field, Reflect.get(event, field)])),
    }));
    expect(parts).toEqual(narrowed);
  });

  it('accepts what breaks the contract where it does not look, and refuses what does where it looks', async () => {
    const loose = avsc.Type.forSchema(avroOf(topic.schema, topic.name) as never, { wrapUnions: false });
    const { codec, wire } = await codecWith(avroOf(topic.schema, topic.name));
    const samples = fc.sample(anyOf(topic.schema), { numRuns: 20, seed: 3 }) as { event: object | null }[];
    const sample = samples.find(({ event }) => event !== null);
    const bytesOf = (over: object): Buffer => wire(loose.toBuffer({ ...sample, event: { ...sample?.event, ...over } }));
    const [hidden, shown] = [bytesOf({ [unseen]: -1 }), bytesOf({ [seen]: '' })];
    const decode = await codec.decoder(narrow, [hidden, shown]);
    expect(decode(hidden).event).not.toBeNull();
    expect(() => decode(shown)).toThrow(`violates its contract: event.${seen}`);
    const decodeWhole = await codec.decoder(topic, [hidden]);
    expect(() => decodeWhole(hidden)).toThrow(`violates its contract: event.${unseen}`);
  });
});

describe('the topics', () => {
  it('have distinct names, dead-letter topics among them', () => {
    const names = [...TOPICS.map((topic) => topic.name), ...Object.values(GROUPS).map(deadLetterTopic)];
    expect(new Set(names).size).toBe(names.length);
    expect(deadLetterTopic(GROUPS.analyzerMerge)).toBe('coalmine.analyzer-merge.dlq');
  });
});
