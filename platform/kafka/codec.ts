import avsc from 'avsc';
import { avroOf } from '../../schemas/avro.ts';
import type { Topic } from '../../schemas/topics.ts';
import { installAvroGuard } from './avro-guard.ts';
import { type SchemaRegistry, subjectOf, UnknownSchemaError } from './schema-registry.ts';

const MAGIC = 0;
const HEADER_BYTES = 5;
const FIRST_SCRATCH_BYTES = 64 * 1024;

/** Bytes that no retry will decode; `reason` says why in words. */
export class UndecodableError extends Error {
  override name = 'UndecodableError';
}

export type Encode<T> = (value: T) => Buffer;

/**
 * Values to and from the Confluent wire format (a zero byte, the schema's id, Avro), the schemas being those of the
 * topics' zod objects.
 */
export type Codec = {
  /** Registers the topic's schema at first use; rejects while the registry is away. The encoder throws on a value that violates the schema. */
  encoder<T>(topic: Topic<T>): Promise<Encode<T>>;
  /** Rejects with UndecodableError when the bytes are at fault, with another error while the registry is away. */
  decode<T>(topic: Topic<T>, bytes: Buffer | null): Promise<T>;
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Violations as `path: message`, at most three. */
const zodReason = (issues: readonly { path: readonly PropertyKey[]; message: string }[]): string =>
  issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join('.') || 'value'}: ${message}`)
    .join('; ');

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

type Reader = (payload: Buffer) => unknown;
type AnyTopic = Topic<never>;

export const createCodec = (registry: SchemaRegistry): Codec => {
  installAvroGuard();
  const types = new Map<string, avsc.Type>();
  const encoders = new Map<string, Promise<Encode<never>>>();
  const readers = new Map<string, Map<number, Reader>>();

  const typeOf = (topic: Pick<AnyTopic, 'name' | 'schema'>): avsc.Type => {
    const type =
      types.get(topic.name) ?? avsc.Type.forSchema(avroOf(topic.schema, topic.name) as never, { wrapUnions: false });
    types.set(topic.name, type);
    return type;
  };

  const makeEncoder = async <T>(topic: Topic<T>): Promise<Encode<T>> => {
    const type = typeOf(topic as unknown as AnyTopic);
    const id = await registry.register(subjectOf(topic.name), avroOf(topic.schema, topic.name));
    return (value) => {
      const parsed = topic.schema.safeParse(value);
      if (!parsed.success) throw new Error(zodReason(parsed.error.issues));
      return frame(type, id, parsed.data);
    };
  };

  const makeReader = async (topic: AnyTopic, id: number): Promise<Reader> => {
    const reader = typeOf(topic);
    const writer = await registry.schema(id).catch((error: unknown) => {
      throw error instanceof UnknownSchemaError ? new UndecodableError(error.message) : error;
    });
    if (reader.equals(writer)) return (payload) => reader.fromBuffer(payload);
    try {
      const resolver = reader.createResolver(writer);
      return (payload) => reader.fromBuffer(payload, resolver);
    } catch (error) {
      throw new UndecodableError(`schema ${id} does not fit ${topic.name}: ${reasonOf(error)}`);
    }
  };

  const readerOf = async (topic: AnyTopic, id: number): Promise<Reader> => {
    const ofTopic = readers.get(topic.name) ?? new Map<number, Reader>();
    readers.set(topic.name, ofTopic);
    const reader = ofTopic.get(id) ?? (await makeReader(topic, id));
    ofTopic.set(id, reader);
    return reader;
  };

  return {
    encoder: <T>(topic: Topic<T>) => {
      const known = encoders.get(topic.name);
      if (known) return known as unknown as Promise<Encode<T>>;
      const made = makeEncoder(topic);
      encoders.set(topic.name, made);
      made.catch(() => encoders.delete(topic.name));
      return made;
    },
    decode: async <T>(topic: Topic<T>, bytes: Buffer | null): Promise<T> => {
      if (bytes === null || bytes.length < HEADER_BYTES || bytes[0] !== MAGIC)
        throw new UndecodableError('the value is not in the Confluent wire format (zero byte, schema id, Avro)');
      const read = await readerOf(topic as unknown as AnyTopic, bytes.readInt32BE(1));
      let value: unknown;
      try {
        value = read(bytes.subarray(HEADER_BYTES));
      } catch (error) {
        throw new UndecodableError(`the value does not fit its schema: ${reasonOf(error)}`);
      }
      const parsed = topic.schema.safeParse(value);
      if (!parsed.success)
        throw new UndecodableError(`the value violates its contract: ${zodReason(parsed.error.issues)}`);
      return parsed.data;
    },
  };
};
