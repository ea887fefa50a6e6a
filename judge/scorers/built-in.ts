import type { JudgedMetric } from '../models/judged-metric.ts';
import { answerRelevancy } from './answer-relevancy.ts';
import { faithfulness } from './faithfulness.ts';
import { taskCompletion } from './task-completion.ts';

/** The built-in metrics that a model is asked for, by the name to turn them on with; `faithfulness` brings `hallucination`. */
export const builtInJudgedMetrics: Readonly<Record<string, JudgedMetric>> = {
  faithfulness,
  answer_relevancy: answerRelevancy,
  task_completion: taskCompletion,
};
