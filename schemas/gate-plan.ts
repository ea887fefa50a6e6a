import { z } from 'zod';
import { documentHeader } from './documents.ts';
import { Duration } from './duration.ts';
import { type CheckCriterion, Criterion, type MetricCriterion, whyNotMeasured } from './gate-criterion.ts';
import { registeredMetric } from './metrics.ts';
import { Baseline, Candidate, KeyVariable, PlanPath } from './gate-target.ts';
import { PlainUrl } from './plain-url.ts';
import { Name } from './routing-view.ts';
import { MAX_SLICES, SliceLabel, UsdPerMillion } from './servable-view.ts';

const DatasetFormat = z.enum(['jsonl', 'csv', 'yaml', 'bfcl', 'pubmedqa']);
type DatasetFormat = z.infer<typeof DatasetFormat>;

const FORMAT_OF: Readonly<Record<string, DatasetFormat>> = {
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  csv: 'csv',
  yaml: 'yaml',
  yml: 'yaml',
};

/** The questions: which file or folder, of which form, and which of them. */
export type GateDataset = {
  path: string;
  format: DatasetFormat;
  tags: readonly string[];
  sample: { size: number; seed: number } | null;
};

const Dataset = z
  .strictObject({
    file: PlanPath.optional(),
    /** Of `bfcl` and `pubmedqa`. */
    folder: PlanPath.optional(),
    /** Default: by the file's ending. */
    format: DatasetFormat.optional(),
    /** Only questions with one of these; none: all. */
    tags: z.array(z.string().min(1)).max(100).default([]),
    /** So many of them, the same for the same seed. */
    sample: z.strictObject({ size: z.int().positive(), seed: z.int().default(1) }).optional(),
  })
  .transform(({ file, folder, format, tags, sample = null }, context): GateDataset => {
    const refuse = (message: string): never => {
      context.issues.push({ code: 'custom', message, input: { file, folder, format } });
      return z.NEVER;
    };
    const path = file ?? folder;
    if (path === undefined || (file !== undefined && folder !== undefined))
      return refuse('needs one of file and folder');
    const known =
      format ?? (file === undefined ? undefined : FORMAT_OF[/\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? '']);
    if (known === undefined) return refuse(`needs a format: ${DatasetFormat.options.join(', ')}`);
    const isFolder = known === 'bfcl' || known === 'pubmedqa';
    if (isFolder !== (folder !== undefined))
      return refuse(`needs a ${isFolder ? 'folder' : 'file'}, as its format is ${known}`);
    return { path, format: known, tags, sample };
  });

const JudgeModel = z.strictObject({
  url: PlainUrl,
  name: z.string().min(1),
  /** Where the name does not tell it. */
  family: z.string().default(''),
  apiKeyFrom: KeyVariable.optional(),
  replyFormat: z.enum(['json_object', 'json_schema', 'text']).default('json_object'),
  timeout: Duration.default(30_000),
  promptUsdPerMillion: UsdPerMillion.default(0),
  completionUsdPerMillion: UsdPerMillion.default(0),
});

/** The judge models, as the judge itself is configured. They are asked for the metrics and rubrics that a criterion names. */
const Judges = z.strictObject({
  model: JudgeModel,
  /** Asked first; where it is not sure, `model` is. */
  cheapModel: JudgeModel.optional(),
  embeddings: z
    .strictObject({
      url: PlainUrl,
      name: z.string().min(1),
      apiKeyFrom: KeyVariable.optional(),
      timeout: Duration.default(30_000),
      usdPerMillion: UsdPerMillion.default(0),
    })
    .optional(),
  /** YAML files. */
  rubrics: z.array(PlanPath).max(100).default([]),
  /** How near to the middle (0.5) a cheap judge's value may be before the other is asked. */
  uncertainBand: z.number().min(0).max(1).default(0.2),
  concurrency: z.int().positive().max(1_000).default(8),
  requestsPerMinute: z.number().positive().optional(),
  /** A run whose estimate is above this is not begun. */
  maxUsd: z.number().nonnegative().optional(),
});

/** Of all requests. A gate whose candidate fails more often is no pass, whether asked or not. */
const MAX_ERROR_RATE = 0.02;
const FEW_ERRORS: MetricCriterion = {
  metric: 'error_rate',
  bounds: { max: MAX_ERROR_RATE },
  maxDropPct: null,
  appliesLoss: 1,
  slices: false,
};

export type GateCriterion = MetricCriterion | CheckCriterion;

/** The name of the metric or check, under which values of it are kept. */
export const criterionName = (criterion: GateCriterion): string =>
  'metric' in criterion ? criterion.metric : criterion.check;

/** Everything that a criterion asks, by name: `faithfulness min`. */
const asksOf = (criterion: GateCriterion): string[] => {
  const asks = 'metric' in criterion ? Object.keys(criterion.bounds) : ['check'];
  if (criterion.maxDropPct !== null) asks.push('maxDropPct');
  return asks.map((ask) => `${criterionName(criterion)} ${ask}`);
};

/** With the bound on failed requests, which is always there. */
const Criteria = z
  .array(Criterion)
  .min(1)
  .max(100)
  .check(({ value, issues }) => {
    const asks = value.flatMap(asksOf);
    const twice = asks.find((ask, i) => asks.indexOf(ask) < i);
    if (twice !== undefined) issues.push({ code: 'custom', message: `asks twice for ${twice}`, input: value });
    const names = new Set(value.flatMap((criterion) => ('metric' in criterion ? [criterion.metric] : [])));
    for (const [i, criterion] of value.entries())
      if ('check' in criterion && (names.has(criterion.check) || registeredMetric(criterion.check) !== undefined))
        issues.push({ code: 'custom', path: [i, 'check'], message: 'is the name of a metric', input: value });
  })
  .transform((criteria) =>
    criteria.some((one) => asksOf(one).includes('error_rate max')) ? criteria : [...criteria, FEW_ERRORS],
  );

/** What `coalmine gate` reads: the questions, whom to ask, and what must hold of the answers. */
export const GatePlan = z.strictObject({
  ...documentHeader('GatePlan'),
  spec: z
    .strictObject({
      agent: Name,
      dataset: Dataset,
      /** `--candidate` takes its place. */
      candidate: Candidate.optional(),
      /** `--baseline` takes its place. A `maxDropPct` needs one. */
      baseline: Baseline.optional(),
      ask: z
        .strictObject({
          concurrency: z.int().positive().max(1_000).default(16),
          /** Of one attempt. */
          timeout: Duration.refine((ms) => ms > 0, 'more than nothing').default(60_000),
          /** Of what may pass by itself. */
          retries: z.int().nonnegative().max(20).default(3),
          /** How often each question is asked. */
          repeats: z.int().positive().max(100).default(1),
        })
        .prefault({}),
      judges: Judges.optional(),
      /** Labels of the questions by whose values criteria with `slices: true` are held apart as well. */
      slices: z.array(SliceLabel).max(MAX_SLICES).default([]),
      /** The chance, at most, to fail a candidate that is as good as the baseline, over all `maxDropPct` together. */
      alpha: z.number().gt(0).max(0.5).default(0.05),
      criteria: Criteria,
    })
    .check(({ value: { criteria, slices, judges }, issues }) => {
      const hasRubrics = (judges?.rubrics ?? []).length > 0;
      for (const [i, criterion] of criteria.entries()) {
        const refuse = (path: string, message: string): void =>
          void issues.push({ code: 'custom', path: ['criteria', i, path], message, input: criterion });
        const fault = 'metric' in criterion ? whyNotMeasured(criterion.metric, hasRubrics) : null;
        if (fault !== null) refuse('metric', fault);
        if (criterion.slices && slices.length === 0) refuse('slices', 'needs the labels in spec.slices');
      }
    }),
});
export type GatePlan = z.infer<typeof GatePlan>;
