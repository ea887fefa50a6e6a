import { messageOf } from '../../schemas/error-message.ts';
import type { Topic } from '../../schemas/topics.ts';
import { RefusedRecordError } from './bus.ts';
import { type CloudEvent, cloudEventOf } from './cloud-event.ts';
import type { Encode } from './codec.ts';

/** A record ready to append. */
export type OutgoingRecord = {
  key: Buffer | string | null;
  value: Buffer;
  headers: Record<string, string>;
  timestampMs: number | undefined;
  /** In a batch, at most. */
  sizeBytes: number;
};

/** Room for the framing beside key, value and headers. */
const OVERHEAD_BYTES = 2_048;

/** A record with its size. */
export const outgoing = <K extends Buffer | string | null>(
  key: K,
  value: Buffer,
  { headers, timestampMs }: CloudEvent,
): OutgoingRecord & { key: K } => {
  let sizeBytes = value.length + (key === null ? 0 : Buffer.byteLength(key)) + OVERHEAD_BYTES;
  for (const name in headers) sizeBytes += name.length + Buffer.byteLength(headers[name]!);
  return { key, value, headers, timestampMs, sizeBytes };
};

/** All the values, or RefusedRecordError for the first that violates the topic's schema, has no headers that can be written (a time beyond all dates), or is too large for a record. */
export const encodeRecords = <T>(
  topic: Topic<T>,
  partition: number,
  values: readonly T[],
  encode: Encode<T>,
  maxBytes: number,
): (OutgoingRecord & { key: string })[] =>
  values.map((value, index) => {
    const refuse = (reason: string): never => {
      throw new RefusedRecordError(topic.name, index, reason);
    };
    const encoded = (): OutgoingRecord & { key: string } => {
      try {
        const bytes = encode(value);
        const key = topic.key(value);
        return outgoing(key, bytes, cloudEventOf(topic, partition, key, value));
      } catch (error) {
        return refuse(messageOf(error));
      }
    };
    const record = encoded();
    if (record.sizeBytes > maxBytes) refuse(`it has ${record.sizeBytes} bytes, ${maxBytes} are allowed`);
    return record;
  });
