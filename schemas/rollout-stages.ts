import { z } from 'zod';
import { Duration } from './duration.ts';

/** The candidate's part of the traffic, and for how long at least. */
const Stage = z.strictObject({ weightPct: z.number().gt(0).max(100), duration: Duration });
export type Stage = z.infer<typeof Stage>;

/**
 * A stop between two stages, or behind the last one before the promotion: the weight stays, evidence counts on and still rolls
 * back. With a duration it is over by itself, without one when somebody resumes the rollout.
 */
const Pause = z.strictObject({ pause: z.strictObject({ duration: Duration.optional() }) });
type Pause = z.infer<typeof Pause>;

export const isPause = (step: Stage | Pause): step is Pause => 'pause' in step;

/** The stages of a canary in their order, with pauses between them. */
export const Stages = z
  .array(z.union([Stage, Pause]))
  .min(1)
  .check(({ value, issues }) => {
    const refuse = (path: number[], message: string): void =>
      void issues.push({ code: 'custom', path, message, input: value });
    const weights = value.flatMap((step) => (isPause(step) ? [] : [step.weightPct]));
    if (weights.length === 0) refuse([], 'are pauses alone; a canary needs a stage');
    if (weights.some((weight, i) => i > 0 && weight <= weights[i - 1]!))
      refuse([], 'weights must rise from stage to stage');
    for (const [i, step] of value.entries())
      if (isPause(step) && i > 0 && isPause(value[i - 1]!)) refuse([i], 'is a second pause in a row; make it one');
  });
