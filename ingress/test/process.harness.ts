import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { systemClock } from '../../platform/process/clock.ts';

export type IngressProcess = {
  child: ChildProcess;
  url: string;
  exited: Promise<number | null>;
  /** All it logged so far. */
  said: () => string;
};

/** An ingress in a process of its own; resolves once it listens, rejects with what it said if it ended before. */
export const startIngressProcess = async (env: Record<string, string>): Promise<IngressProcess> => {
  const child = spawn(process.execPath, ['ingress/main.ts'], {
    env: { ...process.env, INGRESS_PORT: '0', INGRESS_POLICY: 'examples/local-policy.yaml', LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const lines: string[] = [];
  const reader = createInterface({ input: child.stderr });
  const port = await new Promise<number>((resolve, reject) => {
    reader.on('line', (line) => {
      lines.push(line);
      const listening = /"port":(\d+),"msg":"listening/.exec(line);
      if (listening) resolve(Number(listening[1]));
    });
    void exited.then(() => reject(new Error(`the ingress ended:\n${lines.join('\n')}`)));
  });
  return { child, url: `http://127.0.0.1:${port}`, exited, said: () => lines.join('\n') };
};

export const waitReady = async (url: string): Promise<void> => {
  while ((await fetch(`${url}/readyz`)).status !== 200) await systemClock.sleep(20);
};
