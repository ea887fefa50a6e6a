import { countTokens } from 'gpt-tokenizer/encoding/cl100k_base';
import type { JudgedPair } from './judged-pairs.ts';

/** ESTIMATE: list prices in US dollars per million tokens in autumn 2023, when the verdicts were given (gpt-4-0613, gpt-3.5-turbo-0613). */
const LIST_PRICES: Readonly<Record<string, { promptUsdPerMillion: number; completionUsdPerMillion: number }>> = {
  'GPT-4': { promptUsdPerMillion: 30, completionUsdPerMillion: 60 },
  ChatGPT: { promptUsdPerMillion: 1.5, completionUsdPerMillion: 2 },
};

/** ESTIMATE: the prompts are not recorded; LLMBar's own comparison prompt has about this many tokens around the texts. */
const FRAME_TOKENS = 290;

/** Whatever a text says of special tokens is text. */
const tokensOf = (text: string): number => countTokens(text, { disallowedSpecial: new Set() });

/** What one pair costs a judge in both orders, in US dollars: both prompts are of the same texts. */
export const estimatedUsd = (pair: JudgedPair, judge: string): { first: number; swapped: number } => {
  const prices = LIST_PRICES[judge];
  if (prices === undefined) throw new Error(`there is no list price of ${judge}; add it to bench/llmbar/cost.ts`);
  const prompt = FRAME_TOKENS + tokensOf(pair.input) + tokensOf(pair.outputs[0]) + tokensOf(pair.outputs[1]);
  const [first = 0, swapped = 0] = (pair.judges.get(judge)?.replies ?? []).map(
    (reply) => (prompt * prices.promptUsdPerMillion + tokensOf(reply) * prices.completionUsdPerMillion) / 1e6,
  );
  return { first, swapped };
};
