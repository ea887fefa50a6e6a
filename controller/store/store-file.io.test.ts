import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { exchangeOf } from '../../schemas/exchange.fixture.ts';
import { FOLD_VERSION } from './tables.ts';
import { asked, storesForEach, take } from './store.harness.ts';

const { makeFile, openAll } = storesForEach();

const filled = (count: number): string => {
  const file = makeFile();
  const { db, writer } = openAll(file);
  for (let i = 0; i < count; i += 1)
    take(writer, writer.folds.exchange, exchangeOf({ exchangeId: `x-${i}`, finishedAtMs: i }));
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  return file;
};

describe('the file', () => {
  it('is made where it is missing, and is there again at the next start with how far it was read', () => {
    const file = filled(3);
    const { rebuilt, writer, reader } = openAll(file);
    expect(rebuilt).toBeNull();
    expect(reader.exchanges(asked({})).exchanges).toHaveLength(3);
    expect(writer.offsets().get('coalmine.test')?.get(0)).toMatchObject({ lastMs: 10_000_000 });
  });

  it('is readable by its owner alone, and so is what lies beside it', () => {
    const file = makeFile();
    openAll(file);
    for (const end of ['', '-wal', '-shm']) expect([end, statSync(`${file}${end}`).mode & 0o777]).toEqual([end, 0o600]);
  });

  it.each([
    ['no database at all', (file: string) => writeFileSync(file, 'garbage '.repeat(4_000)), 'it is damaged'],
    [
      'damaged',
      (file: string) => {
        const bytes = readFileSync(file);
        bytes.fill(0xaa, 100, 8_000);
        writeFileSync(file, bytes);
      },
      'it is damaged',
    ],
    [
      "another program's",
      (file: string) => {
        const db = new DatabaseSync(file);
        db.exec('PRAGMA application_id = 7; CREATE TABLE theirs (a)');
        db.close();
      },
      'it is no store of ours',
    ],
    [
      'of another version',
      (file: string) => {
        const db = new DatabaseSync(file);
        db.exec(`PRAGMA user_version = ${FOLD_VERSION + 1}`);
        db.close();
      },
      `it was folded by version ${FOLD_VERSION + 1}, and this is ${FOLD_VERSION}`,
    ],
  ])('is made anew where it is %s', (_, spoil, why) => {
    const file = filled(3);
    spoil(file);
    const { rebuilt, writer, reader } = openAll(file);
    expect(rebuilt).toBe(why);
    expect(writer.offsets().size).toBe(0);
    expect(reader.exchanges(asked({})).exchanges).toEqual([]);
    take(writer, writer.folds.exchange, exchangeOf());
    expect(reader.exchanges(asked({})).exchanges).toHaveLength(1);
  });
});

describe('a batch', () => {
  it('is folded as a whole or not at all, and its offset with it', () => {
    const { writer, reader } = openAll(makeFile());
    take(writer, writer.folds.exchange, exchangeOf({ exchangeId: 'a' }));
    const before = writer.offsets();
    const failing = (event: Parameters<typeof writer.folds.exchange>[0]): void => {
      writer.folds.exchange({ ...event, agent: 'new', rollout: 'new' });
      if (event.exchangeId === 'c') throw new Error('the disk is full');
    };
    expect(() => take(writer, failing, exchangeOf({ exchangeId: 'b' }), exchangeOf({ exchangeId: 'c' }))).toThrow(
      'full',
    );
    expect(writer.offsets()).toEqual(before);
    expect(writer.rows()).toMatchObject({ exchanges: 1 });
    // The names that were taken back with it are known again under their own numbers.
    take(writer, writer.folds.exchange, exchangeOf({ exchangeId: 'd', agent: 'new', rollout: 'new' }));
    expect(reader.exchanges({ agents: ['new'], query: { limit: 5 }, after: null }).exchanges).toHaveLength(1);
  });
});

describe('the bounds', () => {
  it('let the old go, some at a time, and nothing else', () => {
    const { writer, reader } = openAll(filled(1_200));
    const rounds: number[] = [];
    while (writer.prune(1_150, 1e12)) rounds.push(writer.rows()['exchanges']!);
    expect(rounds).toEqual([700, 200, 50]);
    expect(reader.exchanges(asked({ limit: 500 })).exchanges.at(-1)?.finishedAtMs).toBe(1_150);
    expect(reader.exchange({ agents: ['support'], id: 'x-0' })).toBeNull();
    expect(writer.prune(1_150, 1e12)).toBe(false);
  });

  it('let the oldest go where there is too much, and give the disk back', () => {
    const file = filled(1_200);
    const { writer, reader } = openAll(file);
    const maxBytes = writer.usedBytes() / 2;
    while (writer.prune(0, maxBytes));
    expect(writer.usedBytes()).toBeLessThanOrEqual(maxBytes);
    expect(reader.exchanges(asked({})).exchanges[0]?.finishedAtMs).toBe(1_199);
  });
});
