import { z } from 'zod';
import { EpochMs, Int, stamped, Tick } from './envelope.ts';

/** What the names of judge models begin with, as scorers. */
export const MODEL_SCORER = 'llm:';

/**
 * One metric's value for one exchange or shadow, by one scorer version. Of a shadow, `value` is the shadow's, `liveValue`
 * the live answer's and `delta` = value − liveValue. `value` is null unless `status` is `scored`: an answer that could not
 * be scored (`error`) or to which the metric does not apply never looks like a pass.
 */
export const Score = z
  .object({
    scoreId: z.string().min(1),
    exchangeId: z.string().min(1),
    shadowId: z.string().nullable(),
    kind: z.enum(['live', 'shadow', 'noise']),
    agent: z.string().min(1),
    rollout: z.string(),
    routingSequence: Int.nonnegative(),
    version: z.string(),
    arm: z.string(),
    /** False for pins, beta users, fallbacks: scored, shown, but no evidence. */
    evidence: z.boolean(),
    subjectBucket: Int.nonnegative(),
    slices: z.record(z.string(), z.string()),
    metric: z.string().min(1),
    scorer: z.string(),
    scorerVersion: z.string(),
    /** Family of the model that judged (`gpt`, `claude`, …), since a model favours its own kind; '' for rules and where it is not known. */
    scorerFamily: z.string().default(''),
    status: z.enum(['scored', 'error', 'not_applicable']),
    value: z.number().nullable(),
    liveValue: z.number().nullable(),
    delta: z.number().nullable(),
    reason: z.string(),
    costUsd: z.number().nonnegative(),
    exchangeAtMs: EpochMs,
    scoredAtMs: EpochMs,
  })
  .meta({ id: 'Score' });
export type Score = z.infer<typeof Score>;

export const ScoreRecord = stamped(Score, Tick).meta({ id: 'ScoreRecord' });
export type ScoreRecord = z.infer<typeof ScoreRecord>;
