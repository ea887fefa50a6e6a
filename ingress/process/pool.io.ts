import type { Log } from '../../platform/process/log.ts';
import { followPolicy } from '../policy/policy-file.io.ts';
import { lockFolder } from './folder-lock.io.ts';
import { startPool } from './process-pool.io.ts';
import { shareSecret } from './secret.io.ts';

export type PoolSettings = {
  processes: number;
  instances: number;
  dataDir: string;
  metricsPort: number;
  policyFile: string | undefined;
  secret: string | undefined;
};

/** Many processes behind one port: this one only starts them and starts them again. */
export const runPool = async (settings: PoolSettings, script: string, log: Log) => {
  const { processes, instances, dataDir, metricsPort, policyFile: file, secret } = settings;
  const lock = await lockFolder(dataDir);
  // What would end every process should end this one, with its reason.
  const events = { policyMissing: () => {}, policyApplied: () => {}, policyRefused: () => {} };
  const policy = await followPolicy({ file, env: process.env, events, onChange: () => {} });
  await policy.stop();
  shareSecret(dataDir, secret, processes);
  const pool = startPool({
    script,
    processes,
    dataDir,
    instances,
    metricsPort,
    env: process.env,
    onStarted: (index, pid) => log.info({ index, pid }, `ingress process ${index} started`),
    onDied: (index, code, waitMs) =>
      log.error({ index, code, waitMs }, `ingress process ${index} ended by itself and is started again`),
  });
  return {
    stop: async () => {
      await pool.stop();
      lock.release();
    },
  };
};

/** One of a pool ends with the pool, however that ends: its folder must be free for the next. */
export const endWithPool = (): void => {
  let isAsked = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => (isAsked = true));
  process.once('disconnect', () => {
    if (!isAsked) process.kill(process.pid, 'SIGTERM');
  });
};
