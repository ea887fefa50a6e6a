import type { Evidence } from '../decision.ts';
import { ALL } from '../window.ts';
import { phaseOf } from './comparison.ts';
import { countText, strengthText } from './figures.ts';
import { metricWords } from './metric-words.ts';

/** Less evidence than this tells nothing of the pace at which it comes. */
const LEAST_LOG_PROOF = 0.25;
const LEAST_VALUES = 20;
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
 * What a promotion by proof still waits for, the furthest first: "valid tool calls (evidence 3.5, about 450 more requests)". The
 * requests are those at which the evidence would be there if it went on coming as it came so far: it is a product over requests, so its
 * log grows with their number. '' where nothing is missing.
 */
export const missingText = (
  evidence: readonly Evidence[],
  logThreshold: number,
  candidateRequests: number | null,
): string => {
  const missing = waitedFor(evidence)
    .filter(({ logProof }) => (logProof ?? 0) < logThreshold)
    .toSorted((a, b) => (a.logProof ?? 0) - (b.logProof ?? 0));
  const told = missing
    .slice(0, SHOWN_MISSING)
    .map((entry) => `${metricWords(entry.metric).noun} (${paceText(entry, logThreshold, candidateRequests)})`);
  const more = missing.length - told.length;
  return `${told.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

const paceText = (entry: Evidence, logThreshold: number, candidateRequests: number | null): string => {
  const { candidateCount, logProof } = entry;
  if (candidateCount === 0) return 'no value yet';
  const told = `evidence ${strengthText(logProof ?? 0)}`;
  if (logProof === null || logProof < LEAST_LOG_PROOF || candidateCount < LEAST_VALUES) return told;
  const values = candidateCount * (logThreshold / logProof - 1);
  const perValue = candidateRequests === null ? 1 : Math.max(1, candidateRequests / candidateCount);
  return `${told}, about ${countText(Number((values * perValue).toPrecision(2)))} more requests`;
};
