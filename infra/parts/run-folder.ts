import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { birthOf } from './process-birth.ts';
import { waitUntil } from './waiting.ts';

/** A process as run folders and pid files name it: `<pid>-<birth>`, with anything after a second dash; undefined if it is dead. */
export async function livingPid(name: string): Promise<number | undefined> {
  const [pid = '', birth = ''] = name.split('-');
  const isAlive = /^\d+$/.test(pid) && birth !== '' && (await birthOf(Number(pid))) === birth;
  return isAlive ? Number(pid) : undefined;
}

async function endLeftOver(pidFile: string): Promise<boolean> {
  const name = readFileSync(pidFile, 'utf8');
  const pid = await livingPid(name);
  if (pid === undefined) return false;
  process.kill(pid, 'SIGKILL');
  await waitUntil(`the end of process ${pid}`, async () => (await livingPid(name)) === undefined, 10_000);
  return true;
}

/**
 * A fresh folder for one start's logs, pid files and data, under `<home>/run`. First sweeps the folders of owners that
 * are dead, together with those of their children that outlived them; what belongs to a living owner is left alone.
 */
export async function openRunFolder(home: string, onProgress: (line: string) => void): Promise<string> {
  const root = path.join(home, 'run');
  mkdirSync(root, { recursive: true });
  for (const name of readdirSync(root)) {
    if ((await livingPid(name)) !== undefined) continue;
    const folder = path.join(root, name);
    for (const file of readdirSync(folder).filter((entry) => entry.endsWith('.pid'))) {
      if (await endLeftOver(path.join(folder, file)))
        onProgress(`ended ${file.slice(0, -4)}, left behind by an earlier run`);
    }
    rmSync(folder, { recursive: true, force: true });
  }
  return mkdtempSync(path.join(root, `${process.pid}-${await birthOf(process.pid)}-`));
}
