import { setTimeout as sleep } from 'node:timers/promises';
import { openRawClient } from './raw-client.ts';

export const CONNECTIONS = 64;
const AFTER_FAILURE_MS = 5;

export type Saturation = { perSecond: number; answered: number; failed: number };

/** As many requests as 64 keep-alive connections get through, each sending its next one when its last was answered. */
export const saturate = async (port: number, requests: readonly Buffer[], seconds: number): Promise<Saturation> => {
  const startMs = performance.now();
  const endsAtMs = startMs + seconds * 1_000;
  let answered = 0;
  let failed = 0;
  const drive = async (start: number): Promise<void> => {
    const client = openRawClient(port);
    let turn = start;
    /** Runs from answer to answer without a promise each; settles at the end of time or at a failure. */
    const run = (): Promise<void> =>
      new Promise((resolve) => {
        const next = (ok: boolean): void => {
          if (ok) answered += 1;
          else failed += 1;
          turn += 1;
          if (ok && performance.now() < endsAtMs) client.send(requests[turn % requests.length]!, next);
          else resolve();
        };
        client.send(requests[turn % requests.length]!, next);
      });
    while (performance.now() < endsAtMs) {
      await Promise.race([run(), sleep(endsAtMs - performance.now() + 1_000, undefined, { ref: false })]);
      if (performance.now() < endsAtMs) await sleep(AFTER_FAILURE_MS);
    }
    client.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => drive(i * 7)));
  return { perSecond: (answered * 1_000) / (performance.now() - startMs), answered, failed };
};
