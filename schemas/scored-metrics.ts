import type { MetricRow } from './metric.ts';

/** What the judge scores. Written by `npm run generate` from `judge/scorers/registry.ts`; change it there. */
export const SCORED_METRICS: Readonly<Record<string, MetricRow>> = {
  error_rate: { family: 'rate', better: 'lower', source: 'exchanges', unit: 'ratio' },
  latency: { family: 'measure', better: 'lower', source: 'exchanges', unit: 'seconds', comparedBy: 'p99' },
  first_token: { family: 'measure', better: 'lower', source: 'exchanges', unit: 'seconds', comparedBy: 'p99' },
  cost: { family: 'measure', better: 'lower', source: 'exchanges', unit: 'milli-usd', comparedBy: 'mean' },
  tokens: { family: 'measure', better: 'lower', source: 'exchanges', unit: 'kilo-tokens', comparedBy: 'mean' },
  throughput: {
    family: 'measure',
    better: 'higher',
    source: 'exchanges',
    unit: 'tokens-per-second',
    comparedBy: 'p99',
  },
  empty_answer: { family: 'rate', better: 'lower', source: 'scores', unit: 'ratio' },
  task_success: { family: 'rate', better: 'higher', source: 'scores', unit: 'ratio' },
  tool_accuracy: { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' },
  tool_validity: { family: 'rate', better: 'higher', source: 'scores', unit: 'ratio' },
  tool_errors: { family: 'rate', better: 'lower', source: 'scores', unit: 'ratio' },
  json_validity: { family: 'rate', better: 'higher', source: 'scores', unit: 'ratio' },
  reference_match: { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' },
  toxicity: { family: 'rate', better: 'lower', source: 'scores', unit: 'ratio' },
  pii_leak: { family: 'rate', better: 'lower', source: 'scores', unit: 'ratio' },
  empathy: { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' },
  refusal: { family: 'rate', better: 'lower', source: 'scores', unit: 'ratio' },
  length: { family: 'measure', better: 'lower', source: 'scores', unit: 'kilo-characters', comparedBy: 'mean' },
  faithfulness: { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' },
  hallucination: { family: 'rate', better: 'lower', source: 'scores', unit: 'ratio' },
  answer_relevancy: { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' },
  task_completion: { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' },
  semantic_similarity: { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' },
};
