import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.io.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'coalmine-lock-'));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('a folder has one owner, and is free again when that ends, even by a kill', async () => {
  const lock = await lockFolder(dir);
  await expect(lockFolder(dir)).rejects.toThrow('another ingress uses');
  lock.release();
  const script = `const { lockFolder } = await import(${JSON.stringify(path.join(import.meta.dirname, 'folder-lock.io.ts'))});
    await lockFolder(${JSON.stringify(dir)}); process.kill(process.pid, 'SIGKILL');`;
  expect(() => execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })).toThrow(
    'Command failed',
  );
  const again = await lockFolder(dir);
  again.release();
});
