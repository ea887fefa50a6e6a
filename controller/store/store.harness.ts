import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach } from 'vitest';
import { createStoreReader } from './reader.io.ts';
import { openStore, openToRead } from './store-file.io.ts';
import type { FoldEvent, StoreWriter } from './store-writer.ts';
import { STORE_FILE } from './tables.ts';
import { createWriter } from './writer.io.ts';

export const NOW_MS = 10_000_000;

/** For a test file: stores in folders of their own, each removed after its test. */
export const storesForEach = () => {
  const folders: string[] = [];
  const open: DatabaseSync[] = [];
  afterEach(() => {
    for (const db of open.splice(0)) if (db.isOpen) db.close();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  const makeFile = (): string => {
    const folder = mkdtempSync(path.join(tmpdir(), 'coalmine-store-'));
    folders.push(folder);
    return path.join(folder, STORE_FILE);
  };
  const openAll = (file: string) => {
    const { db, rebuilt } = openStore(file);
    const readOnly = openToRead(file);
    open.push(db, readOnly);
    const writer = createWriter(db);
    return { db, rebuilt, writer, reader: createStoreReader(readOnly) };
  };
  return { makeFile, openAll };
};

let offset = 0;
/** Folds events as one batch of a partition. */
export const take = <E>(writer: StoreWriter, fold: FoldEvent<E>, ...events: E[]): void => {
  const records = events.map((event) => {
    const value = { source: 's', sequence: 1, timeMs: NOW_MS, event, tick: null };
    return { offset: (offset += 1), timestampMs: NOW_MS, key: '', value };
  });
  writer.take({ topic: 'coalmine.test', partition: 0, records }, fold, 0);
};

/** What a page is asked for, with what the contract gives by default. */
export const asked = <Q extends object>(query: Q, after: { by: number; no: number } | null = null) => ({
  agents: ['support'],
  query: { limit: 50, ...query },
  after,
});
