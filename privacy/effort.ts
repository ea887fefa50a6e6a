/**
 * What looking for personal data in one text may yet cost, in steps of about a quarter of a microsecond. Counted and not
 * timed, so that the same text always ends the same way.
 */
export type Effort = { left: number };

/**
 * Of one body: some 60 ms, where the same bytes of prose, JSON or a chat's stream take 4. No body without thousands of addresses and
 * telephone numbers, or of tens of thousands of lines, comes near, nor does a table of other numbers.
 */
export const BODY_STEPS = 240_000;

/** What one of each costs, by what it was measured to take. */
export const STEPS = {
  /** Something found: it is looked at again by everything that follows. */
  hit: 12,
  line: 2,
  /** A text of its own, as a stream tells them in pieces. */
  told: 16,
  string: 2,
  /** Each character that is not what it looks like, once its place is asked for. */
  unit: 1,
  sign: 1,
  /** Digits that are plainly a measure, a time or an id. */
  number: 2,
  run: 6,
  candidate: 10,
  address: 30,
  account: 16,
  question: 60,
} as const;

export const unlimited = (): Effort => ({ left: Infinity });

/** Takes the steps; false once there are none left: then nothing more need be found. */
export const spend = (effort: Effort, steps: number): boolean => {
  effort.left -= steps;
  return effort.left >= 0;
};
