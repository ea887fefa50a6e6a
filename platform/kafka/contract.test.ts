import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import avsc from 'avsc';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { anyOf } from '../../schemas/any-value.fixture.ts';
import { avroOf } from '../../schemas/avro.ts';
import { type Topic, TOPICS } from '../../schemas/topics.ts';
import { type Codec, createCodec, type Encode } from './codec.ts';
import { compileCheck, contractOf } from './contract.ts';
import { createMemoryRegistry } from './schema-registry.ts';

const FIXTURES = join(import.meta.dirname, '../../schemas/fixtures');
/** Some seconds on a busy machine. */
const FUZZ_TIMEOUT_MS = 60_000;
type AnyTopic = Topic<unknown>;
const topics = TOPICS as unknown as readonly AnyTopic[];

/** The contract by zod alone. */
const byZod =
  (schema: z.ZodType) =>
  (value: unknown): unknown => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const told = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'value'}: ${message}`);
    throw new Error(told.slice(0, 3).join('; '));
  };

/** What a function gives back, or the reason why it does not. */
const outcomeOf = <T>(run: () => T): { result: T } | { refused: string } => {
  try {
    return { result: run() };
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
};

const ownProto = Object.defineProperty({ a: 'b' }, '__proto__', { value: 'x', enumerable: true });
class Labels {
  a = 'b';
}
const MISSING = Symbol('missing');
/** What no field of a contract is, and what one may only just be. */
const TEXTS = ['', 'x', 'no_such_word', 'Upper.Case', 'line\nbreak', '😀', '\ud800', 'x'.repeat(70)];
const NUMBERS = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  0,
  -1,
  1,
  0.5,
  19,
  20,
  100.5,
  1e300,
];
const LARGE = [2 ** 53 - 1, 2 ** 53, -(2 ** 53) + 1, -(2 ** 53)];
const SCALARS = [MISSING, undefined, null, true, 1n, Symbol('odd'), () => 1];
const LISTS = [[], [null], [{}], ['x']];
const MAPS = [{}, Object.create(null), { a: 1 }, { a: 'b' }, { constructor: 'x' }, { [Symbol('s')]: 1 }, ownProto];
const INSTANCES = [Buffer.from('x'), new Date(0), new Map(), new Labels(), new String('x'), new Number(1)];
const ODD: readonly unknown[] = [TEXTS, NUMBERS, LARGE, SCALARS, LISTS, MAPS, INSTANCES].flat();

type Path = readonly (string | number)[];
const pathsOf = (value: unknown, at: Path = []): Path[] => {
  if (typeof value !== 'object' || value === null) return [at];
  // Of a list, its first is as good as all.
  const parts = Array.isArray(value) ? value.slice(0, 1).map((_part, i) => i) : Object.keys(value);
  return [at, ...parts.flatMap((part) => pathsOf(Reflect.get(value, part), [...at, part]))];
};

/** A copy of a value with what stands at a path replaced. */
const replaced = (value: unknown, [part, ...rest]: Path, by: (old: unknown) => unknown): unknown => {
  if (part === undefined) return by(value);
  const copy: object = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) };
  const next = replaced(Reflect.get(copy, part), rest, by);
  if (next === MISSING) Reflect.deleteProperty(copy, part);
  else Reflect.set(copy, part, next);
  return copy;
};

/** What a container may become beside something else. */
const grown = (old: unknown): unknown[] => {
  if (Array.isArray(old)) return [Array.from({ length: 100 }, () => old[0] as unknown), [...(old as unknown[]), null]];
  if (typeof old !== 'object' || old === null) return [];
  return [{ ...old, extra: 1 }, Object.defineProperty({ ...old }, '__proto__', { value: 'x', enumerable: true })];
};

function* mutationsOf(value: unknown): Generator {
  yield value;
  for (const path of pathsOf(value)) {
    for (const odd of ODD) if (odd !== MISSING || path.length > 0) yield replaced(value, path, () => odd);
    const old = path.reduce<unknown>((part, name) => Reflect.get(part as object, name), value);
    for (const more of grown(old)) yield replaced(value, path, () => more);
  }
}

/** A record as the first version wrote it, and one of today. */
const samplesOf = (topic: AnyTopic): unknown[] => {
  const text = readFileSync(join(FIXTURES, `${topic.name}.v1.json`), 'utf8');
  const { records } = JSON.parse(text) as { records: { value: { event?: unknown } }[] };
  const today = fc.sample(anyOf(topic.schema), { numRuns: 20, seed: 11 }) as { event?: unknown }[];
  return [records.map(({ value }) => value), today].map((some) => some.find(({ event }) => event !== null));
};

describe.each(topics.map((topic) => [topic.name, topic] as const))('the contract of %s', (_name, topic) => {
  const type = avsc.Type.forSchema(avroOf(topic.schema, topic.name) as never, { wrapUnions: false });
  const wire = (payload: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), payload]);
  const plain = byZod(topic.schema);
  let codec: Codec;
  let encode: Encode<unknown>;
  beforeAll(async () => {
    codec = createCodec(createMemoryRegistry());
    encode = await codec.encoder(topic);
  });

  it('is checked without zod, and lets through what it allows', () => {
    const check = compileCheck(topic.schema);
    const allowed = fc.sample(anyOf(topic.schema), { numRuns: 50, seed: 5 });
    expect(allowed.filter((value) => check?.(value) !== true)).toEqual([]);
  });

  it(
    'refuses for the same reason, and encodes to the same bytes, as zod alone',
    () => {
      const seen = { taken: 0, refused: 0 };
      for (const sample of samplesOf(topic))
        for (const value of mutationsOf(sample)) {
          const wanted = outcomeOf(() => wire(type.toBuffer(plain(value))).toString('hex'));
          const found = outcomeOf(() => encode(value).toString('hex'));
          if (JSON.stringify(found) !== JSON.stringify(wanted))
            expect({ value, ...found }).toEqual({ value, ...wanted });
          seen['result' in wanted ? 'taken' : 'refused'] += 1;
        }
      expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(50);
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'decodes to the same values, and refuses for the same reason, as zod alone',
    async () => {
      const decode = await codec.decoder(topic, [encode(fc.sample(anyOf(topic.schema), { numRuns: 1, seed: 11 })[0])]);
      const seen = { taken: 0, refused: 0 };
      for (const sample of samplesOf(topic))
        for (const value of mutationsOf(sample)) {
          const payload = outcomeOf(() => type.toBuffer(value));
          if (!('result' in payload)) continue;
          const wanted = outcomeOf(() => plain(type.fromBuffer(payload.result)));
          const found = outcomeOf(() => decode(wire(payload.result)));
          if ('refused' in wanted)
            expect(found).toEqual({ refused: `the value violates its contract: ${wanted.refused}` });
          else expect(found).toEqual(wanted);
          seen['result' in wanted ? 'taken' : 'refused'] += 1;
        }
      expect(seen.taken).toBeGreaterThan(50);
    },
    FUZZ_TIMEOUT_MS,
  );
});

describe('a contract', () => {
  const checked = <T>(schema: z.ZodType<T>, values: readonly unknown[]): void => {
    expect(compileCheck(schema)).toBeDefined();
    const contract = contractOf(schema);
    for (const value of values) expect(outcomeOf(() => contract(value))).toEqual(outcomeOf(() => byZod(schema)(value)));
  };

  it('counts the characters of a text as zod does, pairs of surrogates as two', () => {
    const texts = ['', 'a', 'abcd', 'abcde', '😀', '😀😀', '😀😀a', '😀😀😀', '\ud83d\ud83d'].map((text) => ({ text }));
    checked(z.object({ text: z.string().max(4) }), texts);
    checked(z.object({ text: z.string().min(2) }), texts);
    checked(z.object({ text: z.string().min(3).max(5) }), texts);
  });

  it('holds a text against patterns with their flags, one and several, time and again', () => {
    const texts = ['abc', 'ABC', 'aXc', 'a😀c', 'x', 'abc\n', ''].flatMap((text) => [{ text }, { text }]);
    checked(z.object({ text: z.string().regex(/^a.c$/i) }), texts);
    checked(z.object({ text: z.string().regex(/^a.c$/u) }), texts);
    checked(z.object({ text: z.string().regex(/a/g) }), texts);
    checked(z.object({ text: z.string().regex(/^a/i).regex(/c$/m) }), texts);
  });

  it('fills in defaults as zod does', () => {
    const Thing = z.object({ a: z.string().default('x'), b: z.array(z.string()).default([]) });
    checked(Thing, [{}, { a: undefined }, { a: 'y', b: ['z'] }, { a: null }]);
  });

  it.each([
    ['a check in code', z.object({ a: z.string().refine((text) => text !== 'x') })],
    ['a check of the whole in code', z.object({ a: z.string() }).refine(({ a }) => a !== 'x')],
    ['a text that is changed', z.object({ a: z.string().trim() })],
    ['a value that is changed', z.object({ a: z.string().transform((text) => text.length) })],
    ['a value that is made fit', z.object({ a: z.coerce.string() })],
    ['a format with rules of its own', z.object({ a: z.url() })],
    ['no other fields', z.strictObject({ a: z.string() })],
    ['keys of a form', z.record(z.string().min(2), z.string())],
    ['a list checked in code', z.array(z.string()).refine((list) => list.length !== 1)],
    ['a kind that is not known here', z.object({ a: z.union([z.string(), z.int()]) })],
  ])('is left to zod with %s', (_what, schema) => {
    expect(compileCheck(schema)).toBeUndefined();
    const contract = contractOf<unknown>(schema);
    for (const value of [{ a: 'x' }, { a: ' y ' }, { a: 1 }, {}, ['x'], { b: 1 }, { a: 'x', b: 1 }])
      expect(outcomeOf(() => contract(value))).toEqual(outcomeOf(() => byZod(schema)(value)));
  });
});
