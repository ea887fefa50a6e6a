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
  const ageing = AGEING.map(({ table, bodies }) => {
    const some = `SELECT rowid FROM ${table} WHERE at < ? ORDER BY at LIMIT ${DELETED_AT_ONCE}`;
    return {
      table,
      oldest: db.prepare(`SELECT min(at) FROM ${table}`),
      remove: [...(bodies === null ? [] : [bodies]), table].map((name) =>
        db.prepare(`DELETE FROM ${name} WHERE rowid IN (${some})`),
      ),
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
  const oldestOf = ({ oldest }: (typeof ageing)[number]): number =>
    Number(Object.values(oldest.get() ?? {})[0] ?? Number.POSITIVE_INFINITY);
  const removeOldest = ({ remove }: (typeof ageing)[number], beforeMs: number): void =>
    together(() => {
      for (const statement of remove) statement.run(beforeMs);
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
        noteOffset.run(topic, partition, last.offset + 1, last.timestampMs);
      });
      return events.length;
    },
    prune: (sinceMs, maxBytes) => {
      const old = ageing.filter((one) => oldestOf(one) < sinceMs);
      for (const one of old) removeOldest(one, sinceMs);
      const isLarge = usedBytes() > maxBytes;
      const [first] = ageing.toSorted((a, b) => oldestOf(a) - oldestOf(b));
      if (isLarge && first !== undefined) removeOldest(first, Number.MAX_SAFE_INTEGER);
      const isDue = old.length > 0 || isLarge;
      if (isDue) db.exec(`PRAGMA incremental_vacuum(${FREED_PAGES_AT_ONCE})`);
      return isDue && ageing.some((one) => oldestOf(one) < Number.POSITIVE_INFINITY);
    },
    usedBytes,
    rows: () => Object.fromEntries(ageing.map(({ table, count }) => [table, numberOf(count.get())])),
    close: () => db.close(),
  };
};
