import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createChild } from './child.ts';
import type { Jar } from './lock.ts';
import type { Part } from './part.ts';
import { PartsError, toPartsError } from './parts-error.ts';
import { registryAnswers } from './probe.ts';
import { runProgram } from './program.ts';
import { makeWholeFolder } from './whole-folder.ts';

export const registryPath = '/apis/ccompat/v7';

export function registryUrl(host: string, port: number): string {
  return `http://${host}:${port}${registryPath}`;
}

export function unpackedFolder(archive: Jar, cache: string): string {
  return path.join(cache, archive.file.replace(/\.tar\.gz$/, ''));
}

/** Unpacks the downloaded archive beside itself and then removes it, since it is half of what the cache holds. */
export async function unpackRegistry(archive: Jar, cache: string): Promise<void> {
  const file = path.join(cache, archive.file);
  await makeWholeFolder(unpackedFolder(archive, cache), async (part) => {
    const { code, stderr } = await runProgram('tar', ['-xzf', file, '-C', part]);
    if (code !== 0) throw toPartsError(stderr.trim(), `tar could not unpack ${file}`, cache);
  });
  rmSync(file, { force: true });
}

/** The registry refuses a schema that a reader of any earlier one could not follow; Apicurio's own default is NONE. */
export async function requireTransitive(url: string): Promise<void> {
  const response = await fetch(`${url}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ compatibility: 'BACKWARD_TRANSITIVE' }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new PartsError(`the registry refused its compatibility level (status ${response.status})`);
}

export type RegistryPlan = {
  java: string;
  folder: string;
  port: number;
  dataFolder: string;
  isDisposable: boolean;
  runFolder: string;
  onProgress: (line: string) => void;
};

/** An Apicurio registry on this machine only, its schemas in an H2 file; not started yet. */
export function prepareRegistry(plan: RegistryPlan): Part {
  const jar = readdirSync(plan.folder).find((file) => file.endsWith('-runner.jar'));
  if (jar === undefined) throw new PartsError(`no registry in ${plan.folder}: remove that folder, then run again`);
  const settings = {
    'quarkus.http.host': '127.0.0.1',
    'quarkus.http.port': plan.port,
    'quarkus.http.access-log.enabled': false,
    'quarkus.log.level': 'WARN',
    'apicurio.storage.kind': 'sql',
    'apicurio.storage.sql.kind': 'h2',
    'apicurio.datasource.url': `jdbc:h2:file:${path.join(plan.dataFolder, 'registry', 'db')}`,
    'apicurio.rest.deletion.artifact.enabled': true,
  };
  const jvm = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:+ExitOnOutOfMemoryError'];
  const properties = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
  const url = registryUrl('127.0.0.1', plan.port);
  const child = createChild({
    name: 'registry',
    command: plan.java,
    args: [...jvm, ...properties, '-jar', path.join(plan.folder, jar)],
    runFolder: plan.runFolder,
    isDisposable: plan.isDisposable,
    probe: async () => await registryAnswers(url),
    onProgress: plan.onProgress,
  });
  const start = async (): Promise<void> => {
    await child.start();
    await requireTransitive(url);
  };
  return { ...child, start };
}
