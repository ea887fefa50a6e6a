import { failed, scored } from '../answers/finding.ts';
import { embeddingScorer } from './scorer.ts';

/** The cosine of the angle between two vectors of one length, from −1 to 1; null where one has no direction. */
export const cosine = (one: readonly number[], other: readonly number[]): number | null => {
  let dot = 0;
  let oneSquared = 0;
  let otherSquared = 0;
  for (const [i, x] of one.entries()) {
    const y = other[i] ?? 0;
    dot += x * y;
    oneSquared += x * x;
    otherSquared += y * y;
  }
  const norms = Math.sqrt(oneSquared) * Math.sqrt(otherSquared);
  return norms > 0 && Number.isFinite(norms) ? Math.max(-1, Math.min(1, dot / norms)) : null;
};

/**
 * Vectors of different lengths, or without a direction, are an error. Advisory: embeddings hold "cancelled" and "not cancelled"
 * for much the same, so this should promote nothing by itself.
 */
export const semanticSimilarity = embeddingScorer({
  name: 'semantic_similarity',
  family: 'score',
  better: 'higher',
  unit: 'ratio',
  source: 'scores',
  definition:
    "cosine of the embeddings of a shadow's answer and the live one, below 0 is 0. Beside a text an answer of nothing is 0. Advisory",
  notApplicable: 'no shadow; no text on either side, or a call in its place',
  version: '2',
  compare: (shadow, live) => {
    if (shadow.length !== live.length)
      return failed(`embeddings of ${shadow.length} and ${live.length} numbers can't be compared`);
    const value = cosine(shadow, live);
    if (value === null) return failed('an embedding is all zeros or not finite');
    return scored(Math.max(0, value), `cosine ${value.toFixed(3)}`);
  },
});
