import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ChildPlan, createChild } from './child.ts';
import type { Part } from './part.ts';
import { birthOf } from './process-birth.ts';
import { openRunFolder } from './run-folder.ts';

const forever = 'setInterval(() => {}, 1000)';
const patient = { timeout: 10_000 };

let folder: string;
let lines: string[];
let child: Part | undefined;

const create = (script: string, more: Partial<ChildPlan> = {}): Part => {
  child = createChild({
    name: 'thing',
    command: process.execPath,
    args: ['-e', script],
    runFolder: folder,
    probe: async () => existsSync(path.join(folder, 'thing.pid')),
    onProgress: (line) => lines.push(line),
    ...more,
  });
  return child;
};

const pidOnFile = (): number => Number.parseInt(readFileSync(path.join(folder, 'thing.pid'), 'utf8'), 10);
const isAlive = async (pid: number): Promise<boolean> => (await birthOf(pid)) !== '';

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'coalmine-child-'));
  lines = [];
});

afterEach(async () => {
  await child?.stop();
  rmSync(folder, { recursive: true });
});

describe('a child', () => {
  it('is gone when kill settles, and another process after the next start', async () => {
    const thing = create(forever);
    await thing.start();
    const first = pidOnFile();
    await thing.kill('SIGKILL');
    expect(await isAlive(first)).toBe(false);
    expect(existsSync(path.join(folder, 'thing.pid'))).toBe(false);
    await thing.start();
    expect(pidOnFile()).not.toBe(first);
    expect(lines).toEqual([]);
  });

  it('that ends while it starts is an error that shows the end of its log', async () => {
    const thing = create('console.error("no such luck"); process.exit(3)', { probe: async () => false });
    await expect(thing.start()).rejects.toThrow(/^thing ended while it started.*no such luck/);
  });

  it('that ends for want of disk says so', async () => {
    const thing = create('console.error("write: No space left on device")', { probe: async () => false });
    await expect(thing.start()).rejects.toThrow(/^the disk is full/);
  });

  it('that ends by itself is reported', async () => {
    await create(forever).start();
    process.kill(pidOnFile(), 'SIGKILL');
    await vi.waitUntil(() => lines.length > 0, patient);
    expect(lines[0]).toMatch(/^thing ended by itself \(SIGKILL\)/);
  });

  it('that is to be restarted comes back by itself', async () => {
    await create(forever, { restart: true }).start();
    const first = pidOnFile();
    process.kill(first, 'SIGKILL');
    await vi.waitUntil(() => lines.includes('thing is back'), patient);
    expect(pidOnFile()).not.toBe(first);
  });

  it('may end cleanly when stopped, even a frozen one', async () => {
    const trace = path.join(folder, 'trace');
    const onTerm = `() => { require('node:fs').writeFileSync(${JSON.stringify(trace)}, 'clean'); process.exit() }`;
    const ready = path.join(folder, 'ready');
    const thing = create(
      `process.on('SIGTERM', ${onTerm}); ${forever}; fs.writeFileSync(${JSON.stringify(ready)}, '')`,
      {
        probe: async () => existsSync(ready),
      },
    );
    await thing.start();
    await thing.kill('SIGSTOP');
    await thing.stop();
    expect(readFileSync(trace, 'utf8')).toBe('clean');
  });
});

describe('openRunFolder', () => {
  it('ends what a dead owner left behind and leaves alone what a living one has', async () => {
    const leftOver = spawn(process.execPath, ['-e', forever]);
    const living = spawn(process.execPath, ['-e', forever]);
    const name = async (pid = 0): Promise<string> => `${pid}-${await birthOf(pid)}`;
    const own = async (owner: string, pid: number | undefined): Promise<void> => {
      mkdirSync(path.join(folder, 'run', owner), { recursive: true });
      writeFileSync(path.join(folder, 'run', owner, 'thing.pid'), await name(pid));
    };
    const alive = `${await name(process.pid)}-abcdef`;
    await own(`${2 ** 30}-1-abcdef`, leftOver.pid);
    await own(alive, living.pid);
    try {
      const opened = await openRunFolder(folder, (line) => lines.push(line));
      expect(await isAlive(leftOver.pid ?? 0)).toBe(false);
      expect(await isAlive(living.pid ?? 0)).toBe(true);
      expect(lines).toEqual(['ended thing, left behind by an earlier run']);
      expect(readdirSync(path.join(folder, 'run')).toSorted()).toEqual([alive, path.basename(opened)].toSorted());
    } finally {
      living.kill('SIGKILL');
    }
  });
});
