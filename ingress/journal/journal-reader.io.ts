import { open, unlink } from 'node:fs/promises';
import { decodeRecord } from '../exchange/journal-record.ts';
import type { JournalRecord } from '../exchange/journal-record.ts';
import type { JournalBatch, Position } from './publishing.ts';
import { listSegments, segmentBytes, segmentPath } from './journal-files.io.ts';

const READ_BYTES = 1_048_576;

const NOTHING = Buffer.alloc(0);

/** At most so many bytes. Most reads find nothing new, and should cost no memory then. */
const readAt = async (path: string, offset: number, maxBytes: number): Promise<Buffer> => {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size <= offset) return NOTHING;
    const buffer = Buffer.allocUnsafe(Math.min(maxBytes, size - offset));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};

/** Decodes from the start on; `needs` is how many bytes the record at the end wants if it was cut. */
const decodeAll = (bytes: Buffer): { records: JournalRecord[]; used: number; needs: number; corrupt: boolean } => {
  const records: JournalRecord[] = [];
  let used = 0;
  while (used < bytes.length) {
    const decoded = decodeRecord(bytes, used);
    if ('fault' in decoded) return { records, used, needs: decoded.bytes, corrupt: decoded.fault === 'corrupt' };
    records.push(decoded.record);
    used += decoded.bytes;
  }
  return { records, used, needs: 0, corrupt: false };
};

/**
 * The next records after `from`. A segment is closed once a later one exists: what can't be read in a closed segment is
 * given up and counted, with all that follows it there; in the last segment it may be a write under way, and waits.
 */
export const readBatch = async (dir: string, from: Position): Promise<JournalBatch> => {
  const segments = listSegments(dir);
  const segment = segments.find((s) => s >= from.segment);
  const none = { records: [], corruptRecords: 0, lostBytes: 0 };
  if (segment === undefined) return { ...none, end: from, atEnd: true };
  const offset = segment === from.segment ? from.offset : 0;
  const next = segments.find((s) => s > segment);
  const path = segmentPath(dir, segment);
  let bytes = await readAt(path, offset, READ_BYTES);
  let decoded = decodeAll(bytes);
  if (decoded.records.length === 0 && !decoded.corrupt && decoded.needs > bytes.length) {
    bytes = await readAt(path, offset, decoded.needs);
    decoded = decodeAll(bytes);
  }
  const end = { segment, offset: offset + decoded.used };
  const found = { ...none, records: decoded.records, end };
  if (decoded.records.length > 0) return { ...found, atEnd: false };
  if (next === undefined) return { ...found, atEnd: !decoded.corrupt };
  const lostBytes = Math.max(0, segmentBytes(dir, segment) - end.offset);
  return {
    records: [],
    end: { segment: next, offset: 0 },
    atEnd: false,
    corruptRecords: decoded.corrupt ? 1 : 0,
    lostBytes,
  };
};

/** Bytes not yet read past. */
export const backlogBytes = (dir: string, from: Position): number =>
  listSegments(dir)
    .filter((segment) => segment >= from.segment)
    .reduce((sum, segment) => sum + segmentBytes(dir, segment) - (segment === from.segment ? from.offset : 0), 0);

/** Deletes the segments that lie wholly before `position`. */
export const deleteBefore = async (dir: string, position: Position): Promise<void> => {
  for (const segment of listSegments(dir)) {
    if (segment < position.segment) await unlink(segmentPath(dir, segment));
  }
};
