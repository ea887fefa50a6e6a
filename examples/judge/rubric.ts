import { z } from 'zod';

const criterion = z.looseObject({
  name: z.string().min(1),
  description: z.string(),
  points: z.number().default(1),
  signals: z
    .strictObject({
      present: z.array(z.string().min(1)).default([]),
      absent: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
});

/** A rubric's `spec`: the scale of its score and the criteria that earn it. */
export const rubricSpec = z.looseObject({
  metric: z.string().min(1),
  scale: z
    .strictObject({ min: z.number(), max: z.number() })
    .refine((scale) => scale.min < scale.max, 'min must be below max')
    .default({ min: 0, max: 1 }),
  criteria: z.array(criterion).min(1),
});

export type RubricSpec = z.infer<typeof rubricSpec>;
export type Verdict = { score: number; reason: string };

/**
 * Applies a rubric to an answer: scale.min plus the points of every criterion met, kept within the scale. A criterion
 * is met if one of its `present` phrases occurs (or it names none) and none of its `absent` ones does. Phrases are
 * compared by whole words, without regard to case or punctuation. The answer is only ever searched, so nothing that
 * it says can change the rules.
 */
export function applyRubric(rubric: RubricSpec, answer: string): Verdict {
  const { min, max } = rubric.scale;
  const words = wordsOf(answer);
  if (words.trim() === '') return { score: min, reason: 'The answer is empty.' };
  const findings = rubric.criteria.map((entry) => {
    const { present, absent } = entry.signals;
    const forbidden = absent.find((phrase) => words.includes(wordsOf(phrase)));
    const found = present.find((phrase) => words.includes(wordsOf(phrase)));
    const met = forbidden === undefined && (present.length === 0 || found !== undefined);
    const because = forbidden ?? found;
    const told = `${entry.name} ${met ? 'met' : 'not met'}${because === undefined ? '' : ` ("${because}")`}`;
    return { points: met ? entry.points : 0, told };
  });
  const sum = findings.reduce((total, finding) => total + finding.points, min);
  return {
    score: Math.min(max, Math.max(min, sum)),
    reason: `${findings.map((finding) => finding.told).join('; ')}.`,
  };
}

/** Which of two answers earns more of the rubric, and how sure that is by how much more of the points. */
export function compareByRubric(
  rubric: RubricSpec,
  { first, second }: { first: string; second: string },
): { winner: 'first' | 'second' | 'tie'; confidence: number; reason: string } {
  const points = rubric.criteria.reduce((total, entry) => total + Math.abs(entry.points), 0) || 1;
  // The whole of the points counts: the scale of a score is not that of a comparison.
  const unbounded = { ...rubric, scale: { min: -points, max: 2 * points } };
  const [one, other] = [applyRubric(unbounded, first), applyRubric(unbounded, second)];
  const lead = (one.score - other.score) / points;
  if (lead === 0) return { winner: 'tie', confidence: 0.75, reason: `Both: ${one.reason}` };
  const confidence = Math.min(1, 0.5 + Math.abs(lead));
  return { winner: lead > 0 ? 'first' : 'second', confidence, reason: lead > 0 ? one.reason : other.reason };
}

/** Lower case, words apart by one blank, blanks at both ends: a phrase found in it is found as whole words. */
function wordsOf(text: string): string {
  const words = text
    .toLowerCase()
    .replaceAll('’', "'")
    .match(/[\p{L}\p{N}']+/gu);
  return ` ${(words ?? []).join(' ')} `;
}
