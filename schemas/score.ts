import { z } from 'zod';
import { EpochMs, Int, stamped, Tick } from './envelope.ts';

/** The finder of the sheet that every exchange and shadow has, and the scorer in it. */
export const RULES_SCORER = 'rules';

/** What the names of judge models begin with, as scorers. */
export const MODEL_SCORER = 'llm:';

/**
 * One metric's value by one scorer version. Of a shadow, `value` is the shadow's, `liveValue` the live answer's and `delta` =
 * value − liveValue. `value` is null unless `status` is `scored`: an answer that could not be scored (`error`) or to which the
 * metric does not apply never looks like a pass.
 */
export const Score = z
  .object({
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
    /**
     * Of what is `not_applicable`: to which answer that was looked at it does not apply. Of a shadow `this` is the shadow's
     * alone, `live` the live one alone. '' where one was not there to be looked at (it failed, was not kept, was left out, the
     * request is cut or names no reference): that tells nothing of the answer, and is no evidence.
     */
    notApplicableTo: z.enum(['', 'this', 'live', 'both']).default(''),
  })
  .meta({ id: 'Score' });
export type Score = z.infer<typeof Score>;

/**
 * All that one finder said of one exchange or shadow at once. A finder is the rules, or the judge models that are asked for a
 * metric; `finder` names it. The same thing judged again has the same `sheetId`: of each metric the first in the log counts.
 *
 * Every exchange and shadow that a judge read has one sheet by rules, also when it was left out because the judge was behind:
 * that sheet is empty. `share` is the part that the judge meant to score when it came to this one, `modelShare` the part of those
 * that it meant to put before models; null where no model was to be asked of it.
 */
export const ScoreSheet = z
  .object({
    sheetId: z.string().min(1),
    finder: z.string().min(1),
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
    share: z.number().min(0).max(1).default(1),
    leftOut: z.boolean().default(false),
    modelShare: z.number().min(0).max(1).nullable().default(null),
    modelsLeftOut: z.boolean().default(false),
    /** A live answer whose bodies the agent's policy does not keep: nothing that reads them is due of it. */
    uncaptured: z.boolean().default(false),
    scores: z.array(Score),
    exchangeAtMs: EpochMs,
    scoredAtMs: EpochMs,
  })
  .meta({ id: 'ScoreSheet' });
export type ScoreSheet = z.infer<typeof ScoreSheet>;

export const ScoreSheetRecord = stamped(ScoreSheet, Tick).meta({ id: 'ScoreSheetRecord' });
export type ScoreSheetRecord = z.infer<typeof ScoreSheetRecord>;

/** A score with all that its sheet says of whose it is; `scoreId` is the same however often the sheet stands in the log. */
export type FlatScore = Score & Omit<ScoreSheet, 'scores'> & { scoreId: string };

/** Of each metric the first score; that is the one that counts. */
export const firstScores = ({ scores }: Pick<ScoreSheet, 'scores'>): Score[] => {
  const metrics = new Set<string>();
  return scores.filter(({ metric }) => {
    const isFirst = !metrics.has(metric);
    metrics.add(metric);
    return isFirst;
  });
};

/** A sheet's scores, of each metric the first, each with the sheet's own fields. */
export const flatScores = ({ scores, ...sheet }: ScoreSheet): FlatScore[] =>
  firstScores({ scores }).map((score) => ({ ...sheet, ...score, scoreId: `${sheet.sheetId}/${score.metric}` }));
