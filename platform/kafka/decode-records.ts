import type { ReadTopic } from '../../schemas/topics.ts';
import type { Incoming } from './bus.ts';
import { type Codec, UndecodableError } from './codec.ts';

/** A record as it lies in a partition. */
export type RawRecord = { offset: number; timestampMs: number; key: Buffer | null; value: Buffer | null };

export type Decoded<T> = { records: Incoming<T>[]; undecodable: { record: RawRecord; reason: string }[] };

/** Sorts records into those that can be read and those that never will; tombstones are neither. Rejects while the registry is away. */
export const decodeRecords = async <T>(
  codec: Codec,
  topic: ReadTopic<T>,
  raw: readonly RawRecord[],
): Promise<Decoded<T>> => {
  const records: Incoming<T>[] = [];
  const undecodable: Decoded<T>['undecodable'] = [];
  const decode = await codec.decoder(
    topic,
    raw.map(({ value }) => value),
  );
  for (const record of raw) {
    if (record.value === null) continue;
    try {
      const value = decode(record.value);
      records.push({
        offset: record.offset,
        timestampMs: record.timestampMs,
        key: record.key?.toString() ?? '',
        value,
      });
    } catch (error) {
      if (!(error instanceof UndecodableError)) throw error;
      undecodable.push({ record, reason: error.message });
    }
  }
  return { records, undecodable };
};
