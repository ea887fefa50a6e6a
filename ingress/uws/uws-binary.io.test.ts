import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BINARIES, checkUwsBinary } from './uws-binary.io.ts';
import { installUws } from './uws-server.io.ts';

const ENTRY = import.meta.resolve('uWebSockets.js');
const PACKAGE = path.dirname(fileURLToPath(ENTRY));
const NAME = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'coalmine-uws-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('the binaries that are installed, of all platforms, are those that are written down', () => {
  for (const [name, sha256] of Object.entries(BINARIES)) {
    const bytes = readFileSync(path.join(PACKAGE, 'bin', name));
    expect([name, createHash('sha256').update(bytes).digest('hex')]).toEqual([name, sha256]);
  }
  checkUwsBinary(ENTRY);
});

it('a binary with one byte more is not loaded, and the sentence says which file, what it is and what it should be', async () => {
  cpSync(PACKAGE, folder, { recursive: true, filter: (file) => !file.endsWith('.node') || file.endsWith(NAME) });
  const entry = pathToFileURL(path.join(folder, 'index.mjs')).href;
  await expect(installUws(entry)).resolves.toMatchObject({ App: expect.any(Function) });
  const file = path.join(folder, 'bin', NAME);
  appendFileSync(file, ' ');
  await expect(installUws(entry)).rejects.toThrow(`${file} is not the binary that was looked at: its SHA-256 is`);
  rmSync(file);
  expect(() => checkUwsBinary(entry)).toThrow(`uWebSockets.js is not whole: ${NAME} is missing`);
});

it('is found where the upstream project has it, too', () => {
  cpSync(path.join(PACKAGE, 'bin', NAME), path.join(folder, NAME));
  expect(() => checkUwsBinary(pathToFileURL(path.join(folder, 'ESM_wrapper.mjs')).href)).not.toThrow();
});
