import type { Score, ScoreSheet } from '../../schemas/score.ts';

/** Of each score one, or one that all have alike. */
type OfEach<T extends string | number | null> = T | T[];

/** What a row of scores does not say itself, of its scores in order of their columns. */
export type PackedScores = [
  exchangeId: string,
  shadowId: string | null,
  routingSequence: number,
  evidence: boolean,
  exchangeAtMs: number,
  judges: OfEach<string>,
  reasons: OfEach<string>,
  liveValues: OfEach<number | null>,
  deltas: OfEach<number | null>,
];

const ofEach = <T extends string | number | null>(values: T[]): OfEach<T> => {
  const [first] = values;
  return first !== undefined && values.every((value) => value === first) ? first : values;
};

const at = <T extends string | number | null>(values: OfEach<T>, i: number): T =>
  Array.isArray(values) ? values[i]! : values;

export const packScores = (sheet: ScoreSheet, scores: readonly Score[]): PackedScores => [
  sheet.exchangeId,
  sheet.shadowId,
  sheet.routingSequence,
  sheet.evidence,
  sheet.exchangeAtMs,
  ofEach(scores.map(({ scorer, scorerVersion }) => `${scorer}@${scorerVersion}`)),
  ofEach(scores.map(({ reason }) => reason)),
  ofEach(scores.map(({ liveValue }) => liveValue)),
  ofEach(scores.map(({ delta }) => delta)),
];

/** What is told of the `i`-th score. */
export const unpackScore = (packed: PackedScores, i: number) => {
  const [exchangeId, shadowId, routingSequence, evidence, exchangeAtMs, judges, reasons, liveValues, deltas] = packed;
  const ofScore = { judge: at(judges, i), reason: at(reasons, i), liveValue: at(liveValues, i), delta: at(deltas, i) };
  return { exchangeId, shadowId, routingSequence, evidence, exchangeAtMs, ...ofScore };
};
