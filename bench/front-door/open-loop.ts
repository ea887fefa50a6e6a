import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { CONNECTIONS } from './closed-loop.ts';
import { hostNowMs } from './exchange.ts';
import { quantile } from './quantiles.ts';
import { openRawClient, type RawClient } from './raw-client.ts';

const PATIENCE_MS = 10_000;

export type Arrivals = { perSecond: number; p50Ms: number; p99Ms: number; failed: number };

/** One answer on each connection, so that none has yet to be opened when the clock runs. */
const warm = (clients: readonly RawClient[], requests: readonly Buffer[]): Promise<unknown> => {
  const all = clients.map(
    (client, i) => new Promise((resolve) => client.send(requests[i % requests.length]!, resolve)),
  );
  return Promise.race([Promise.all(all), sleep(PATIENCE_MS, undefined, { ref: false })]);
};

/**
 * Requests that arrive at a constant rate, whether or not earlier ones were answered. Latency counts from when a request
 * was due, so also while it waits for a free connection; connections are used in turn.
 */
export const arrive = async (
  port: number,
  requests: readonly Buffer[],
  perSecond: number,
  seconds: number,
): Promise<Arrivals> => {
  const clients = Array.from({ length: CONNECTIONS }, () => openRawClient(port));
  await warm(clients, requests);
  const count = Math.max(1, Math.round(perSecond * seconds));
  const idle = [...clients];
  const overdue: number[] = [];
  const latenciesMs: number[] = [];
  let failed = 0;
  let turn = 0;
  await new Promise<void>((resolve, reject) => {
    const impatience = setTimeout(resolve, seconds * 1_000 + PATIENCE_MS);
    const next = (): void => {
      while (idle.length > 0 && overdue.length > 0) {
        const client = idle.shift()!;
        const dueMs = overdue.shift()!;
        turn += 1;
        client.send(requests[turn % requests.length]!, (ok) => {
          if (ok) latenciesMs.push(hostNowMs() - dueMs);
          else failed += 1;
          idle.push(client);
          if (latenciesMs.length + failed === count) {
            clearTimeout(impatience);
            resolve();
          } else next();
        });
      }
    };
    const metronome = new Worker(new URL('./metronome.ts', import.meta.url), { workerData: { perSecond, count } });
    metronome.on('error', reject);
    metronome.on('message', (dueMs: number) => {
      overdue.push(dueMs);
      next();
    });
  });
  for (const client of clients) client.close();
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  return {
    perSecond,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    failed: count - latenciesMs.length,
  };
};
