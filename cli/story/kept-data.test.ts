import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { birthOf } from '../../infra/parts/process-birth.ts';
import { blamingData, keptFolder, openKeptData } from './kept-data.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'coalmine-kept-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ANY = { fresh: false, windowMs: null };
const has = (name: string): boolean => existsSync(path.join(folder, name));
/** As a start would leave it that had parts in it. */
const leave = (...names: string[]): void => {
  for (const name of names) mkdirSync(path.join(folder, name), { recursive: true });
};

describe('where data are kept', () => {
  const keptIn = (once: boolean, env: NodeJS.ProcessEnv) => keptFolder('/at/coalmine', { once, env });

  it('is a folder of its own, unless the run ends by itself', () => {
    expect(keptIn(false, {})).toBe('/at/coalmine/data');
    expect(keptIn(true, {})).toBeNull();
  });

  it('is where COALMINE_DATA says, always', () => {
    expect(keptIn(false, { COALMINE_DATA: '/elsewhere' })).toBe('/elsewhere');
    expect(keptIn(true, { COALMINE_DATA: '/elsewhere' })).toBe('/elsewhere');
  });

  it.each([
    { COALMINE_PARTS: 'docker' },
    { KAFKA_BROKERS: 'kafka:9092' },
    { REDIS_URL: 'redis://redis:6379' },
    { SCHEMA_REGISTRY_URL: 'http://registry:8081' },
  ])('is nowhere of ours with %o, where the parts are not ours', (env) => {
    expect(keptIn(false, env)).toBeNull();
  });
});

describe('kept data', () => {
  it('are new once, and have a past at the next start', async () => {
    const first = await openKeptData(folder, ANY);
    expect(first).toMatchObject({ isNew: true, windowMs: 1_000 });
    leave('kafka');
    first.close();
    expect(await openKeptData(folder, ANY)).toMatchObject({ isNew: false });
  });

  it('keep the width of their windows, and refuse another', async () => {
    (await openKeptData(folder, { fresh: false, windowMs: 10_000 })).close();
    leave('kafka');
    expect(await openKeptData(folder, ANY)).toMatchObject({ windowMs: 10_000 });
    expect(await openKeptData(folder, { fresh: false, windowMs: 10_000 })).toMatchObject({ windowMs: 10_000 });
    await expect(openKeptData(folder, { fresh: false, windowMs: 60_000 })).rejects.toThrow(
      `the data in ${folder} have windows of 10s, not 1m: \`npm start -- --fresh\` forgets them`,
    );
    expect(has('owner')).toBe(false);
    expect(await openKeptData(folder, { fresh: true, windowMs: 60_000 })).toMatchObject({
      windowMs: 60_000,
      isNew: true,
    });
  });

  it('take any width where a start before them came to nothing', async () => {
    (await openKeptData(folder, { fresh: false, windowMs: 10_000 })).close();
    expect(await openKeptData(folder, { fresh: false, windowMs: 60_000 })).toMatchObject({ windowMs: 60_000 });
  });

  it('are forgotten when asked, and nothing else that lies there', async () => {
    leave('kafka', 'registry', 'redis', 'ingress', 'notes');
    expect(await openKeptData(folder, { fresh: true, windowMs: null })).toMatchObject({ isNew: true });
    expect(['kafka', 'registry', 'redis', 'ingress', 'notes'].filter(has)).toEqual(['notes']);
  });

  it('are one start’s at a time, however they are asked for', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      leave('kafka');
      writeFileSync(path.join(folder, 'owner'), `${other.pid}-${await birthOf(other.pid ?? 0)}`);
      for (const fresh of [false, true])
        await expect(openKeptData(folder, { fresh, windowMs: null })).rejects.toThrow(
          `the data in ${folder} are in use by process ${other.pid}: end it, or set COALMINE_DATA to another folder`,
        );
      expect(has('kafka')).toBe(true);
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('are free again when their owner was killed', async () => {
    writeFileSync(path.join(folder, 'owner'), '1-0');
    expect(await openKeptData(folder, ANY)).toMatchObject({ isNew: true });
  });

  it('are named when a start on them fails, with the way out; new ones are not', async () => {
    const failed = new Error('kafka ended while it started');
    const data = await openKeptData(folder, ANY);
    expect(blamingData(failed, data)).toBe(failed);
    expect(blamingData(failed, { ...data, isNew: false })).toMatchObject({
      message: `kafka ended while it started (started on the data kept in ${folder}; \`npm start -- --fresh\` forgets them)`,
    });
  });
});
