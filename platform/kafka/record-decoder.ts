import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What kafkajs reads bytes with. */
type Cursor = { buffer: Buffer; offset: number };
/** What it knows of the batch that a record stands in; int64 as text. */
type Batch = {
  firstOffset?: string;
  firstTimestamp?: string;
  maxTimestamp?: string;
  magicByte?: number;
  isControlBatch?: boolean;
  timestampType?: number;
};

const LOG_APPEND_TIME = 1;
const MOST_OF_A_VARINT_BYTES = 10;

/** Seven bits a byte from the lowest on, then zigzag. Exact up to 2^52. */
const readVarint = (cursor: Cursor): number => {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < MOST_OF_A_VARINT_BYTES; i += 1) {
    const byte = cursor.buffer[cursor.offset++] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    scale *= 0x80;
  }
  throw new RangeError('a varint of a record is longer than 10 bytes');
};

const readBytes = (cursor: Cursor): Buffer | null => {
  const sizeBytes = readVarint(cursor);
  if (sizeBytes < 0) return null;
  const start = cursor.offset;
  cursor.offset += sizeBytes;
  return cursor.buffer.subarray(start, cursor.offset);
};

type Headers = Record<string, Buffer | null | (Buffer | null)[]>;

const readHeaders = (cursor: Cursor): Headers => {
  const headers = new Map<string, Headers[string]>();
  for (let left = readVarint(cursor); left > 0; left -= 1) {
    const name = readBytes(cursor)?.toString() ?? 'null';
    const value = readBytes(cursor);
    const before = headers.get(name);
    if (before === undefined) headers.set(name, value);
    else headers.set(name, Array.isArray(before) ? [...before, value] : [before, value]);
  }
  return Object.fromEntries(headers);
};

/** A record of Kafka's record batch, version 2, as kafkajs hands it on. Its headers are read when they are asked for. */
class KafkaRecord {
  readonly magicByte: number | undefined;
  readonly attributes: number;
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControlRecord: boolean;
  readonly batchContext: Batch;
  readonly #afterValue: Cursor;
  #headers: Headers | undefined;

  constructor(cursor: Cursor, batch: Batch) {
    const { firstOffset = '0', firstTimestamp = '0', maxTimestamp } = batch;
    this.magicByte = batch.magicByte;
    this.attributes = cursor.buffer.readInt8(cursor.offset++);
    const timestampDelta = readVarint(cursor);
    const isBroker = batch.timestampType === LOG_APPEND_TIME && maxTimestamp;
    this.timestamp = isBroker ? maxTimestamp : String(Number(firstTimestamp) + timestampDelta);
    this.offset = String(Number(firstOffset) + readVarint(cursor));
    this.key = readBytes(cursor);
    this.value = readBytes(cursor);
    this.isControlRecord = batch.isControlBatch ?? false;
    this.batchContext = batch;
    this.#afterValue = cursor;
  }

  get headers(): Headers {
    return (this.#headers ??= readHeaders(this.#afterValue));
  }
}

/** Reads one record, whose bytes are all that the cursor has. */
export const decodeRecord = (cursor: Cursor, batch: Batch = {}): KafkaRecord => new KafkaRecord(cursor, batch);

/**
 * For each header kafkajs copies the object of those before it, though hardly anybody reads them: of seven headers that is most
 * of what a record costs to decode. This puts ours in its place; it must be there before the first batch is read.
 */
export const installRecordDecoder = (): void => {
  const path = require.resolve('kafkajs/src/protocol/recordBatch/record/v0/decoder');
  require(path);
  const loaded = require.cache[path];
  if (loaded) loaded.exports = decodeRecord;
};
