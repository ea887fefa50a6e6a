import { setTimeout as sleep } from 'node:timers/promises';
import { PartsError } from './parts-error.ts';

/**
 * Asks ten times a second until the answer is true; a probe that throws has answered false.
 * Throws a PartsError with the probe's last complaint at the time-out, an AbortError if the signal comes first.
 */
export async function waitUntil(
  what: string,
  probe: () => Promise<boolean>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  let reason = '';
  while (Date.now() < endMs) {
    try {
      if (await probe()) return;
    } catch (error) {
      reason = ` (${error instanceof Error ? error.message : String(error)})`;
    }
    await sleep(100, undefined, signal ? { signal } : {});
  }
  throw new PartsError(`${what} did not answer within ${timeoutMs / 1000} s${reason}`);
}
