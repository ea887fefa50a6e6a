import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { createCodec } from '../platform/kafka/codec.ts';
import { createMemoryRegistry } from '../platform/kafka/schema-registry.ts';
import { type Avro, avroOf } from './avro.ts';
import { deadLetterTopic, GROUPS, TOPICS, type Topic } from './topics.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

/**
 * Records as some version of the code wrote them: its schema, the Avro bytes (without the wire format's header), and the
 * values they stood for. A fixture is never rewritten once released; a new version of a topic gets a new file.
 */
type Fixture = { schema: Avro; records: { base64: string; value: Record<string, unknown> }[] };

type Check = { check: string; value?: number; inclusive?: boolean; pattern?: RegExp };
type Def = { type: string; format?: string; checks?: { _zod: { def: Check } }[]; [part: string]: unknown };
type AnyTopic = Topic<unknown>;
const topics = TOPICS as unknown as readonly AnyTopic[];

/** Any value that a contract allows. */
const anyOf = (schema: z.ZodType): fc.Arbitrary<unknown> => {
  const def = schema._zod.def as unknown as Def;
  const checks = (def.checks ?? []).map((check) => check._zod.def);
  const bound = (check: string, open: number): number | undefined => {
    const found = checks.find((one) => one.check === check);
    return found?.value === undefined ? undefined : found.value + (found.inclusive ? 0 : open);
  };
  switch (def.type) {
    case 'string': {
      const pattern = checks.find((check) => check.pattern)?.pattern;
      const text = pattern
        ? fc.stringMatching(new RegExp(pattern.source))
        : fc.string({ unit: 'grapheme', maxLength: 20 });
      return text.filter((value) => schema.safeParse(value).success);
    }
    case 'number': {
      const min = bound('greater_than', 1);
      const max = bound('less_than', -1);
      return def.format === 'safeint'
        ? fc.maxSafeInteger().map((n) => (min !== undefined && n < min ? min : max !== undefined && n > max ? max : n))
        : fc.double({ noNaN: true, noDefaultInfinity: true, min: min ?? -1e300, max: max ?? 1e300 });
    }
    case 'boolean':
      return fc.boolean();
    case 'enum':
      return fc.constantFrom(...Object.values(def['entries'] as Record<string, string>));
    case 'nullable':
      return fc.option(anyOf(def['innerType'] as z.ZodType), { nil: null });
    case 'default':
      return anyOf(def['innerType'] as z.ZodType);
    case 'array':
      return fc.array(anyOf(def['element'] as z.ZodType), { minLength: 1, maxLength: 3 });
    case 'record':
      return fc
        .dictionary(fc.string({ maxLength: 8 }), anyOf(def['valueType'] as z.ZodType), {
          maxKeys: 3,
          noNullPrototype: true,
        })
        .map((map) => Object.fromEntries(Object.entries(map).filter(([key]) => key !== '__proto__')));
    case 'object': {
      const shape = Object.entries(def['shape'] as Record<string, z.ZodType>);
      return fc.record(Object.fromEntries(shape.map(([name, field]) => [name, anyOf(field)])));
    }
    default:
      throw new Error(`no samples of a zod ${def.type}`);
  }
};

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
    for (const { base64, value } of records)
      expect(await codec.decode(topic, wire(Buffer.from(base64, 'base64')))).toMatchObject(value);
  });

  it('gives back every value that its contract allows', async () => {
    const codec = createCodec(createMemoryRegistry());
    const encode = await codec.encoder(topic);
    await fc.assert(
      fc.asyncProperty(anyOf(topic.schema), async (value) => {
        expect(withoutMinusZero(await codec.decode(topic, encode(value)))).toEqual(withoutMinusZero(value));
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
