import { messageOf } from '../../../schemas/error-message.ts';
import type { ModelConfig } from '../../../judge/config.ts';
import { createJudgeEvents } from '../../../judge/events.ts';
import { createEmbeddings } from '../../../judge/models/embeddings.io.ts';
import { createJudgeModel } from '../../../judge/models/judge-model.io.ts';
import { createModelScoring, type ModelScoring } from '../../../judge/models/model-scoring.ts';
import type { ModelMetric } from '../../../judge/models/model-metrics.ts';
import { createWaits } from '../../../judge/models/waits.ts';
import { modelMetricsOf } from '../../../judge/panel.ts';
import type { Rubric } from '../../../judge/questions/rubric.ts';
import { readRubrics } from '../../../judge/questions/rubric-files.io.ts';
import { SCORERS } from '../../../judge/scorers/registry.ts';
import type { Clock } from '../../../platform/process/clock.ts';
import { createLog } from '../../../platform/process/log.ts';
import { createMetrics } from '../../../platform/process/metrics.ts';
import { didYouMean } from '../../../schemas/did-you-mean.ts';
import type { GateCriterion, GatePlan } from '../../../schemas/gate-plan.ts';
import type { JudgeReplies } from './judge-replies.ts';
import { PlanError } from '../plan-file.ts';

type GateJudges = NonNullable<GatePlan['spec']['judges']>;

/** Those that a plan's criteria ask a model for. */
export type Wanted = { examinations: readonly string[]; rubrics: readonly Rubric[]; isSimilarity: boolean };

/** The models, ready to be asked. `metrics` says what each question would come to. */
export type Panel = { metrics: readonly ModelMetric[]; scoring: ModelScoring };

const metricNames = (criteria: readonly GateCriterion[]): string[] => [
  ...new Set(criteria.flatMap((criterion) => ('metric' in criterion ? [criterion.metric] : []))),
];

/** A metric's examination is turned on by the first metric that it settles. */
const examinationOf = (name: string): string | undefined => {
  const scorer = SCORERS.find((one) => one.name === name);
  return scorer?.by === 'model' ? scorer.examination.metrics[0] : undefined;
};

/**
 * What of a plan needs models; null if nothing does. Throws a PlanError where a criterion names what nobody scores, or what can't be
 * asked for without judges or a baseline.
 */
export const wantedOf = (
  criteria: readonly GateCriterion[],
  judges: GateJudges | undefined,
  hasBaseline: boolean,
): Wanted | null => {
  const names = metricNames(criteria);
  const examinations = new Set(names.map(examinationOf).filter((name) => name !== undefined));
  const isSimilarity = names.includes('semantic_similarity');
  const unscored = names.filter((name) => !SCORERS.some((scorer) => scorer.name === name));
  if (examinations.size === 0 && !isSimilarity && unscored.length === 0) return null;
  const [asker] = [...examinations, ...(isSimilarity ? ['semantic_similarity'] : []), ...unscored];
  if (judges === undefined)
    throw new PlanError(`a criterion asks for ${asker}, which a model judges: give spec.judges with its model`);
  const rubrics = rubricsOf(judges.rubrics);
  const known = rubrics.map(({ metric }) => metric);
  for (const name of unscored)
    if (!known.includes(name))
      throw new PlanError(
        `a criterion asks for ${name}, which no metric and no rubric of spec.judges.rubrics is called${didYouMean(name, known)}`,
      );
  const wanted = rubrics.filter(({ metric }) => unscored.includes(metric));
  if (isSimilarity && judges.embeddings === undefined)
    throw new PlanError('a criterion asks for semantic_similarity, which needs spec.judges.embeddings');
  const ofPairs = isSimilarity ? 'semantic_similarity' : wanted.find(({ spec }) => spec.mode === 'pairwise')?.metric;
  if (ofPairs !== undefined && !hasBaseline)
    throw new PlanError(`a criterion asks for ${ofPairs}, which compares two answers: give a baseline`);
  return { examinations: [...examinations], rubrics: wanted, isSimilarity };
};

const rubricsOf = (files: readonly string[]): Rubric[] => {
  try {
    return readRubrics(files);
  } catch (error) {
    throw new PlanError(messageOf(error), { cause: error });
  }
};

const keyIn = (env: NodeJS.ProcessEnv, variable: string | undefined): string => {
  if (variable === undefined) return '';
  const key = env[variable]?.trim() ?? '';
  if (key === '') throw new PlanError(`${variable} is not set, and spec.judges says that it holds the judge's key`);
  return key;
};

const modelOf = (model: GateJudges['model'], env: NodeJS.ProcessEnv): ModelConfig => {
  const { url, name, family, replyFormat, timeout: timeoutMs, apiKeyFrom, ...prices } = model;
  return { url, name, family, replyFormat, timeoutMs, apiKey: keyIn(env, apiKeyFrom), prices };
};

const embeddingsOf = (embeddings: NonNullable<GateJudges['embeddings']>, env: NodeJS.ProcessEnv): ModelConfig => {
  const { url, name, timeout: timeoutMs, apiKeyFrom, usdPerMillion } = embeddings;
  const prices = { promptUsdPerMillion: usdPerMillion, completionUsdPerMillion: 0 };
  return { url, name, family: '', replyFormat: 'text', timeoutMs, apiKey: keyIn(env, apiKeyFrom), prices };
};

/** As the judge is configured by its environment, and without what only a judge of live traffic needs. */
const configOf = (judges: GateJudges, wanted: Wanted, env: NodeJS.ProcessEnv): Parameters<typeof modelMetricsOf>[0] => {
  const { model, cheapModel, embeddings, uncertainBand, concurrency, requestsPerMinute } = judges;
  return {
    rubricFiles: [],
    metrics: [...wanted.examinations],
    models: [cheapModel, model].filter((one) => one !== undefined).map((one) => modelOf(one, env)),
    embeddings: wanted.isSimilarity && embeddings !== undefined ? embeddingsOf(embeddings, env) : null,
    concurrency,
    requestsPerMinute: requestsPerMinute ?? Number.POSITIVE_INFINITY,
    limits: NO_LIMITS,
    maxWaiting: Number.POSITIVE_INFINITY,
    uncertainBand,
    minConfidence: MIN_CONFIDENCE,
  };
};

/** The judge's own default. */
const MIN_CONFIDENCE = 0.6;
/** A gate's budget is for the whole run, and is looked at before each question. */
const NO_LIMITS = { maxUsd: Number.POSITIVE_INFINITY, maxTokens: Number.POSITIVE_INFINITY };

/** What the judge would log, as lines for people. */
const warningsTo = (say: (line: string) => void) =>
  createLog('gate', 'warn', { write: (line) => say(`judge: ${(JSON.parse(line) as { msg: string }).msg}`) });

/** The judge's own models, asked as the judge asks them; what they said before in the same words is not paid for again. */
export const createPanel = (
  judges: GateJudges,
  wanted: Wanted,
  {
    clock,
    env,
    replies,
    say,
  }: { clock: Clock; env: NodeJS.ProcessEnv; replies: JudgeReplies; say: (line: string) => void },
): Panel => {
  const events = createJudgeEvents(warningsTo(say), createMetrics('gate'));
  const waits = createWaits(clock);
  const metrics = modelMetricsOf(configOf(judges, wanted, env), {
    clock,
    events,
    rubrics: wanted.rubrics,
    waits,
    model: (config) => replies.kept(config, createJudgeModel(config)),
    embeddings: createEmbeddings,
  });
  const rollouts = { planOf: () => undefined, modelOf: () => '' };
  return {
    metrics,
    scoring: createModelScoring({
      metrics,
      rollouts,
      limits: NO_LIMITS,
      waits,
      maxWaiting: Number.POSITIVE_INFINITY,
      clock,
      events,
    }),
  };
};
