import type { Finding } from './scorers.ts';
import { failed, scored } from './finding.ts';

const METRIC = 'semantic_similarity';

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
 * How near two texts are in meaning: the cosine between their embeddings by the same model; below 0 is 0. Vectors of different
 * lengths, or without a direction, are an error. Advisory: embeddings hold "cancelled" and "not cancelled" for much the same, so
 * this should promote nothing by itself.
 */
export const semanticSimilarity = (one: readonly number[], other: readonly number[]): Finding => {
  if (one.length !== other.length)
    return failed(METRIC, `embeddings of ${one.length} and ${other.length} numbers can't be compared`);
  const value = cosine(one, other);
  if (value === null) return failed(METRIC, 'an embedding is all zeros or not finite');
  return scored(METRIC, Math.max(0, value), `cosine ${value.toFixed(3)}`);
};
