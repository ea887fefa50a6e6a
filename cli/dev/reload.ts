import { watch } from 'node:fs';
import path from 'node:path';
import type { Part } from '../../infra/parts/part.ts';
import { type Reloaded, toReload } from './reload-plan.ts';
import { messageOf } from '../../schemas/error-message.ts';

/** An editor that saves touches a file several times, and a checkout many files. */
const SETTLE_MS = 200;

/**
 * Watches folders below a root, and begins anew, one after the other, the processes that a change concerns. One that does not start
 * is said, and tried again at the next change.
 */
export const startReload = (
  root: string,
  plan: readonly Reloaded[],
  services: ReadonlyMap<string, Pick<Part, 'start' | 'stop'>>,
  say: (line: string) => void,
): { stop(): Promise<void> } => {
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();
  let isStopped = false;

  const restart = async (name: string, file: string): Promise<void> => {
    const service = services.get(name);
    if (service === undefined || isStopped) return;
    const startedMs = performance.now();
    try {
      await service.stop();
      if (isStopped) return;
      await service.start();
      say(`${name} began anew in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s (${file})`);
    } catch (error) {
      say(`${name} does not start (${file}): ${messageOf(error)}`);
    }
  };
  const restartAll = async (): Promise<void> => {
    const files = [...changed];
    changed.clear();
    const names = new Map(files.flatMap((file) => toReload(file, plan).map((name) => [name, file] as const)));
    for (const [name, file] of names) await restart(name, file);
  };
  const onChange = (file: string): void => {
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(() => {
      working = working.then(restartAll);
    }, SETTLE_MS);
  };

  const folders = [...new Set(plan.map(({ beginsWith }) => beginsWith))];
  const watchers = folders.map((folder) =>
    watch(path.join(root, folder), { recursive: true }, (_, name) => {
      if (name !== null) onChange(path.posix.join(folder, name));
    }),
  );
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      await working;
    },
  };
};
