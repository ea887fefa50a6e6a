import { allScored, nextShares, type ShareState } from './shares.ts';

/** A judge and its queue, second by second. Times in seconds. */
export type LaggingJudge = {
  /** Of what a judge that scores all can do, the part that comes; 3 is three times too much. By second. */
  load: (second: number) => number;
  seconds: number;
  /** What leaving an answer out costs, of what scoring it by rules does. */
  skipCost?: number;
  /** What asking models costs the judge's own process, of the same; null without models. */
  modelCost?: number | null;
  /** Questions a second to models, if all are asked, over what they can answer. */
  modelLoad?: number;
  lagAtStart?: number;
  /** So much the speed scatters from second to second, at most. */
  noise?: number;
  isAway?: (second: number) => boolean;
};
export type Second = { lag: number; modelLag: number; rules: number; models: number | null };

export const LIMIT_SECONDS = 15;

/** Seeded; a linear congruence is chance enough for noise. */
const noiseOf = (): (() => number) => {
  let state = 1;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return (2 * state) / 2 ** 32 - 1;
  };
};

export const playJudge = (judge: LaggingJudge): Second[] => {
  const { skipCost = 0.1, modelCost = null, modelLoad = 0, noise = 0.3, isAway = () => false } = judge;
  const random = noiseOf();
  let state: ShareState = allScored(modelCost !== null);
  let lag = judge.lagAtStart ?? 0;
  let modelLag = 0;
  return Array.from({ length: judge.seconds }, (_, second) => {
    const { rules } = state;
    const models = state.models ?? 0;
    const cost = rules + skipCost * (1 - rules) + (modelCost ?? 0) * models;
    const speed = isAway(second) ? 0 : (1 / judge.load(second) / cost) * (1 + noise * random());
    const before = lag;
    lag = Math.max(0, lag + 1 - speed);
    modelLag = Math.max(0, modelLag + 1 - 1 / Math.max(1e-9, modelLoad * models));
    const seen = {
      rules: { lagMs: 1_000 * Math.max(before, lag), isPressed: before + 1 > speed },
      models: { lagMs: 1_000 * modelLag, isPressed: modelLag > 0 },
    };
    state = nextShares(state, seen, 1_000 * LIMIT_SECONDS, 1_000);
    return { lag, modelLag, rules: state.rules, models: state.models };
  });
};
