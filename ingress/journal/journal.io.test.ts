import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { entryOf } from '../exchange/capture.fixture.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Entry, Written } from '../exchange/journal-record.ts';
import type { Position } from './publishing.ts';
import { listSegments, segmentPath } from './journal-files.io.ts';
import { createFloor, raiseFloor, settledMs, writesSoFar } from './journal-floor.ts';
import { untilWritten } from './journal-watch.io.ts';
import { deleteBefore, readBatch } from './journal-reader.io.ts';
import { openJournal } from './journal.io.ts';
import type { Journal, JournalOptions } from './journal.io.ts';

let dir: string;
const faults: unknown[] = [];
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'coalmine-journal-'));
  faults.length = 0;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = (more: Partial<JournalOptions> = {}): Journal =>
  openJournal({
    dir,
    capBytes: 1e9,
    segmentBytes: 1e6,
    floor: createFloor(),
    nowMs: () => 1_000,
    onDiskError: (error: unknown) => faults.push(error),
    onRecovered: () => {},
    ...more,
  });
const exchange = (exchangeId: string, arm = 'stable'): Entry => ({
  ...entryOf('', '', {
    exchangeId,
    agent: 'a',
    rollout: 'r',
    routingSequence: 1,
    assignedVersion: 'v',
    assignedArm: arm,
  }),
  bodies: [Buffer.from('request'), Buffer.alloc(100, 'x'), Buffer.alloc(0)],
});
const append = (journal: Journal, entry: Entry): Promise<Written> =>
  new Promise((resolve) => journal.append(entry, resolve));
const readAll = async (): Promise<{
  ids: string[];
  kinds: string[];
  lostBytes: number;
  corrupt: number;
  end: Position;
}> => {
  const all = { ids: [] as string[], kinds: [] as string[], lostBytes: 0, corrupt: 0 };
  let end: Position = { segment: 0, offset: 0 };
  for (;;) {
    const batch = await readBatch(dir, end);
    const isSame = batch.end.segment === end.segment && batch.end.offset === end.offset;
    for (const record of batch.records) {
      all.kinds.push(record.kind);
      if (record.kind === 'exchange') all.ids.push(record.head.exchangeId);
    }
    all.lostBytes += batch.lostBytes;
    all.corrupt += batch.corruptRecords;
    end = batch.end;
    if (isSame) return { ...all, end };
  }
};

describe('journal', () => {
  it('what was told as written can be read back in order, over segments and restarts', async () => {
    const first = open({ segmentBytes: 1_000 });
    const ids = Array.from({ length: 20 }, (_, i) => `x${i}`);
    for (const id of ids.slice(0, 12)) expect(await append(first, exchange(id))).toBe('written');
    first.close();
    const second = open();
    const rest = await Promise.all(ids.slice(12).map((id) => append(second, exchange(id))));
    expect(rest.every((written) => written === 'written')).toBe(true);
    expect((await readAll()).ids).toEqual(ids);
    expect(listSegments(dir).length).toBeGreaterThan(2);
    second.close();
  });

  it('all entries of one turn are on disk before any of them is told', async () => {
    const journal = open();
    const sizes: number[] = [];
    const done = (): void => void sizes.push(statSync(segmentPath(dir, 1)).size);
    journal.append(exchange('a'), done);
    journal.append(exchange('b'), done);
    expect(readdirSync(dir)).toEqual([]);
    await append(journal, exchange('c'));
    expect(sizes).toHaveLength(2);
    expect(new Set(sizes)).toEqual(new Set([statSync(segmentPath(dir, 1)).size]));
    journal.close();
  });

  it('files are for their owner alone', async () => {
    const journal = open();
    await append(journal, exchange('a'));
    expect(statSync(segmentPath(dir, 1)).mode & 0o777).toBe(0o600);
    journal.close();
  });

  it('a torn tail costs only itself', async () => {
    const journal = open();
    for (const id of ['a', 'b', 'c']) await append(journal, exchange(id));
    journal.close();
    const whole = readFileSync(segmentPath(dir, 1));
    writeFileSync(segmentPath(dir, 1), whole.subarray(0, whole.length - 20));
    expect((await readAll()).ids).toEqual(['a', 'b']);
    const next = open();
    await append(next, exchange('d'));
    const read = await readAll();
    expect(read.ids).toEqual(['a', 'b', 'd']);
    expect(read.lostBytes).toBe(whole.length / 3 - 20);
    expect(read.corrupt).toBe(0);
    next.close();
  });

  it('damage in a closed segment keeps what stands before it and is counted', async () => {
    const journal = open();
    for (const id of ['a', 'b', 'c']) await append(journal, exchange(id));
    journal.close();
    const bytes = readFileSync(segmentPath(dir, 1));
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    writeFileSync(segmentPath(dir, 1), bytes);
    appendFileSync(segmentPath(dir, 2), '');
    expect(await readAll()).toMatchObject({ ids: ['a'], corrupt: 1, lostBytes: (bytes.length / 3) * 2 });
  });

  it('at its cap it drops and counts per arm, and tells the counts once there is room', async () => {
    const journal = open({ capBytes: 2_000, segmentBytes: 500 });
    const written: Written[] = [];
    for (let i = 0; i < 20; i++) written.push(await append(journal, exchange(`x${i}`, i % 2 ? 'candidate' : 'stable')));
    const kept = written.filter((w) => w === 'written').length;
    expect(written).toContain('full');
    const { end } = await readAll();
    await deleteBefore(dir, { segment: end.segment, offset: 0 });
    journal.tick();
    expect(await append(journal, exchange('later'))).toBe('written');
    const batches = [];
    for (let from: Position = { segment: 0, offset: 0 }; ;) {
      const batch = await readBatch(dir, from);
      if (batch.records.length === 0 && batch.atEnd) break;
      from = batch.end;
      batches.push(...batch.records);
    }
    const drops = batches.flatMap((record) => (record.kind === 'drops' ? record.head : []));
    expect(drops.reduce((sum, d) => sum + d.exchanges, 0)).toBe(20 - kept);
    expect(drops.flatMap((d) => d.arms).reduce((sum, arm) => sum + arm.dropped, 0)).toBe(20 - kept);
    expect(drops[0]!.arms.map((arm) => arm.arm).sort()).toEqual(['candidate', 'stable']);
    journal.close();
  });

  it('a disk that fails is told once, costs no call, and is used again when it works', async () => {
    let nowMs = 1_000;
    const journal = open({ nowMs: () => nowMs });
    rmSync(dir, { recursive: true });
    expect(await append(journal, exchange('a'))).toBe('disk_error');
    expect(await append(journal, exchange('b'))).toBe('disk_error');
    expect(faults).toHaveLength(1);
    const fs = await import('node:fs');
    fs.mkdirSync(dir);
    nowMs += 1_000;
    expect(await append(journal, exchange('c'))).toBe('written');
    const read = await readAll();
    expect(read.kinds).toEqual(['drops', 'exchange']);
    journal.close();
  });

  it('a reader never takes a time as settled that a write under way may still bear', () => {
    const floor = createFloor();
    expect(settledMs(floor, 5_000)).toBe(4_999);
    raiseFloor(floor, 3_000);
    expect(settledMs(floor, 5_000)).toBe(2_999);
  });

  it('a reader that waits for writes is woken by the next one, by one that it missed, and when it is told to stop', async () => {
    const floor = createFloor();
    const journal = open({ floor });
    const before = writesSoFar(floor);
    const never = 2 ** 31 - 1;
    const stopping = new AbortController();
    const waiting = untilWritten(floor, before, never, stopping.signal);
    expect(await append(journal, exchange('a'))).toBe('written');
    await waiting;
    await untilWritten(floor, before, never, stopping.signal);
    const stopped = untilWritten(floor, writesSoFar(floor), never, stopping.signal);
    stopping.abort();
    await stopped;
    await untilWritten(floor, writesSoFar(floor), never, stopping.signal);
    journal.close();
  });
});
