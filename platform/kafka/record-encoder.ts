import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A record as kafkajs hands it to its encoder. Deltas are against the batch's first record. */
type PlainRecord = {
  offsetDelta?: number;
  timestampDelta?: number;
  key?: Text | null;
  value: Text | null;
  headers?: Record<string, Text | readonly Text[]>;
};
type Text = Buffer | string;

/** What kafkajs takes for an encoder. */
type Encoded = { buf: Buffer; buffer: Buffer };

const MOST_OF_A_VARINT_BYTES = 10;

let scratch = Buffer.allocUnsafe(64 * 1024);
let at = 0;

const roomFor = (bytes: number): void => {
  if (at + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafe(2 * (at + bytes));
  scratch.copy(larger, 0, 0, at);
  scratch = larger;
};

/** Zigzag, then seven bits a byte from the lowest on. */
const putVarint = (value: number): void => {
  let rest = value >= 0 ? 2 * value : -2 * value - 1;
  while (rest > 0x7f) {
    scratch[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  scratch[at++] = rest;
};

const putBytes = (bytes: Text | null | undefined): void => {
  if (bytes === null || bytes === undefined) {
    roomFor(MOST_OF_A_VARINT_BYTES);
    putVarint(-1);
    return;
  }
  const sizeBytes = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
  roomFor(MOST_OF_A_VARINT_BYTES + sizeBytes);
  putVarint(sizeBytes);
  if (typeof bytes === 'string') scratch.write(bytes, at);
  else bytes.copy(scratch, at);
  at += sizeBytes;
};

const headersOf = (headers: NonNullable<PlainRecord['headers']>): [name: string, value: Text][] =>
  Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' || Buffer.isBuffer(value)
      ? [[name, value] as [string, Text]]
      : value.map((one): [string, Text] => [name, one]),
  );

/**
 * A record of Kafka's record batch, version 2 (length, attributes, timestamp delta, offset delta, key, value, headers).
 * The length stands in front and is known last, so it is put behind a gap that it fits in.
 */
export const encodeRecord = ({
  offsetDelta = 0,
  timestampDelta = 0,
  key,
  value,
  headers = {},
}: PlainRecord): Encoded => {
  at = MOST_OF_A_VARINT_BYTES;
  scratch[at++] = 0;
  putVarint(timestampDelta);
  putVarint(offsetDelta);
  putBytes(key);
  putBytes(value);
  const pairs = headersOf(headers);
  roomFor(MOST_OF_A_VARINT_BYTES);
  putVarint(pairs.length);
  for (const [name, text] of pairs) {
    putBytes(name);
    putBytes(text);
  }
  const end = at;
  at = 0;
  putVarint(end - MOST_OF_A_VARINT_BYTES);
  const buf = Buffer.allocUnsafe(at + end - MOST_OF_A_VARINT_BYTES);
  scratch.copy(buf, 0, 0, at);
  scratch.copy(buf, at, MOST_OF_A_VARINT_BYTES, end);
  return { buf, buffer: buf };
};

/**
 * kafkajs makes an encoder with half a kilobyte of zeros for each record and for each of its headers, which costs more than
 * all else that we do for a record. This puts ours in its place; it must be there before the first record is sent, when
 * kafkajs loads what sends it.
 */
export const installRecordEncoder = (): void => {
  const path = require.resolve('kafkajs/src/protocol/recordBatch/record/v0');
  require(path);
  const loaded = require.cache[path];
  if (loaded) loaded.exports = encodeRecord;
};
