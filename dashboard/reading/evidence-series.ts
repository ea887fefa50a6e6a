import type { Decision, Evidence } from '../../schemas/decision.ts';

/** What was known of one metric on one slice at one time. */
export type EvidencePoint = { atMs: number } & Pick<
  Evidence,
  'difference' | 'lower' | 'upper' | 'logE' | 'candidateValue' | 'stableValue' | 'candidateCount' | 'stableCount'
>;

const isOf = (metric: string, slice: string) => (entry: Evidence) => entry.metric === metric && entry.slice === slice;

/** One metric's evidence over time, oldest first: as each decision found it, and as it is now. */
export const evidenceSeries = (
  decisions: readonly Pick<Decision, 'timeMs' | 'evidence'>[],
  now: { atMs: number | null; metrics: readonly Evidence[] },
  metric: string,
  slice: string,
): EvidencePoint[] => {
  const found = decisions.flatMap(({ timeMs, evidence }) => {
    const entry = evidence.find(isOf(metric, slice));
    return entry === undefined ? [] : [{ atMs: timeMs, ...entry }];
  });
  const current = now.metrics.find(isOf(metric, slice));
  const all = current === undefined || now.atMs === null ? found : [...found, { atMs: now.atMs, ...current }];
  return all.toSorted((a, b) => a.atMs - b.atMs);
};
