import { chmodSync, closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { APPLICATION_ID, FOLD_VERSION, TABLES } from './tables.ts';

const CACHE_KIB = 64 * 1024;
/** Who waits for another's transaction: two controllers that were given one folder, or a reader while the log is checkpointed. */
const BUSY_MS = 5_000;

export const removeStore = (file: string): void => {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${end}`, { force: true });
};

const DAMAGED = new Set([11, 26]); // SQLITE_CORRUPT, SQLITE_NOTADB

/** Whether the file itself is at fault, so that only making it anew helps. */
export const isDamage = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && DAMAGED.has(Number(error.errcode) & 0xff);

const pragma = (db: DatabaseSync, name: string): number =>
  Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);

const tune = (db: DatabaseSync): void =>
  db.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -${CACHE_KIB}; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = ${16 << 20}`,
  );

/** Null where the file can be used as it is, '' where it is empty; else why not. */
const faultOf = (db: DatabaseSync): string | null => {
  const [application, version] = [pragma(db, 'application_id'), pragma(db, 'user_version')];
  if (application === 0 && version === 0 && pragma(db, 'schema_version') === 0) return '';
  if (application !== APPLICATION_ID) return 'it is no store of ours';
  if (version !== FOLD_VERSION) return `it was folded by version ${version}, and this is ${FOLD_VERSION}`;
  db.prepare('SELECT count(*) FROM offsets').get();
  return null;
};

/** It holds what people asked: for its owner alone. SQLite's other files get the same mode. */
const open = (file: string): DatabaseSync => {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  return new DatabaseSync(file, { timeout: BUSY_MS });
};

const create = (db: DatabaseSync): void => {
  // The first takes effect only before there are tables.
  db.exec('PRAGMA auto_vacuum = INCREMENTAL');
  tune(db);
  db.exec(`BEGIN; ${TABLES} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FOLD_VERSION}; COMMIT`);
};

/**
 * Opens the store for writing. A missing file is made; one that is damaged, another program's or of another fold version is made anew, and
 * `rebuilt` says why.
 */
export const openStore = (file: string): { db: DatabaseSync; rebuilt: string | null } => {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  let rebuilt: string;
  let db: DatabaseSync | undefined;
  try {
    db = open(file);
    const fault = faultOf(db);
    if (fault === null) tune(db);
    if (fault === '') create(db);
    if (fault === null || fault === '') return { db, rebuilt: null };
    rebuilt = fault;
  } catch (error) {
    if (!isDamage(error)) throw error;
    rebuilt = 'it is damaged';
  }
  if (db?.isOpen) db.close();
  removeStore(file);
  db = open(file);
  create(db);
  return { db, rebuilt };
};

/** Opens it for reading beside whoever writes. */
export const openToRead = (file: string): DatabaseSync => {
  const db = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS });
  db.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = ${256 << 20}`);
  return db;
};
