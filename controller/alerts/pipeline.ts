/** Ticks come at least every five seconds; a restart takes less than this. */
export const SILENT_AFTER_MS = 120_000;
export const DEAD_LETTER_QUIET_MS = 3_600_000;

/** Where topics end now: dead letters of the last hour by group, and topics that once had records and have no new ones. */
export type PipelineLook = {
  deadLetters: { group: string; recent: number }[];
  silent: { topic: string; writers: readonly string[] }[];
};
