import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const DIST = path.join(root, 'dashboard/dist');
const STAMP = path.join(DIST, '.stamp');

const isSource = (file: string): boolean =>
  /\.(tsx?|css|html|svg|json)$/.test(file) && !file.endsWith('.test.ts') && !file.startsWith('dist');

const sourcesIn = async (folder: string): Promise<string[]> =>
  (await readdir(path.join(root, folder), { recursive: true }))
    .filter(isSource)
    .map((file) => path.join(folder, file))
    .toSorted();

/** Of everything that the page is made of. */
const wantedStamp = async (): Promise<string> => {
  const sources = [...(await sourcesIn('dashboard')), ...(await sourcesIn('schemas')), 'package-lock.json'];
  const hash = createHash('sha256');
  for (const file of sources) hash.update(file).update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
};

const isBuiltOf = (wanted: string): boolean => existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted;

/** Puts what was built in its place; where another process was faster, that is the same. */
const place = (outDir: string, wanted: string): void => {
  try {
    rmSync(DIST, { recursive: true, force: true });
    renameSync(outDir, DIST);
  } catch (error) {
    if (!isBuiltOf(wanted)) throw error;
    rmSync(outDir, { recursive: true, force: true });
  }
};

/** Builds the page into `dashboard/dist/` unless that is what its sources say already. */
export const buildPage = async (onProgress: (line: string) => void): Promise<void> => {
  const wanted = await wantedStamp();
  if (isBuiltOf(wanted)) return;
  onProgress('building the page (once, and after its sources changed) …');
  // It takes as long to load as most verbs take altogether.
  const { build } = await import('vite');
  const outDir = `${DIST}-${process.pid}`;
  await build({ configFile: path.join(root, 'dashboard/vite.config.ts'), build: { outDir, emptyOutDir: true } });
  writeFileSync(path.join(outDir, '.stamp'), wanted);
  place(outDir, wanted);
};

if (import.meta.main) await buildPage((line) => process.stderr.write(`coalmine: ${line}\n`));
