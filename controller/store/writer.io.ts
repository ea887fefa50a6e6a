import type { DatabaseSync } from 'node:sqlite';
import { createFolds } from './fold.io.ts';
import { eventsSince, type ReadTo, type StoreWriter } from './store-writer.ts';
import { AGEING } from './tables.ts';

/** Rows that are deleted at once: so few that neither the fold nor a reader waits for it. */
const DELETED_AT_ONCE = 500;
const FREED_PAGES_AT_ONCE = 500;

const numberOf = (row: Record<string, unknown> | undefined): number => Number(Object.values(row ?? {})[0] ?? 0);

/** Folds what the topics hold into a store's file. */
export const createWriter = (db: DatabaseSync): StoreWriter => {
  const folds = createFolds(db);
  const noteOffset = db.prepare(
    'INSERT INTO offsets (topic, partition, next, last_ms) VALUES (?, ?, ?, ?) ON CONFLICT (topic, partition) DO UPDATE SET next = excluded.next, last_ms = excluded.last_ms',
  );
  const allOffsets = db.prepare('SELECT topic, partition, next, last_ms FROM offsets');
  const [pageCount, freePages, pageBytes] = ['page_count', 'freelist_count', 'page_size'].map((name) =>
    db.prepare(`PRAGMA ${name}`),
  );
  const ageing = AGEING.map(({ table, key }) => {
    const oldest = `FROM ${table} WHERE at < ? ORDER BY at LIMIT ${DELETED_AT_ONCE}`;
    return {
      table,
      oldest: db.prepare(`SELECT min(at) FROM ${table}`),
      /** Of those that would be deleted at once the latest. */
      lastAtOnce: db.prepare(`SELECT max(at) FROM (SELECT at ${oldest})`),
      remove: db.prepare(`DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} ${oldest})`),
      count: db.prepare(`SELECT count(*) FROM ${table}`),
    };
  });

  const together = <T>(run: () => T): T => {
    db.exec('BEGIN IMMEDIATE');
    try {
      const done = run();
      db.exec('COMMIT');
      return done;
    } catch (error) {
      folds.forget();
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };
  const usedBytes = (): number =>
    (numberOf(pageCount?.get()) - numberOf(freePages?.get())) * numberOf(pageBytes?.get());
  const timeIn = (row: Record<string, unknown> | undefined): number =>
    Number(Object.values(row ?? {})[0] ?? Number.POSITIVE_INFINITY);
  const oldestMs = (): number => Math.min(...ageing.map(({ oldest }) => timeIn(oldest.get())));
  /** Deletes of each table some of what is older, and whatever is of the same time goes together with its pack. */
  const removeOlder = (beforeMs: number): void =>
    together(() => {
      for (const { remove } of ageing) remove.run(beforeMs);
    });

  return {
    folds,
    offsets: () => {
      const found = new Map<string, Map<number, ReadTo>>();
      for (const { topic, partition, next, last_ms: lastMs } of allOffsets.all()) {
        const own = found.get(String(topic)) ?? new Map<number, ReadTo>();
        found.set(String(topic), own.set(Number(partition), { next: Number(next), lastMs: Number(lastMs) }));
      }
      return found;
    },
    take: ({ topic, partition, records }, fold, sinceMs) => {
      const events = eventsSince(records, sinceMs);
      const last = records.at(-1);
      if (last === undefined) return 0;
      together(() => {
        for (const event of events) fold(event);
        folds.flush();
        noteOffset.run(topic, partition, last.offset + 1, last.timestampMs);
      });
      return events.length;
    },
    prune: (sinceMs, maxBytes) => {
      const isOld = oldestMs() < sinceMs;
      if (isOld) removeOlder(sinceMs);
      const isLarge = usedBytes() > maxBytes;
      const untilMs = Math.min(...ageing.map(({ lastAtOnce }) => timeIn(lastAtOnce.get(Number.MAX_SAFE_INTEGER))));
      if (isLarge && Number.isFinite(untilMs)) removeOlder(untilMs + 1);
      const isDue = isOld || isLarge;
      if (isDue) db.exec(`PRAGMA incremental_vacuum(${FREED_PAGES_AT_ONCE})`);
      return isDue && Number.isFinite(oldestMs());
    },
    usedBytes,
    rows: () => Object.fromEntries(ageing.map(({ table, count }) => [table, numberOf(count.get())])),
    close: () => db.close(),
  };
};
