import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyOf } from '../../schemas/api-key.fixture.ts';
import { createKnownKeys, followKeys } from './key-table.ts';
import type { StoredKeys } from './key-store.ts';
import { createLog, silentLog } from '../process/log.ts';

const stored = (revision: number | null, ...keys: StoredKeys['keys']): StoredKeys => ({
  revision,
  keys,
  unreadable: [],
});
const [a, b] = [keyOf('a'), keyOf('b')];
const revokedA = { ...a, revokedAtMs: 5 };

describe('what is known of keys', () => {
  let lines: string[];
  const known = (...keys: StoredKeys['keys']) =>
    createKnownKeys(keys, createLog('test', 'info', { write: (line: string) => void lines.push(line) }));
  beforeEach(() => (lines = []));

  it('is what Redis says, and changes only with it', () => {
    const { keys, merge } = known();
    expect(merge(stored(1, a))).toBe(true);
    expect(merge(stored(1, a))).toBe(false);
    expect(merge(stored(2, revokedA, b))).toBe(true);
    expect([...keys.values()]).toEqual([revokedA, b]);
    expect(lines).toEqual([]);
  });

  it('keeps the same record as long as nothing is changed in it', () => {
    const { keys, merge } = known(a);
    merge(stored(1, { ...a }));
    expect(keys.get(a.sha256)).toBe(a);
  });

  it('outlives a wiped Redis, which is said once', () => {
    const { keys, merge } = known();
    merge(stored(3, a, b));
    merge(stored(null));
    merge(stored(null));
    expect(keys.size).toBe(2);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('Redis lost API keys');
  });

  it('takes up new keys of a Redis that was wiped, and keeps the old ones', () => {
    const { keys, merge } = known();
    merge(stored(7, a));
    merge(stored(1, b));
    merge(stored(8, b));
    expect([...keys.keys()]).toEqual([a.sha256, b.sha256]);
  });

  it('does not let an old backup bring back a revoked key', () => {
    const { keys, merge } = known();
    merge(stored(2, revokedA, b));
    merge(stored(1, a));
    expect(keys.get(a.sha256)).toEqual(revokedA);
    expect(keys.get(b.sha256)).toEqual(b);
    merge(stored(3, a, b));
    expect(keys.get(a.sha256)?.revokedAtMs).toBe(5);
  });

  it('is nothing in a Redis where nobody made a key, and nothing is wrong with that', () => {
    expect(known().merge(stored(null))).toBe(false);
    expect(lines).toEqual([]);
  });

  it('leaves out a record that can’t be read, and says which and why', () => {
    const { keys, merge } = known();
    merge({ ...stored(1, a), unreadable: [{ sha256: b.sha256, reason: 'it is not JSON' }] });
    expect([...keys.keys()]).toEqual([a.sha256]);
    expect(lines[0]).toContain('it is not JSON');
  });
});

describe('without Redis', () => {
  const NO_REDIS = 'redis://127.0.0.1:1';
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coalmine-keys-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('the keys of the file are there at once, but not taken for all there are', async () => {
    const file = join(folder, 'keys.json');
    await writeFile(file, JSON.stringify([a, revokedA]));
    const table = await followKeys({ redisUrl: NO_REDIS, file, log: silentLog });
    expect([table.size(), table.find(a.sha256)?.revokedAtMs, table.healthy()]).toEqual([1, 5, false]);
    await table.stop();
  });

  it.each(['', 'not json', '[{"id":"x"}]'])(
    'a file that can’t be read is a start without keys: %s',
    async (content) => {
      const file = join(folder, 'keys.json');
      await writeFile(file, content);
      const table = await followKeys({ redisUrl: NO_REDIS, file, log: silentLog });
      expect(table.size()).toBe(0);
      await table.stop();
    },
  );
});
