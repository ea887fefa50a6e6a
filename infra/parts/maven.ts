import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type downloadArtifact from 'mvn-artifact-download';
import type { Jar } from './lock.ts';
import { mavenRepository } from './maven-mirror.ts';
import { PartsError, toPartsError } from './parts-error.ts';

// The library is CommonJS with a `default` key, which Node and vitest unwrap differently when it is imported.
const library: { default: typeof downloadArtifact.default } = createRequire(import.meta.url)('mvn-artifact-download');

const parallel = 8;
const triesMax = 4;
const stalledAfterMs = 30_000;

/** Throws a PartsError if the file's content is not what the lock promises. */
export async function checkSha256(file: string, jar: Pick<Jar, 'coord' | 'sha256'>): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const found = hash.digest('hex');
  if (found === jar.sha256) return;
  throw new PartsError(
    `${jar.coord} was downloaded with sha256 ${found}, but runtime.lock.json promises ${jar.sha256}: ` +
      'the repository or a proxy serves another file; set MAVEN_REPO_URL to one you trust',
  );
}

const sizeOf = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

/**
 * Tells how much of a file arrived, twice a second. Throws when nothing does any more: the library never settles when a
 * connection dies in the middle of a body.
 */
async function watchGrowth(file: string, onBytes: (arrivedBytes: number) => void, signal: AbortSignal): Promise<never> {
  let seenBytes = 0;
  let grewAtMs = Date.now();
  for (;;) {
    await sleep(500, undefined, { signal, ref: false });
    const sizeBytes = sizeOf(file);
    if (sizeBytes !== seenBytes) grewAtMs = Date.now();
    else if (Date.now() - grewAtMs > stalledAfterMs) throw new Error(`nothing arrived for ${stalledAfterMs / 1000} s`);
    onBytes(sizeBytes - seenBytes);
    seenBytes = sizeBytes;
  }
}

type Downloads = {
  folder: string;
  repository: string | undefined;
  /** Called with what arrived since the last call; negative when it has to be fetched anew. */
  onBytes: (arrivedBytes: number) => void;
};

async function downloadOnce(jar: Jar, { folder, repository, onBytes }: Downloads): Promise<void> {
  const part = `${jar.file}.${process.pid}.part`;
  const file = path.join(folder, part);
  let toldBytes = 0;
  const tell = (arrivedBytes: number): void => {
    toldBytes += arrivedBytes;
    onBytes(arrivedBytes);
  };
  const done = new AbortController();
  try {
    const watch = watchGrowth(file, tell, done.signal);
    watch.catch(() => {});
    await Promise.race([library.default(jar.coord, folder, repository, part, { timeout: stalledAfterMs }), watch]);
    if (sizeOf(file) !== jar.sizeBytes) throw new Error(`${sizeOf(file)} of ${jar.sizeBytes} bytes arrived`);
    await checkSha256(file, jar);
    renameSync(file, path.join(folder, jar.file));
    tell(jar.sizeBytes - toldBytes);
  } catch (error) {
    tell(-toldBytes);
    throw error;
  } finally {
    done.abort();
    rmSync(file, { force: true });
  }
}

async function download(jar: Jar, downloads: Downloads): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await downloadOnce(jar, downloads);
      return;
    } catch (error) {
      const failure = toPartsError(error, `${jar.coord} could not be downloaded`, downloads.folder);
      if (failure.cause === undefined) throw failure;
      if (tries === triesMax) {
        failure.message += ' (check the network, or set MAVEN_REPO_URL to a Maven repository you can reach)';
        throw failure;
      }
      await sleep(300 * tries);
    }
  }
}

const readSettings = (): string => {
  const file = path.join(os.homedir(), '.m2', 'settings.xml');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};

/** The jars of the lock that are not yet in the folder. */
export function missingJars(jars: readonly Jar[], folder: string): Jar[] {
  return jars.filter((jar) => sizeOf(path.join(folder, jar.file)) !== jar.sizeBytes);
}

/**
 * Brings jars into `folder`, sha256 and size checked, several at a time. A file has its name only when it is whole, so
 * processes that do this at once do not disturb each other.
 * Throws a PartsError: no network, wrong content (not retried), full disk.
 */
export async function fetchJars(
  jars: readonly Jar[],
  folder: string,
  options: { env: NodeJS.ProcessEnv; onBytes: Downloads['onBytes'] },
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const repository = mavenRepository(options.env, readSettings());
  // The largest first, so that none of them is left to trickle in alone at the end.
  const queue = jars.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  const worker = async (): Promise<void> => {
    for (let jar = queue.shift(); jar !== undefined; jar = queue.shift()) {
      await download(jar, { folder, repository, onBytes: options.onBytes });
    }
  };
  try {
    await Promise.all(Array.from({ length: parallel }, worker));
  } finally {
    queue.length = 0;
  }
}
