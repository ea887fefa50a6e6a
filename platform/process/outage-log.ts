import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

const REPEAT_MS = 30_000;

export type OutageLog = {
  failed(error: unknown): void;
  recovered(): void;
  down(): boolean;
  /** What `explain` had to say of it; null while all is well, or while it has nothing to say. */
  sentence(): string | null;
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error));

/**
 * Says once that something is away, again at most every 30 s while it stays away, and once that it is back; so that an
 * outage of an hour is not a million lines. Where `explain` knows what is wrong, its sentence is said instead, and at once.
 */
export const createOutageLog = (
  log: Log,
  clock: Clock,
  what: string,
  explain: (error: unknown) => string | null = () => null,
): OutageLog => {
  let downSinceMs: number | undefined;
  let saidAtMs = 0;
  let sentence: string | null = null;
  return {
    failed: (error) => {
      const nowMs = clock.nowMs();
      const explained = explain(error);
      const isNews = explained !== null && explained !== sentence;
      // A connection that is only closed says less than what was said before it.
      sentence = explained ?? sentence;
      if (downSinceMs !== undefined && nowMs - saidAtMs < REPEAT_MS && !isNews) return;
      downSinceMs ??= nowMs;
      saidAtMs = nowMs;
      const line = sentence ?? `${what} is away, trying again until it is back: ${reasonOf(error)}`;
      log.warn({ downMs: nowMs - downSinceMs }, sentence === null ? line : `${line}; trying again until it is mended`);
    },
    recovered: () => {
      if (downSinceMs === undefined) return;
      log.info({ downMs: clock.nowMs() - downSinceMs }, `${what} is back`);
      downSinceMs = undefined;
      sentence = null;
    },
    down: () => downSinceMs !== undefined,
    sentence: () => sentence,
  };
};
