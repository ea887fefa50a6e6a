import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

const MAX_FILES = 20_000;
const MAX_BYTES = 512 * 1_024 * 1_024;
/** What tools put beside code, and is none of it. */
const NO_CODE: ReadonlySet<string> = new Set([
  '.git',
  'node_modules',
  '.coalmine',
  '__pycache__',
  '.venv',
  '.DS_Store',
]);

/** SHA-256 of a file's bytes, in hex. */
export const fileDigest = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
};

type Found = { name: string; isLink: boolean };

/** Files and links below a folder, by their paths with slashes. Links are not followed. */
const filesIn = async (root: string, ignored: ReadonlySet<string>): Promise<Found[]> => {
  const found: Found[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(path.join(root, below), { withFileTypes: true })) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (NO_CODE.has(entry.name) || ignored.has(entry.name) || ignored.has(name)) continue;
      if (entry.isDirectory()) await walk(name);
      else if (entry.isFile() || entry.isSymbolicLink()) found.push({ name, isLink: entry.isSymbolicLink() });
      if (found.length > MAX_FILES)
        throw new Error(`it has more than ${MAX_FILES} files; \`ignore\` names what is no code`);
    }
  };
  await walk('');
  return found;
};

/**
 * A digest of a folder: SHA-256, in hex, of a line for each file, in order of their paths: path, what it is, SHA-256 of its bytes (of a link the
 * path that it names). The same files have the same digest on any machine. `ignore` has names, or paths from the folder.
 */
export const folderDigest = async (folder: string, ignore: readonly string[]): Promise<string> => {
  const files = await filesIn(folder, new Set(ignore.map((name) => name.replace(/^\.\//, '').replace(/\/$/, ''))));
  if (files.length === 0) throw new Error('it has no file');
  const hash = createHash('sha256');
  let bytes = 0;
  for (const { name, isLink } of files.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(folder, name);
    if (!isLink) bytes += (await stat(file)).size;
    if (bytes > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES >> 20} MiB; \`ignore\` names what is no code`);
    const digest = isLink
      ? createHash('sha256')
          .update(await readlink(file))
          .digest('hex')
      : await fileDigest(file);
    hash.update(`${name}\0${isLink ? 'link' : 'file'}\0${digest}\n`);
  }
  return hash.digest('hex');
};
