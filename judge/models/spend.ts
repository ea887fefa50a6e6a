const HOUR_MS = 3_600_000;

/** Tokens of prompt and completion together, and US dollars. */
export type Amount = { tokens: number; usd: number };

/** What was spent and is about to be spent in one clock hour. */
export type Spend = Amount & { hour: number };

/** In a clock hour. */
export type SpendLimits = { maxTokens: number; maxUsd: number };

export const NOTHING: Amount = { tokens: 0, usd: 0 };
export const nothingSpent = (nowMs: number): Spend => ({ ...NOTHING, hour: Math.floor(nowMs / HOUR_MS) });

export const sum = (a: Amount, b: Amount): Amount => ({ tokens: a.tokens + b.tokens, usd: a.usd + b.usd });

/** Whether more was spent, or is about to be, than there is: replies may come to more than was set aside for them. */
export const isOverdrawn = (spend: Spend, { maxTokens, maxUsd }: SpendLimits, nowMs: number): boolean =>
  nothingSpent(nowMs).hour <= spend.hour && (spend.tokens > maxTokens || spend.usd > maxUsd);

export type Reserved =
  | { spend: Spend; reservation: Spend; usedUp: null }
  | { spend: Spend; reservation: null; usedUp: 'tokens' | 'usd' };

/**
 * Sets an estimate aside before the model is asked, or says what is used up, so that calls under way at the same time can't
 * all pass one check. A clock that steps back keeps the hour.
 */
export const reserve = (
  spend: Spend,
  { maxTokens, maxUsd }: SpendLimits,
  estimate: Amount,
  nowMs: number,
): Reserved => {
  const now = nothingSpent(nowMs);
  const current = now.hour > spend.hour ? now : spend;
  const { tokens, usd } = sum(current, estimate);
  if (tokens > maxTokens) return { spend: current, reservation: null, usedUp: 'tokens' };
  if (usd > maxUsd) return { spend: current, reservation: null, usedUp: 'usd' };
  const { hour } = current;
  return { spend: { hour, tokens, usd }, reservation: { hour, ...estimate }, usedUp: null };
};

/** Puts what was really spent in the estimate's place. What ends in a later hour is that hour's. */
export const settle = (spend: Spend, reservation: Spend, actual: Amount): Spend => {
  const held = reservation.hour === spend.hour ? reservation : NOTHING;
  const { tokens, usd } = sum(spend, actual);
  return { hour: spend.hour, tokens: Math.max(0, tokens - held.tokens), usd: Math.max(0, usd - held.usd) };
};

const BYTES_PER_TOKEN = 4;
/** Verdicts are short. */
const VERDICT_TOKENS = 120;

/** By a rule of thumb, of UTF-8, so that a script with a token for each character is not taken for cheap. */
export const roughTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);

export type Prices = { promptUsdPerMillion: number; completionUsdPerMillion: number };

export const priceOf = (
  { promptUsdPerMillion, completionUsdPerMillion }: Prices,
  promptTokens: number,
  completionTokens: number,
): number => (promptTokens * promptUsdPerMillion + completionTokens * completionUsdPerMillion) / 1_000_000;

export const amountOf = (prices: Prices, promptTokens: number, completionTokens: number): Amount => ({
  tokens: promptTokens + completionTokens,
  usd: priceOf(prices, promptTokens, completionTokens),
});

/** What a reply comes to as a rule. `listedText` is what it lists piece by piece beside its verdicts, '' if nothing. */
export const replyTokensOf = (listedText: string): number => VERDICT_TOKENS + roughTokens(listedText);

/** What one call comes to as a rule; what it may come to at most is the reply's limit (`reply-limit.ts`). */
export const estimateOf = (prices: Prices, promptText: string, listedText = ''): Amount =>
  amountOf(prices, roughTokens(promptText), replyTokensOf(listedText));
