import { AT_REST, changed, changeOf, LEAST_SHARE, type Load } from './share-law.ts';

/** What a judge means to score now, of all answers by rules and of those planned for models by models; null without models. */
export type Shares = { rules: number; models: number | null };

/** The shares in force and the lags that led to them. Plain data. */
export type ShareState = Shares & { rulesLagMs: number; modelsLagMs: number };

/** What was seen since the last step: of the answers taken, and of the questions that wait for models. */
export type Seen = { rules: Load; models: Load };

/** Below this models are asked nothing; they begin again here. */
const LEAST_MODEL_SHARE = 0.02;
/** Models give way more quickly than rules, since these wait for it. */
const MODELS_YIELD = 2;

export const allScored = (hasModels: boolean): ShareState => ({
  rules: 1,
  models: hasModels ? 1 : null,
  rulesLagMs: AT_REST.lagMs,
  modelsLagMs: AT_REST.lagMs,
});

/**
 * The shares after one step of time. What is behind first asks its models less, down to nothing, before its rules leave anything out; they
 * come back last. Models have a queue of their own as well, whose wait is regulated by the same law.
 */
export const nextShares = (before: ShareState, seen: Seen, limitMs: number, elapsedMs: number): ShareState => {
  const least = Math.min(before.rules, before.models ?? 1);
  const byRules = changeOf({ share: least, lagMs: before.rulesLagMs }, seen.rules, limitMs, elapsedMs);
  const rulesLagMs = byRules.lagMs;
  if (before.models === null) {
    const rules = changed(before.rules, byRules.change, LEAST_SHARE);
    return { ...before, rules, rulesLagMs };
  }
  const byModels = changeOf({ share: before.models, lagMs: before.modelsLagMs }, seen.models, limitMs, elapsedMs);
  const lags = { rulesLagMs, modelsLagMs: byModels.lagMs };
  if (before.rules < 1 || (byRules.change < 0 && before.models === 0))
    return { ...lags, models: 0, rules: changed(before.rules, byRules.change, LEAST_SHARE) };
  const yielding = byRules.change < 0 ? MODELS_YIELD * byRules.change : byRules.change;
  return { ...lags, rules: 1, models: modelShare(before.models, Math.min(yielding, byModels.change)) };
};

const modelShare = (share: number, change: number): number => {
  if (change >= 0) return changed(Math.max(share, LEAST_MODEL_SHARE), change, LEAST_MODEL_SHARE);
  const less = changed(share, change, 0);
  return less < LEAST_MODEL_SHARE ? 0 : less;
};
