import { z } from 'zod';
import { EVENT_PREFIX } from '../../schemas/counted-metrics.ts';
import { REGISTERED_METRICS } from '../../schemas/metrics.ts';
import { digest } from './prompt.ts';

const Criterion = z.strictObject({
  name: z.string().min(1),
  description: z.string(),
  /** What meeting it is worth; in pairs, how much it weighs beside the others. */
  points: z.number().default(1),
  /** Phrases that speak for or against the criterion. */
  signals: z
    .strictObject({ present: z.array(z.string()).optional(), absent: z.array(z.string()).optional() })
    .optional(),
});

const ScoredExample = z.strictObject({
  request: z.string().optional(),
  answer: z.string(),
  score: z.number(),
  reason: z.string().optional(),
});
const PairExample = z.strictObject({
  request: z.string().optional(),
  first: z.string(),
  second: z.string(),
  winner: z.enum(['first', 'second', 'tie']),
  reason: z.string().optional(),
});

const Spec = z
  .strictObject({
    metric: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,62}$/, 'lower-case letters, digits and underscores')
      .refine((name) => !REGISTERED_METRICS.includes(name), 'is the name of a built-in metric')
      .refine((name) => !name.startsWith(EVENT_PREFIX), `begins with ${EVENT_PREFIX}, as what clients report does`),
    /** `pointwise`: each answer gets a score on the scale. `pairwise`: a shadow's answer is held against the live one. */
    mode: z.enum(['pointwise', 'pairwise']).default('pointwise'),
    /** Used by `pointwise`; the score becomes a value from 0 to 1. */
    scale: z
      .strictObject({ min: z.number(), max: z.number() })
      .refine((scale) => scale.max > scale.min, 'max must be above min')
      .default({ min: 0, max: 1 }),
    /** The judge is shown the request's reference answer; without one the metric does not apply. */
    reference: z.boolean().default(false),
    description: z.string().optional(),
    criteria: z.array(Criterion).min(1),
    examples: z.array(z.union([ScoredExample, PairExample])).optional(),
  })
  .superRefine(({ mode, scale, examples = [] }, context) => {
    for (const [i, example] of examples.entries()) {
      const path = ['examples', i];
      if ('score' in example !== (mode === 'pointwise'))
        context.addIssue({ code: 'custom', path, message: `is no example of a ${mode} rubric` });
      else if ('score' in example && (example.score < scale.min || example.score > scale.max))
        context.addIssue({ code: 'custom', path: [...path, 'score'], message: 'is outside the scale' });
    }
  });

/** A written rubric: what a judge model is told, and how its verdict becomes a value from 0 to 1. */
export const RubricDocument = z.strictObject({
  apiVersion: z.literal('coalmine/v1'),
  kind: z.literal('Rubric'),
  metadata: z.strictObject({
    name: z.string().min(1),
    /** For people; the wording itself always counts, too. */
    version: z
      .string()
      .regex(/^[\w.]{1,32}$/, 'letters, digits, dot, underscore; at most 32, in quotes if it is a number')
      .optional(),
  }),
  spec: Spec,
});
export type RubricDocument = z.infer<typeof RubricDocument>;

/** A rubric with the identity of its wording: another wording is another scorer version. */
export type Rubric = { metric: string; version: string; spec: RubricDocument['spec'] };

/** Bumped whenever the words around a rubric change, which stand in `rubric-pointwise.ts` and `pairwise-rubric.ts`. */
const FRAME_VERSION = 2;

export const rubricOf = ({ metadata, spec }: RubricDocument): Rubric => {
  const wording = digest([spec, FRAME_VERSION], 12);
  const version = metadata.version === undefined ? wording : `${metadata.version}-${wording}`;
  return { metric: spec.metric, version, spec };
};
