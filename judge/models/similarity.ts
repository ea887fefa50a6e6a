import { familyOfModel } from '../../openai/model-family.ts';
import { absent, type Assessment, failed, type Finding, notApplicable, scored, unread } from '../answers/finding.ts';
import { semanticSimilarity } from '../scorers/semantic-similarity.ts';
import type { ChatAnswer } from '../answers/chat.ts';
import { MAX_ANSWER_CHARACTERS } from '../questions/prompt.ts';
import type { ScorableAnswer } from '../answers/scorable-answer.ts';
import { type Amount, amountOf, NOTHING, type Prices, roughTokens, sum } from './spend.ts';
import type { JudgeEvents } from '../events.ts';
import type { CallFailure, MayAsk, ModelGate } from './model-gate.ts';
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

const { name: METRIC } = semanticSimilarity;

const saysNothing = ({ toolCalls, hasMore }: ChatAnswer): boolean => toolCalls.length === 0 && !hasMore;

/** The texts to embed, or what is known without a model: a text and nothing are not alike at all. */
const textsOf = (shadow: ScorableAnswer, live: ScorableAnswer): [string, string] | Assessment => {
  const answers: ChatAnswer[] = [];
  for (const { outcome, answer } of [shadow, live]) {
    if (outcome !== 'ok') return absent(`no whole answer: ${outcome}`);
    if (!answer.ok) return unread(answer);
    answers.push(answer.value);
  }
  const wordless = answers.filter(({ text }) => text.trim() === '');
  if (wordless.length === 1 && wordless.every(saysNothing)) return scored(0, 'one of the answers says nothing');
  if (wordless.length > 0) return notApplicable('an answer has no text');
  const texts = answers.map(({ text }) => text);
  if (texts.some(({ length }) => length > MAX_ANSWER_CHARACTERS))
    return notApplicable('an answer is too long to be embedded');
  return texts as [string, string];
};

/**
 * How near in meaning a shadow's answer is to the live one, by embeddings. To differ is not to be worse, so the score has no
 * live value and no delta: it is shown, and speaks for neither.
 */
export const similarityMetric = ({ ask, gate, events, model, prices }: Options): ModelMetric => {
  const embed = async (
    text: string,
    mayAsk: MayAsk,
  ): Promise<{ vector: number[] | null; reason: string; spent: Amount }> => {
    const result = await gate(() => ask(text), mayAsk);
    if (!result.ok) {
      const spent = result.isPaid ? amountOf(prices, roughTokens(text), 0) : NOTHING;
      events.judged(model, METRIC, 'no_reply', spent);
      return { vector: null, reason: result.reason, spent };
    }
    const spent = amountOf(prices, result.promptTokens ?? roughTokens(text), 0);
    events.judged(model, METRIC, 'scored', spent);
    return { vector: result.vector, reason: '', spent };
  };

  const compare = async (
    texts: readonly [string, string],
    mayAsk: MayAsk,
  ): Promise<{ found: Assessment; spent: Amount }> => {
    if (texts[0] === texts[1]) return { found: scored(1, 'both answers are the same'), spent: NOTHING };
    const [shadow, live] = await Promise.all([embed(texts[0], mayAsk), embed(texts[1], mayAsk)]);
    const spent = sum(shadow.spent, live.spent);
    if (shadow.vector !== null && live.vector !== null)
      return { found: semanticSimilarity.compare(shadow.vector, live.vector), spent };
    return { found: failed(shadow.reason || live.reason), spent };
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
          run: async (mayAsk) => {
            const { found, spent } =
              'status' in texts ? { found: texts, spent: NOTHING } : await compare(texts, mayAsk);
            const finding: Finding = { metric: METRIC, ...found };
            const scorer = {
              scorer: `embeddings:${model}`,
              scorerVersion: semanticSimilarity.version,
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
