import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

const REPEAT_MS = 30_000;

export type OutageLog = { failed(error: unknown): void; recovered(): void; down(): boolean };

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error));

/**
 * Says once that something is away, again at most every 30 s while it stays away, and once that it is back; so that an
 * outage of an hour is not a million lines.
 */
export const createOutageLog = (log: Log, clock: Clock, what: string): OutageLog => {
  let downSinceMs: number | undefined;
  let saidAtMs = 0;
  return {
    failed: (error) => {
      const nowMs = clock.nowMs();
      if (downSinceMs !== undefined && nowMs - saidAtMs < REPEAT_MS) return;
      downSinceMs ??= nowMs;
      saidAtMs = nowMs;
      log.warn({ downMs: nowMs - downSinceMs }, `${what} is away, trying again until it is back: ${reasonOf(error)}`);
    },
    recovered: () => {
      if (downSinceMs === undefined) return;
      log.info({ downMs: clock.nowMs() - downSinceMs }, `${what} is back`);
      downSinceMs = undefined;
    },
    down: () => downSinceMs !== undefined,
  };
};
