import { familyOfModel } from './model-family.ts';
import { semanticSimilarity } from '../scorers/semantic-similarity.ts';
import { MAX_ANSWER_CHARACTERS } from './rubric.ts';
import type { Answered, Finding } from '../scorers/scorers.ts';
import { type Amount, amountOf, NOTHING, type Prices, roughTokens, sum } from './spend.ts';
import type { JudgeEvents } from '../events.ts';
import type { CallFailure, ModelGate } from './model-gate.ts';
import type { ModelMetric } from './model-metrics.ts';

export type Embedding = { ok: true; vector: number[]; promptTokens: number | null };

/** Asks for one text's embedding. Never rejects; ends by itself. */
export type AskEmbedding = (text: string) => Promise<Embedding | CallFailure>;

type Options = {
  ask: AskEmbedding;
  gate: ModelGate;
  events: JudgeEvents;
  model: string;
  prices: Prices;
};

const METRIC = 'semantic_similarity';
const VERSION = '1';

const textsOf = (shadow: Answered, live: Answered): [string, string] | Finding => {
  const unasked = (status: 'error' | 'not_applicable', reason: string): Finding => ({
    metric: METRIC,
    status,
    value: null,
    reason,
  });
  for (const { outcome, answer } of [shadow, live]) {
    if (outcome !== 'ok') return unasked('not_applicable', `no whole answer: ${outcome}`);
    if (!answer.ok) return unasked('error', answer.reason);
    if (answer.value.text.trim() === '') return unasked('not_applicable', 'an answer has no text');
    if (answer.value.text.length > MAX_ANSWER_CHARACTERS)
      return unasked('error', 'an answer is too long to be embedded');
  }
  return shadow.answer.ok && live.answer.ok
    ? [shadow.answer.value.text, live.answer.value.text]
    : unasked('error', 'an answer can’t be read');
};

/**
 * How near in meaning a shadow's answer is to the live one, by embeddings. To differ is not to be worse, so the score has no
 * live value and no delta: it is shown, and speaks for neither.
 */
export const similarityMetric = ({ ask, gate, events, model, prices }: Options): ModelMetric => {
  const embed = async (text: string): Promise<{ vector: number[] | null; reason: string; spent: Amount }> => {
    const result = await gate(() => ask(text));
    if (!result.ok) {
      const spent = result.isPaid ? amountOf(prices, roughTokens(text), 0) : NOTHING;
      events.judged(model, METRIC, 'no_reply', spent);
      return { vector: null, reason: result.reason, spent };
    }
    const spent = amountOf(prices, result.promptTokens ?? roughTokens(text), 0);
    events.judged(model, METRIC, 'scored', spent);
    return { vector: result.vector, reason: '', spent };
  };

  const compare = async (texts: readonly [string, string]): Promise<{ finding: Finding; spent: Amount }> => {
    if (texts[0] === texts[1]) {
      const reason = 'both answers are the same';
      return { finding: { metric: METRIC, status: 'scored', value: 1, reason }, spent: NOTHING };
    }
    const [shadow, live] = await Promise.all([embed(texts[0]), embed(texts[1])]);
    const spent = sum(shadow.spent, live.spent);
    if (shadow.vector !== null && live.vector !== null)
      return { finding: semanticSimilarity(shadow.vector, live.vector), spent };
    return { finding: { metric: METRIC, status: 'error', value: null, reason: shadow.reason || live.reason }, spent };
  };

  return {
    metrics: [METRIC],
    stages: (live, shadow) => {
      if (!shadow) return [];
      const texts = textsOf(shadow, live);
      return [
        {
          estimate:
            'status' in texts
              ? NOTHING
              : texts.map((text) => amountOf(prices, roughTokens(text), 0)).reduce(sum, NOTHING),
          run: async () => {
            const { finding, spent } = 'status' in texts ? { finding: texts, spent: NOTHING } : await compare(texts);
            const scorer = {
              scorer: `embeddings:${model}`,
              scorerVersion: VERSION,
              costUsd: spent.usd,
              family: familyOfModel(model),
            };
            return { scores: [{ scored: { finding, scorer }, live: null }], isSettled: true, spent };
          },
        },
      ];
    },
  };
};
