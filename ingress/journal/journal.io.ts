import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { addDrop, NO_DROPS } from './drop-counts.ts';
import { RecordBatch } from '../exchange/journal-record.ts';
import type { DropsHead, Entry, Written } from '../exchange/journal-record.ts';
import { listSegments, segmentPath, totalSegmentBytes } from './journal-files.io.ts';
import { alongWith, clearFloor, raiseFloor } from './journal-floor.ts';
import type { JournalFloor } from './journal-floor.ts';

export type Journal = {
  /** Calls `done` once the entry is on disk or was dropped; never before this event-loop turn ends. */
  append: (entry: Entry, done: (written: Written) => void) => void;
  /** Bytes on disk, as last measured. */
  sizeBytes: () => number;
  /** Rolls a segment that has been open for a minute (so that what is published can be deleted); told every second. */
  tick: () => void;
  close: () => void;
};

export type JournalOptions = {
  dir: string;
  capBytes: number;
  segmentBytes: number;
  floor: JournalFloor;
  nowMs: () => number;
  /** Once when writing begins to fail, once when it works again. */
  onDiskError: (error: unknown) => void;
  onRecovered: () => void;
};

type Pending = { entry: Entry; done: (written: Written) => void };

const ROLL_AFTER_MS = 60_000;
/** A full or failing disk is not asked for every request. */
const RETRY_AFTER_MS = 500;

/**
 * The journal: segment files that only grow, written in groups. All entries of one event-loop turn go to the file in one
 * write before any of their `done`s is called, so what a client saw finished survives the death of the process (not of
 * the power). Times run backwards only where the clock is set back by seconds. A write that fails part way is taken back.
 */
export const openJournal = (options: JournalOptions): Journal => {
  const { dir, capBytes, floor } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  let segment = listSegments(dir).at(-1) ?? 0;
  let file: number | null = null;
  let fileBytes = 0;
  let fileOpenedMs = 0;
  let diskBytes = totalSegmentBytes(dir);
  let pending: Pending[] = [];
  let drops: DropsHead = NO_DROPS;
  let lastMs = 0;
  let isFailing = false;
  let retryAtMs = 0;

  const roll = (): void => {
    if (file !== null) closeSync(file);
    file = null;
  };

  const openSegment = (nowMs: number): number => {
    if (file !== null && fileBytes >= options.segmentBytes) roll();
    if (file !== null) return file;
    file = openSync(segmentPath(dir, segment + 1), 'wx', 0o600);
    segment += 1;
    fileBytes = 0;
    fileOpenedMs = nowMs;
    return file;
  };

  /** All of it, or none of it and an error. */
  const writeAll = (bytes: Buffer, nowMs: number): void => {
    const target = openSegment(nowMs);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(target, bytes, at);
    } catch (error) {
      try {
        ftruncateSync(target, fileBytes);
      } catch {
        roll();
      }
      throw error;
    }
    fileBytes += bytes.length;
    diskBytes += bytes.length;
  };

  const batch = new RecordBatch();
  const encodeAll = (group: readonly Pending[], nowMs: number): Buffer => {
    batch.clear();
    if (drops.exchanges > 0) batch.add({ kind: 'drops', head: drops }, nowMs);
    for (const { entry } of group) batch.add(entry, nowMs);
    return batch.bytes;
  };

  /** Of a clock that was set back, too: then the time to try again would be far off. */
  const isTooSoon = (nowMs: number): boolean => nowMs < retryAtMs && nowMs >= retryAtMs - RETRY_AFTER_MS;

  const hasRoom = (bytes: number, nowMs: number): boolean => {
    if (diskBytes + bytes <= capBytes) return true;
    if (isTooSoon(nowMs)) return false;
    retryAtMs = nowMs + RETRY_AFTER_MS;
    diskBytes = totalSegmentBytes(dir);
    return diskBytes + bytes <= capBytes;
  };

  const tryWrite = (group: readonly Pending[], nowMs: number): Written => {
    if (isFailing && isTooSoon(nowMs)) return 'disk_error';
    try {
      const bytes = encodeAll(group, nowMs);
      if (!hasRoom(bytes.length, nowMs)) return 'full';
      writeAll(bytes, nowMs);
    } catch (error) {
      retryAtMs = nowMs + RETRY_AFTER_MS;
      if (!isFailing) options.onDiskError(error);
      isFailing = true;
      return 'disk_error';
    }
    if (isFailing) options.onRecovered();
    isFailing = false;
    drops = NO_DROPS;
    return 'written';
  };

  const flush = (): void => {
    const group = pending;
    pending = [];
    if (group.length === 0 && drops.exchanges === 0) return;
    // Raised with the clock's own time first, and the clock read again: `lastMs` may only be later than that.
    raiseFloor(floor, options.nowMs());
    lastMs = alongWith(lastMs, options.nowMs());
    const written = tryWrite(group, lastMs);
    clearFloor(floor);
    if (written !== 'written') {
      for (const { entry } of group) if (entry.kind === 'exchange') drops = addDrop(drops, entry);
    }
    for (const { done } of group) done(written);
  };

  return {
    append: (entry, done) => {
      if (pending.push({ entry, done }) === 1) setImmediate(flush);
    },
    sizeBytes: () => diskBytes,
    tick: () => {
      const nowMs = options.nowMs();
      try {
        diskBytes = totalSegmentBytes(dir);
        if (file !== null && fileBytes > 0 && Math.abs(nowMs - fileOpenedMs) > ROLL_AFTER_MS) roll();
        if (drops.exchanges > 0 && pending.length === 0) flush();
      } catch {
        // A failing disk shows at the next write, which reports it.
      }
    },
    close: () => {
      if (pending.length > 0 || drops.exchanges > 0) flush();
      roll();
    },
  };
};
