import avsc from 'avsc';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Avro, avroOf } from '../../schemas/avro.ts';
import { REGISTRY, type Topic } from '../../schemas/topics.ts';
import { type Codec, createCodec, UndecodableError } from './codec.ts';
import { createMemoryRegistry, type SchemaRegistry } from './schema-registry.ts';

const topicOf = <T>(schema: z.ZodType<T>): Topic<T> => ({ ...REGISTRY, name: 'test', schema }) as unknown as Topic<T>;
const Thing = z
  .object({ text: z.string(), count: z.int(), labels: z.record(z.string(), z.string()), list: z.array(z.int()) })
  .meta({ id: 'Thing' });
const thing = { text: 'é✓', count: 3, labels: { a: 'b' }, list: [1, 2] };
const THINGS = topicOf(Thing);

const decode = async <T>(codec: Codec, topic: Topic<T>, bytes: Buffer | null): Promise<T> =>
  (await codec.decoder(topic, [bytes]))(bytes);

const wire = (id: number, payload: Uint8Array): Buffer => {
  const header = Buffer.alloc(5);
  header.writeInt32BE(id, 1);
  return Buffer.concat([header, payload]);
};

/** A codec that knows a writer's schema as id 1. */
const reading = async (writer: Avro) => {
  const registry = createMemoryRegistry();
  await registry.register('test', writer);
  const type = avsc.Type.forSchema(writer as never);
  return { codec: createCodec(registry), bytes: (value: unknown) => wire(1, type.toBuffer(value)) };
};
const record = (...fields: object[]): Avro => ({ type: 'record', name: 'Thing', namespace: 'coalmine', fields });
const field = (name: string, type: unknown): object => ({ name, type });
const usual = [
  field('text', 'string'),
  field('count', 'long'),
  field('labels', { type: 'map', values: 'string' }),
  field('list', { type: 'array', items: 'long' }),
];

describe('the codec', () => {
  it('writes a zero byte, the id, and Avro, and reads it back as plain objects', async () => {
    const codec = createCodec(createMemoryRegistry());
    const bytes = (await codec.encoder(THINGS))(thing);
    expect(bytes.subarray(0, 5)).toEqual(Buffer.from([0, 0, 0, 0, 1]));
    const read = await decode(codec, THINGS, bytes);
    expect(read).toEqual(thing);
    expect(Object.getPrototypeOf(read.labels)).toBe(Object.prototype);
  });

  it.each([60_000, 66_000, 125_000, 140_000, 300_000, 3_000_000])(
    'writes %i characters whole, however large those before were',
    async (length) => {
      const codec = createCodec(createMemoryRegistry());
      const large = { ...thing, text: 'x'.repeat(length) };
      expect(await decode(codec, THINGS, (await codec.encoder(THINGS))(large))).toEqual(large);
    },
  );

  it.each([2 ** 52, 2 ** 53 - 1, -(2 ** 52) - 1, -(2 ** 53) + 1, 0, -1, 63, 64, -64, -65, 2 ** 31])(
    'keeps the integer %d',
    async (count) => {
      const codec = createCodec(createMemoryRegistry());
      const bytes = (await codec.encoder(THINGS))({ ...thing, count });
      expect((await decode(codec, THINGS, bytes)).count).toBe(count);
    },
  );

  it('reads integers as other writers write them', async () => {
    const bytes = (count: bigint): Buffer => {
      const payload: number[] = [0];
      for (let rest = count >= 0n ? count * 2n : -count * 2n - 1n; ; rest >>= 7n) {
        payload.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
        if (rest <= 127n) break;
      }
      return wire(1, Buffer.from([...payload, 0, 0]));
    };
    const { codec } = await reading(record(...usual));
    const read = async (count: bigint): Promise<number> => (await decode(codec, THINGS, bytes(count))).count;
    for (const count of [2n ** 53n - 1n, -(2n ** 53n) + 1n, -(2n ** 52n) - 1n, 300n])
      expect(await read(count)).toBe(Number(count));
    await expect(read(2n ** 53n + 1n)).rejects.toThrow('larger than JavaScript can hold exactly');
    await expect(read(-(2n ** 60n))).rejects.toThrow(UndecodableError);
  });

  it('reads what older and newer writers wrote: fewer fields, more, in another order', async () => {
    const Later = z
      .object({ ...Thing.shape, note: z.string().nullable(), mode: z.string().default('plain') })
      .meta({ id: 'Thing' });
    const { codec, bytes } = await reading(
      record(field('gone', { type: 'array', items: 'string' }), ...usual.toReversed()),
    );
    expect(await decode(codec, topicOf(Later), bytes({ ...thing, gone: ['x'] }))).toEqual({
      ...thing,
      note: null,
      mode: 'plain',
    });
  });

  it.each([
    ['nothing', null],
    ['an empty value', Buffer.alloc(0)],
    ['other bytes', Buffer.from('{"text":1}')],
    ['an unknown schema', wire(77, Buffer.from([0, 0, 0, 0]))],
    ['a truncated value', wire(1, Buffer.from([8, 97]))],
    ['a value with more behind it', wire(1, Buffer.from([0, 0, 0, 0, 9]))],
    ['four billion array items in a few bytes', wire(1, Buffer.from([0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x1f]))],
    ['four billion map entries in a few bytes', wire(1, Buffer.from([0, 0, 0xff, 0xff, 0xff, 0xff, 0x1f]))],
    ['an endless number', wire(1, Buffer.alloc(2_000, 0x80))],
  ])('finds undecodable: %s', async (_, bytes) => {
    const { codec } = await reading(record(...usual));
    await expect(decode(codec, THINGS, bytes)).rejects.toThrow(UndecodableError);
  });

  it('finds undecodable what another topic’s schema wrote, and what its own contract does not allow', async () => {
    const other = await reading({
      type: 'record',
      name: 'Other',
      namespace: 'coalmine',
      fields: [field('x', 'long')],
    });
    await expect(decode(other.codec, THINGS, other.bytes({ x: 1 }))).rejects.toThrow(/schema 1 does not fit test/);
    const Positive = topicOf(z.object({ count: z.int().positive() }).meta({ id: 'Positive' }));
    const loose = await reading(avroOf(Positive.schema, 'Positive'));
    await expect(decode(loose.codec, Positive, loose.bytes({ count: 0 }))).rejects.toThrow(
      /violates its contract: count: /,
    );
  });

  it('is not fooled by a key named __proto__', async () => {
    const { codec } = await reading(record(...usual));
    const labels = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
    const bytes = wire(
      1,
      Buffer.concat([
        Buffer.from([0, 0, 4]),
        ...Object.entries(labels).map(([k, v]) =>
          Buffer.concat([Buffer.from([k.length * 2]), Buffer.from(k), Buffer.from([2]), Buffer.from(v)]),
        ),
        Buffer.from([0, 0]),
      ]),
    );
    const read = await decode(codec, THINGS, bytes);
    expect(Object.getPrototypeOf(read.labels)).toBe(Object.prototype);
    expect(read.labels['constructor']).toBe('y');
  });

  it('refuses to write what the schema does not allow, and says where', async () => {
    const encode = await createCodec(createMemoryRegistry()).encoder(THINGS);
    expect(() => encode({ ...thing, list: [1, 2.5] })).toThrow(/^list\.1: /);
    expect(() => encode({ ...thing, text: undefined } as never)).toThrow(/^text: /);
  });

  it('asks the registry once for all values that name a schema, known to it or not', async () => {
    const memory = createMemoryRegistry();
    const asked: number[] = [];
    const registry: SchemaRegistry = {
      ...memory,
      schema: (id) => {
        asked.push(id);
        return memory.schema(id);
      },
    };
    const bytes = (await createCodec(memory).encoder(THINGS))(thing);
    const unknown = wire(77, Buffer.from([0]));
    const codec = createCodec(registry);
    const decode = await codec.decoder(THINGS, [bytes, unknown, null, bytes, unknown, bytes]);
    expect([decode(bytes), decode(bytes)]).toEqual([thing, thing]);
    for (const value of [unknown, unknown]) expect(() => decode(value)).toThrow('no schema 77');
    await codec.decoder(THINGS, [bytes]);
    expect(asked).toEqual([1, 77]);
  });

  it('asks the registry again after it was away, for writing and for reading', async () => {
    const memory = createMemoryRegistry();
    let isAway = true;
    const away = async <T>(run: () => Promise<T>): Promise<T> => {
      if (isAway) throw new Error('connection refused');
      return run();
    };
    const registry: SchemaRegistry = {
      register: (subject, schema) => away(() => memory.register(subject, schema)),
      schema: (id) => away(() => memory.schema(id)),
    };
    const codec = createCodec(registry);
    await expect(codec.encoder(THINGS)).rejects.toThrow('refused');
    const decoding = decode(codec, THINGS, wire(1, Buffer.from([0, 0, 0, 0])));
    await expect(decoding).rejects.toThrow('refused');
    await expect(decoding).rejects.not.toBeInstanceOf(UndecodableError);
    isAway = false;
    const bytes = (await codec.encoder(THINGS))(thing);
    expect(await decode(codec, THINGS, bytes)).toEqual(thing);
  });
});
