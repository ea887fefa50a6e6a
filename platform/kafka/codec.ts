import { messageOf } from '../../schemas/error-message.ts';
import avsc from 'avsc';
import { avroOf } from '../../schemas/avro.ts';
import type { ReadTopic, Topic } from '../../schemas/topics.ts';
import { installAvroGuard } from './avro-guard.ts';
import { type Contract, contractOf } from './contract.ts';
import { type SchemaRegistry, subjectOf, UnknownSchemaError } from './schema-registry.ts';

const MAGIC = 0;
const HEADER_BYTES = 5;
const FIRST_SCRATCH_BYTES = 64 * 1024;

/** Bytes that no retry will decode; `reason` says why in words. */
export class UndecodableError extends Error {
  override name = 'UndecodableError';
}

export type Encode<T> = (value: T) => Buffer;
/** Throws UndecodableError. */
export type Decode<T> = (bytes: Buffer | null) => T;

/**
 * Values to and from the Confluent wire format (a zero byte, the schema's id, Avro), the schemas being those of the
 * topics' zod objects.
 */
export type Codec = {
  /** Registers the topic's schema at first use; rejects while the registry is away. The encoder throws on a value that violates the schema. */
  encoder<T>(topic: Topic<T>): Promise<Encode<T>>;
  /** What decodes these values, none other: it knows the schemas that they name. Rejects while the registry is away. */
  decoder<T>(topic: ReadTopic<T>, values: readonly (Buffer | null)[]): Promise<Decode<T>>;
};

let scratch = Buffer.allocUnsafe(FIRST_SCRATCH_BYTES);

const frame = (type: avsc.Type, id: number, value: unknown): Buffer => {
  let end = type.encode(value, scratch, HEADER_BYTES);
  while (end < 0) {
    scratch = Buffer.allocUnsafe(2 * (scratch.length - end));
    end = type.encode(value, scratch, HEADER_BYTES);
  }
  scratch[0] = MAGIC;
  scratch.writeInt32BE(id, 1);
  return Buffer.from(scratch.subarray(0, end));
};

/** The schema's id; undefined when the value is not in the wire format. */
const schemaIdOf = (bytes: Buffer | null): number | undefined =>
  bytes === null || bytes.length < HEADER_BYTES || bytes[0] !== MAGIC ? undefined : bytes.readInt32BE(1);

type Read = (payload: Buffer) => unknown;
/** A topic by one contract: as it is written, or as a reader with a narrower contract sees it. */
type View = { name: string; type: avsc.Type; contract: Contract<unknown>; readers: Map<number, Read> };

const viewOf = ({ name, schema }: ReadTopic<never>): View => ({
  name,
  type: avsc.Type.forSchema(avroOf(schema, name) as never, { wrapUnions: false, omitRecordMethods: true }),
  contract: contractOf(schema),
  readers: new Map(),
});

const makeRead = async (registry: SchemaRegistry, { name, type }: View, id: number): Promise<Read> => {
  const writer = await registry.schema(id).catch((error: unknown) => {
    throw error instanceof UnknownSchemaError ? new UndecodableError(error.message) : error;
  });
  if (type.equals(writer)) return (payload) => type.fromBuffer(payload);
  try {
    const resolver = type.createResolver(writer);
    return (payload) => type.fromBuffer(payload, resolver);
  } catch (error) {
    throw new UndecodableError(`schema ${id} does not fit ${name}: ${messageOf(error)}`);
  }
};

const decodeBy = ({ contract }: View, read: Read, bytes: Buffer): unknown => {
  let value: unknown;
  try {
    value = read(bytes.subarray(HEADER_BYTES));
  } catch (error) {
    throw new UndecodableError(`the value does not fit its schema: ${messageOf(error)}`);
  }
  try {
    return contract(value);
  } catch (error) {
    throw new UndecodableError(`the value violates its contract: ${messageOf(error)}`);
  }
};

export const createCodec = (registry: SchemaRegistry): Codec => {
  installAvroGuard();
  const views = new WeakMap<object, View>();
  const encoders = new WeakMap<object, Promise<Encode<never>>>();

  const viewed = (topic: object): View => {
    const view = views.get(topic) ?? viewOf(topic as ReadTopic<never>);
    views.set(topic, view);
    return view;
  };

  const makeEncoder = async <T>(topic: Topic<T>): Promise<Encode<T>> => {
    const { type, contract } = viewed(topic);
    const id = await registry.register(subjectOf(topic.name), avroOf(topic.schema, topic.name));
    return (value) => frame(type, id, contract(value));
  };

  return {
    encoder: <T>(topic: Topic<T>) => {
      const known = encoders.get(topic);
      if (known) return known as unknown as Promise<Encode<T>>;
      const made = makeEncoder(topic);
      encoders.set(topic, made);
      made.catch(() => encoders.delete(topic));
      return made;
    },
    decoder: async <T>(topic: ReadTopic<T>, values: readonly (Buffer | null)[]): Promise<Decode<T>> => {
      const view = viewed(topic);
      const { readers } = view;
      const unreadable = new Map<number, UndecodableError>();
      for (const bytes of values) {
        const id = schemaIdOf(bytes);
        if (id === undefined || readers.has(id) || unreadable.has(id)) continue;
        try {
          readers.set(id, await makeRead(registry, view, id));
        } catch (error) {
          if (!(error instanceof UndecodableError)) throw error;
          unreadable.set(id, error);
        }
      }
      return (bytes) => {
        const id = schemaIdOf(bytes);
        if (bytes === null || id === undefined)
          throw new UndecodableError('the value is not in the Confluent wire format (zero byte, schema id, Avro)');
        const read = readers.get(id);
        if (!read) throw unreadable.get(id) ?? new Error(`the decoder was not made for schema ${id}`);
        return decodeBy(view, read, bytes) as T;
      };
    },
  };
};
