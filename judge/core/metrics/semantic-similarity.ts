import type { Finding } from '../scorers.ts';
import { failed, notApplicable, scored } from './finding.ts';

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
 * The cosine between the embeddings of the answer's text and of the reference answer, by the same model; below 0 is 0. Null says
 * that there is no such text: not applicable. Vectors of different lengths, or without a direction, are an error.
 * Advisory: embeddings hold "cancelled" and "not cancelled" for much the same, so this should promote nothing by itself.
 */
export const semanticSimilarity = (answer: readonly number[] | null, reference: readonly number[] | null): Finding => {
  if (reference === null) return notApplicable(METRIC, 'no reference answer is known');
  if (answer === null) return notApplicable(METRIC, 'the answer has no text');
  if (answer.length !== reference.length)
    return failed(METRIC, `embeddings of ${answer.length} and ${reference.length} numbers can't be compared`);
  const value = cosine(answer, reference);
  if (value === null) return failed(METRIC, 'an embedding is all zeros or not finite');
  return scored(METRIC, Math.max(0, value), `cosine ${value.toFixed(3)}`);
};
