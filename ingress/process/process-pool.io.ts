import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { backoff } from '../../platform/process/retry.ts';

export type PoolOptions = {
  script: string;
  processes: number;
  dataDir: string;
  instances: number;
  /** Of the first process; the others take those that follow. 0: none. */
  metricsPort: number;
  env: NodeJS.ProcessEnv;
  onStarted: (index: number, pid: number | undefined) => void;
  onDied: (index: number, code: number | null, waitMs: number) => void;
};

const BACKOFF = { firstMs: 200, maxMs: 10_000 };
/** A process that lived so long starts again without delay. */
const STEADY_MS = 60_000;

/**
 * Runs so many processes of the same script, which share the port, the policy and the secret, each with a folder of its own
 * under the data folder. One that ends by itself is started again; the kernel gives new connections to those that live.
 */
export const startPool = (options: PoolOptions): { stop: () => Promise<void> } => {
  const { script, processes, dataDir, instances, metricsPort, env, onStarted, onDied } = options;
  const children = new Map<number, ChildProcess>();
  const restarts = new Set<NodeJS.Timeout>();
  let isStopping = false;

  const start = (index: number, attempt: number): void => {
    const startedMs = performance.now();
    const child = fork(script, [], {
      execArgv: process.execArgv,
      env: {
        ...env,
        INGRESS_PROCESSES: '1',
        INGRESS_SHARE_PORT: 'true',
        INGRESS_INSTANCES: String(instances),
        ...(metricsPort === 0 ? {} : { INGRESS_METRICS_PORT: String(metricsPort + index) }),
        INGRESS_DATA_DIR: path.join(dataDir, String(index)),
      },
    });
    children.set(index, child);
    onStarted(index, child.pid);
    child.once('exit', (code) => {
      children.delete(index);
      if (isStopping) return;
      const next = performance.now() - startedMs > STEADY_MS ? 1 : attempt + 1;
      const waitMs = backoff(next, BACKOFF);
      onDied(index, code, waitMs);
      const timer = setTimeout(() => {
        restarts.delete(timer);
        start(index, next);
      }, waitMs);
      restarts.add(timer);
    });
  };
  for (let index = 0; index < processes; index++) start(index, 0);

  return {
    stop: async () => {
      isStopping = true;
      for (const timer of restarts) clearTimeout(timer);
      const exits = [...children.values()].map((child) => new Promise((resolve) => child.once('exit', resolve)));
      // Not a signal: whoever signals the whole process group has sent them one already.
      for (const child of children.values()) child.disconnect();
      await Promise.all(exits);
    },
  };
};
