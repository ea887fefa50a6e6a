import type { Clock } from '../platform/process/clock.ts';
import type { RedisAccess } from '../platform/process/parts-security.ts';
import type { LlmConfig, ModelConfig } from './config.ts';
import { EXAMINATIONS } from './scorers/examinations.ts';
import type { Rubric } from './questions/rubric.ts';
import { rubricMetric } from './questions/rubric-pointwise.ts';
import type { JudgeEvents } from './events.ts';
import { createModelGate } from './models/model-gate.ts';
import type { Waits } from './models/waits.ts';
import { type AskModel, createModelJudge } from './models/model-judge.ts';
import { type ModelMetric, pairwiseMetric, pointwiseMetric } from './models/model-metrics.ts';
import { type AskEmbedding, similarityMetric } from './models/similarity.ts';

type Parts = {
  clock: Clock;
  events: JudgeEvents;
  rubrics: readonly Rubric[];
  waits: Waits;
  model: (config: ModelConfig) => AskModel;
  embeddings: (config: ModelConfig) => AskEmbedding;
};

/** Everything that models are asked for, by the judges in their order. Each model has a gate of its own. */
export const modelMetricsOf = (
  llm: Omit<LlmConfig, keyof RedisAccess>,
  { clock, events, rubrics, waits, model, embeddings }: Parts,
): ModelMetric[] => {
  const { concurrency, requestsPerMinute, uncertainBand, minConfidence } = llm;
  const newGate = () => createModelGate({ clock, events, concurrency, requestsPerMinute, waits });
  const judges = llm.models.map((config) => {
    const { name, family, prices } = config;
    return createModelJudge({ ask: model(config), gate: newGate(), clock, events, model: name, family, prices });
  });
  const panel = { judges, uncertainBand, minConfidence };
  const ofRubrics = rubrics.map((rubric) =>
    rubric.spec.mode === 'pairwise' ? pairwiseMetric(rubric, panel) : pointwiseMetric(rubricMetric(rubric), panel),
  );
  const builtIn = llm.metrics.flatMap((name) => EXAMINATIONS[name] ?? []);
  const similarity = llm.embeddings && {
    ask: embeddings(llm.embeddings),
    gate: newGate(),
    events,
    model: llm.embeddings.name,
    prices: llm.embeddings.prices,
  };
  return [
    ...ofRubrics,
    ...builtIn.map((metric) => pointwiseMetric(metric, panel)),
    ...(similarity ? [similarityMetric(similarity)] : []),
  ];
};
