import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const SEGMENT = /^(\d{10})\.journal$/;

/** Segments are numbered from 1 and never reused: a process always starts a new one. */
export const segmentPath = (dir: string, segment: number): string =>
  path.join(dir, `${String(segment).padStart(10, '0')}.journal`);

/** The segments on disk, in order. */
export const listSegments = (dir: string): number[] =>
  readdirSync(dir)
    .map((name) => Number(SEGMENT.exec(name)?.[1] ?? 0))
    .filter((segment) => segment > 0)
    .sort((a, b) => a - b);

/** The size of one segment; 0 if it is gone. */
export const segmentBytes = (dir: string, segment: number): number =>
  statSync(segmentPath(dir, segment), { throwIfNoEntry: false })?.size ?? 0;

export const totalSegmentBytes = (dir: string): number =>
  listSegments(dir).reduce((sum, segment) => sum + segmentBytes(dir, segment), 0);
