/** Ticks come at least every five seconds; a restart takes less than this. */
export const SILENT_AFTER_MS = 120_000;

/** The judge is behind once its oldest record has waited for so long, and has caught up once none waits longer than that. */
export const JUDGE_BEHIND_FROM_MS = 120_000;
export const JUDGE_CAUGHT_UP_BELOW_MS = 30_000;

/**
 * How the pipeline stands now: by group how many dead letters were not sent back (null where nobody can tell), and topics that once had records
 * and have no new ones. `judgeWaitedMs`: how long the oldest record has waited that the judge has still to read, 0 where there is none, null where nobody can tell.
 */
export type PipelineLook = {
  judgeWaitedMs: number | null;
  deadLetters: { group: string; waiting: number }[] | null;
  silent: { topic: string; writers: readonly string[] }[];
};
