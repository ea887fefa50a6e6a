/**
 * One metric's or check's value of an answer, in the natural unit of `schemas/metrics.ts` (a rate is 0 or 1, seconds, milli-USD),
 * or why there is none. `not_applicable`: the metric has nothing to say of such an answer. `error`: it should have, and could not.
 */
export type Value = { value: number } | { absent: 'not_applicable' | 'error'; reason: string };

/** One side's answer to one question in one repeat, measured. */
export type Measured = {
  caseId: string;
  /** Cases of one cluster (a session, say) hang together, and count as one observation. A case on its own is its own cluster. */
  cluster: string;
  /** The case's labels by which criteria are held apart: `{ category: 'irrelevance' }`. */
  slices: Readonly<Record<string, string>>;
  /** From 0 on. */
  repeat: number;
  /** By the name of the metric or check. */
  values: Readonly<Record<string, Value>>;
};
