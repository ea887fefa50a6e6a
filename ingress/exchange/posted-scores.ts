import type { FeedbackScore, ScoreRequest } from '../../schemas/feedback.ts';
import { type OwnMetric } from '../../schemas/own-metric.ts';
import { ownKey } from '../../schemas/own-metric-key.ts';
import { undeclared } from '../../schemas/undeclared.ts';
import { badRequestAt } from '../protocol/error-envelope.ts';
import type { ApiError } from '../protocol/error-envelope.ts';

/** Posted scores as they will be recorded, or why they are refused: by a metric that nobody declared, or a value off its scale. */
export const readScores = (
  scores: readonly ScoreRequest[],
  agent: string,
  declared: readonly OwnMetric[],
): { scores: FeedbackScore[] } | { error: ApiError } => {
  const read: FeedbackScore[] = [];
  for (const [i, { metric: name, value }] of scores.entries()) {
    const metric = declared.find((one) => one.name === name);
    if (metric === undefined) {
      const names = declared.map((one) => one.name);
      return { error: badRequestAt(`scores.${i}.metric`, undeclared('metric', name, agent, names)) };
    }
    const path = `scores.${i}.value`;
    const onScale = valueOf(metric, value);
    if (typeof onScale === 'string') return { error: badRequestAt(path, `${name} ${onScale}`) };
    read.push({ metric: ownKey(metric), value: onScale });
  }
  return { scores: read };
};

/** The value as windows sum it: a rate's 0 or 1, a score's place on its scale from 0 to 1, a number as it is; in words, why it is none. */
const valueOf = ({ family, min, max }: OwnMetric, value: number | boolean): number | string => {
  const given = Number(value);
  if (family === 'rate') return given === 0 || given === 1 ? given : 'is a rate; give true or false, or 1 or 0';
  if (typeof value === 'boolean') return `is a ${family}; give a number from ${min} to ${max}`;
  if (value < min || value > max) return `goes from ${min} to ${max}`;
  return family === 'score' ? (value - min) / (max - min) : value;
};
