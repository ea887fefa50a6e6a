import { crc32 } from 'node:zlib';
import type { Exchange } from '../../schemas/exchange.ts';
import type { Feedback } from '../../schemas/feedback.ts';
import { type ExchangeHead, type ExchangeRow, headOfRow, rowOf } from './exchange-head.ts';

export type FeedbackHead = Omit<Feedback, 'receivedAtMs'>;

/** The arm that an exchange was drawn for; null if it was not drawn. */
export type ArmKey = Pick<Exchange, 'agent' | 'rollout' | 'routingSequence'> & { version: string; arm: string };

/** Exchanges that could not be journalled, told as soon as something can be written again. */
export type DropsHead = { exchanges: number; arms: (ArmKey & { dropped: number })[] };

/** `bodies`: the kept request, the kept response, the response's last part if it was cut. */
export type ExchangeEntry = { kind: 'exchange'; head: ExchangeHead; bodies: readonly [Buffer, Buffer, Buffer] };

export type Entry = ExchangeEntry | { kind: 'feedback'; head: FeedbackHead } | { kind: 'drops'; head: DropsHead };

/** How an entry ended: on disk, or not there because the cap is reached or the disk failed. */
export type Written = 'written' | 'full' | 'disk_error';

/** Writes an entry. `done` is called once, when it is known how it ended. */
export type Append = (entry: Entry, done: (written: Written) => void) => void;

export type JournalRecord = Entry & { timeMs: number };

/** By the byte that tells them in a record. The first is an exchange as earlier journals have it, with names in its head. */
const KINDS = ['named_exchange', 'feedback', 'drops', 'exchange'] as const;
const FRAME_BYTES = 8;
const FIXED_BYTES = 1 + 8 + 4 * 4;
const MAX_RECORD_BYTES = 64 * 1_048_576;
const NO_BODIES = [] as const;

const FIRST_ROOM_BYTES = 65_536;
const KEPT_ROOM_BYTES = 4 * 1_048_576;

/**
 * Records one after another, as they are written to disk. A record is its length (4 bytes, big endian), the CRC-32 of what
 * follows, then kind (1), time (8), the lengths of head, request, response and tail (4 each), the head as JSON (of an exchange its
 * row) and the bodies as they came. One batch is used again and again, so that no request leaves a buffer of its own behind.
 */
export class RecordBatch {
  #bytes = Buffer.allocUnsafe(FIRST_ROOM_BYTES);
  #end = 0;

  add(entry: Entry, timeMs: number): void {
    const head = JSON.stringify(entry.kind === 'exchange' ? rowOf(entry.head) : entry.head);
    const bodies = entry.kind === 'exchange' ? entry.bodies : NO_BODIES;
    let bodyBytes = 0;
    for (const body of bodies) bodyBytes += body.length;
    const start = this.#end;
    this.#ensure(FRAME_BYTES + FIXED_BYTES + head.length * 3 + bodyBytes);
    const bytes = this.#bytes;
    let at = start + FRAME_BYTES + FIXED_BYTES;
    const headBytes = bytes.write(head, at);
    at += headBytes;
    const payload = start + FRAME_BYTES;
    bytes[payload] = KINDS.indexOf(entry.kind);
    bytes.writeDoubleBE(timeMs, payload + 1);
    bytes.writeUInt32BE(headBytes, payload + 9);
    for (let i = 0; i < 3; i++) {
      const body = bodies[i];
      bytes.writeUInt32BE(body?.length ?? 0, payload + 13 + 4 * i);
      if (body !== undefined && body.length > 0) at += body.copy(bytes, at);
    }
    bytes.writeUInt32BE(at - payload, start);
    bytes.writeUInt32BE(crc32(bytes.subarray(payload, at)), start + 4);
    this.#end = at;
  }

  /** What was added; only valid until the next `clear`. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  clear(): void {
    this.#end = 0;
    if (this.#bytes.length > KEPT_ROOM_BYTES) this.#bytes = Buffer.allocUnsafe(FIRST_ROOM_BYTES);
  }

  #ensure(moreBytes: number): void {
    const wanted = this.#end + moreBytes;
    if (wanted <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(wanted, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }
}

/** A record's head; undefined if it is none, whatever its checksum says: then it is as good as damaged. */
const headOf = (kind: (typeof KINDS)[number], text: string): unknown => {
  try {
    const head: unknown = JSON.parse(text);
    if (kind === 'exchange') return headOfRow(head as ExchangeRow);
    return typeof head === 'object' && head !== null ? head : undefined;
  } catch {
    return undefined;
  }
};

const decodePayload = (payload: Buffer): JournalRecord | null => {
  const kind = KINDS[payload[0]!];
  const timeMs = payload.readDoubleBE(1);
  const ends: number[] = [];
  let at = FIXED_BYTES;
  for (let i = 0; i < 4; i++) ends.push((at += payload.readUInt32BE(9 + 4 * i)));
  if (at !== payload.length || kind === undefined) return null;
  const head = headOf(kind, payload.toString('utf8', FIXED_BYTES, ends[0])) as never;
  if (head === undefined || !Number.isFinite(timeMs)) return null;
  if (kind === 'feedback' || kind === 'drops') return { kind, head, timeMs };
  const [a, b, c, d] = ends as [number, number, number, number];
  return {
    kind: 'exchange',
    head,
    timeMs,
    bodies: [payload.subarray(a, b), payload.subarray(b, c), payload.subarray(c, d)],
  };
};

/** `incomplete`: the bytes end within it. `corrupt`: its bytes are all there but not what was written. */
export type Decoded = { record: JournalRecord; bytes: number } | { fault: 'incomplete' | 'corrupt'; bytes: number };

/** The record that starts at `at`. `bytes` is its size on disk, or how many bytes it needs if it is incomplete. */
export const decodeRecord = (bytes: Buffer, at: number): Decoded => {
  const available = bytes.length - at;
  if (available < FRAME_BYTES) return { fault: 'incomplete', bytes: FRAME_BYTES };
  const length = bytes.readUInt32BE(at);
  const total = FRAME_BYTES + length;
  if (length < FIXED_BYTES || length > MAX_RECORD_BYTES) return { fault: 'corrupt', bytes: available };
  if (available < total) return { fault: 'incomplete', bytes: total };
  const payload = bytes.subarray(at + FRAME_BYTES, at + total);
  if (crc32(payload) !== bytes.readUInt32BE(at + 4)) return { fault: 'corrupt', bytes: total };
  const record = decodePayload(payload);
  return record === null ? { fault: 'corrupt', bytes: total } : { record, bytes: total };
};
