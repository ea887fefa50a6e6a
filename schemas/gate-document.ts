import { z } from 'zod';
import { Name } from './routing-view.ts';
import { ContentId } from './version-content.ts';

const MAX_ROWS = 200;
const Text = z.string().max(1_000);

/** `inconclusive`: it could not measure enough to tell. That is no pass, and no word against the version. */
export const GateWord = z.enum(['pass', 'fail', 'inconclusive']);
export type GateWord = z.infer<typeof GateWord>;

/** One criterion on all cases or one slice, in the metric's own unit. */
const GateRow = z.strictObject({
  metric: z.string().min(1).max(200),
  slice: z.string().max(600).default(''),
  candidate: z.number().nullable().default(null),
  baseline: z.number().nullable().default(null),
  difference: z.number().nullable().default(null),
  p: z.number().min(0).max(1).nullable().default(null),
  threshold: Text.default(''),
  n: z.int().nonnegative().default(0),
  verdict: GateWord,
  sentence: Text.default(''),
});

/** Of single questions the worst; so much of each fits a decision. */
export const WORST_QUESTIONS = { questions: 10, textChars: 400, findings: 4, findingChars: 240 } as const;

const { questions, textChars, findings, findingChars } = WORST_QUESTIONS;
const Excerpt = z.string().max(textChars);

/** A question that speaks against the version, without personal data; what is long is cut. */
const WorstQuestion = z
  .strictObject({
    /** Of the dataset's case. */
    id: z.string().max(textChars),
    question: Excerpt,
    /** What would have been right; '' where the dataset does not say. */
    golden: Excerpt.default(''),
    candidate: Excerpt,
    /** Null without a baseline. */
    baseline: Excerpt.nullable().default(null),
    /** Metric, values and reason, the most telling first. */
    findings: z.array(z.string().max(findingChars)).max(findings).default([]),
  })
  .meta({ id: 'WorstQuestion' });
export type WorstQuestion = z.infer<typeof WorstQuestion>;

/** What an eval gate (in CI, say) found of one version. A later one of the same version takes its place. */
export const GateDocument = z.strictObject({
  apiVersion: z.literal('coalmine/v1'),
  kind: z.literal('Gate'),
  metadata: z.strictObject({ name: Name }),
  spec: z
    .strictObject({
      agent: Name,
      version: Name,
      /** What was measured, so that a gate of another content under that label is refused. */
      versionId: ContentId.optional(),
      passed: z.boolean(),
      verdict: GateWord.optional().describe('Default: `pass` or `fail`, as `passed` says.'),
      cases: z.int().nonnegative().default(0),
      summary: z.string().max(2_000).default(''),
      dataset: z.strictObject({ name: Name, id: ContentId }).optional(),
      metrics: z.array(GateRow).max(MAX_ROWS).default([]),
      worst: z.array(WorstQuestion).max(questions).default([]),
    })
    .refine(({ passed, verdict = passed ? 'pass' : 'fail' }) => passed === (verdict === 'pass'), {
      path: ['verdict'],
      message: 'says another thing than `passed`',
    }),
});
export type GateDocument = z.infer<typeof GateDocument>;

export const gateWord = ({ passed, verdict }: GateDocument['spec']): GateWord => verdict ?? (passed ? 'pass' : 'fail');
