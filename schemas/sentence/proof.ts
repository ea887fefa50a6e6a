import type { Evidence } from '../decision.ts';
import { ALL } from '../whole-slice.ts';
import { phaseOf } from './comparison.ts';
import type { TimeToVerdict } from '../time-to-verdict.ts';
import { strengthText } from './figures.ts';
import { metricWords } from './metric-words.ts';
import { needText } from './time-to-verdict.ts';

const SHOWN_MISSING = 3;

/** The rows that a promotion by proof waits for. */
const waitedFor = (evidence: readonly Evidence[]): Evidence[] =>
  evidence.filter((entry) => entry.logProof !== null && entry.slice === ALL && phaseOf(entry) === 'canary');

/** Whether each metric that a promotion waits for is proven; false where it waits for none. */
export const isProven = (evidence: readonly Evidence[], logThreshold: number): boolean => {
  const parts = waitedFor(evidence);
  return parts.length > 0 && parts.every(({ logProof }) => (logProof ?? 0) >= logThreshold);
};

export const eachText = (metrics: number): string => (metrics === 1 ? 'its one metric' : `each of ${metrics} metrics`);

export const provenCount = (evidence: readonly Evidence[]): number => waitedFor(evidence).length;

/**
 * What a promotion by proof still waits for, the furthest first: "valid tool calls (evidence 3.5, about 450 more requests, 9 minutes)". The
 * need is that of the rules' own expected growth, as the controller worked it out; without that the evidence alone is told. '' where
 * nothing is missing.
 */
export const missingText = (
  evidence: readonly Evidence[],
  logThreshold: number,
  time: TimeToVerdict | null,
): string => {
  const missing = waitedFor(evidence)
    .filter(({ logProof }) => (logProof ?? 0) < logThreshold)
    .toSorted((a, b) => (a.logProof ?? 0) - (b.logProof ?? 0));
  const told = missing
    .slice(0, SHOWN_MISSING)
    .map((entry) => `${metricWords(entry.metric).noun} (${stateText(entry)}${needText(time, entry.metric)})`);
  const more = missing.length - told.length;
  return `${told.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

const stateText = ({ candidateCount, logProof }: Evidence): string =>
  candidateCount === 0 ? 'no value yet' : `evidence ${strengthText(logProof ?? 0)}`;
