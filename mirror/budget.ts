const HOUR_MS = 3_600_000;

/** What may still be replayed for one agent: a token bucket for the rate, a sum per clock hour for the money. */
export type Budget = { tokens: number; filledAtMs: number; hour: number; spentUsd: number };

export type Limits = { maxPerSecond: number; maxUsdPerHour: number };

/** `reason` says which limit is used up; null means that the replay may go out. */
export type Admission = { budget: Budget; reason: 'rate' | 'money' | null };

const hourOf = (nowMs: number): number => Math.floor(nowMs / HOUR_MS);

/** The bucket holds one second's worth, at least one. */
const capacity = ({ maxPerSecond }: Limits): number => Math.max(1, maxPerSecond);

export const fullBudget = (limits: Limits, nowMs: number): Budget => ({
  tokens: capacity(limits),
  filledAtMs: nowMs,
  hour: hourOf(nowMs),
  spentUsd: 0,
});

/** Takes one replay out of the budget, or says what is used up. A clock that steps back adds nothing and loses nothing. */
export const admit = (budget: Budget, limits: Limits, nowMs: number): Admission => {
  const filledAtMs = Math.max(nowMs, budget.filledAtMs);
  const refill = ((filledAtMs - budget.filledAtMs) / 1000) * limits.maxPerSecond;
  const tokens = Math.min(capacity(limits), budget.tokens + refill);
  const hour = Math.max(hourOf(nowMs), budget.hour);
  const spentUsd = hour === budget.hour ? budget.spentUsd : 0;
  const next = { tokens, filledAtMs, hour, spentUsd };
  if (spentUsd >= limits.maxUsdPerHour) return { budget: next, reason: 'money' };
  if (tokens < 1) return { budget: next, reason: 'rate' };
  return { budget: { ...next, tokens: tokens - 1 }, reason: null };
};

/** What a replay cost is known only afterwards, so the last replays under way may pass the limit. */
export const spend = (budget: Budget, usd: number): Budget => ({ ...budget, spentUsd: budget.spentUsd + usd });

/** A further request of a replay under way: it goes out at once, and later replays wait for it. */
export const takeInAdvance = (budget: Budget): Budget => ({ ...budget, tokens: budget.tokens - 1 });
