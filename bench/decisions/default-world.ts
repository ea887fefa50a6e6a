import { mulberry32 } from '../../controller/rules/formulas/sampling.fixture.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { SUBJECT_BUCKETS } from '../../schemas/exchange.ts';
import { MAX_ITEMS, MICRO, type WindowRow } from '../../schemas/window.ts';
import { binomial, type Random } from './draws.ts';
import { binStats, rateStats, rowMaker } from './rows.ts';
import { drawBins } from './world.ts';

/**
 * A small team's agent as the default metrics see it: 30 % of its answers call tools, the others are texts; there are no references.
 * Stable's errors are given; what else is bad now and then, on both arms alike, is so as often as the rules said of recorded answers.
 */
const TOOLS_SHARE = 0.3;
const USUAL_BAD = {
  empty_answer: 0,
  cut_answer: 0.003,
  degenerate: 0.002,
  refusal: 0.01,
  tool_validity: 0.005,
  json_validity: 0.002,
} as const;
/** Values of empathy and their shares, as its word lists give them. */
const EMPATHY = [
  [0.4, 0.6],
  [0.6, 0.3],
  [0.8, 0.1],
] as const;

export type DefaultWindow = { candidate: number; stable: number };
/** Shares of failed requests. */
export type BadRates = { stable: number; candidate: number };

/** How many requests each arm had in a window; the same seed gives the same. */
export const createSplits = (requests: number, random: Random): ((weightPct: number) => DefaultWindow) => {
  return (weightPct) => {
    const candidate = binomial(random, requests, weightPct / 100);
    return { candidate, stable: requests - candidate };
  };
};

/** Its rows. Both arms are alike, but for the candidate's errors. */
export const defaultRowsOf =
  (bad: BadRates, random: Random, windowMs: number) =>
  (window: DefaultWindow, view: RoutingView, startMs: number): WindowRow[] =>
    view.arms.flatMap(({ name, version }) => {
      const arm = name === 'candidate' ? 'candidate' : 'stable';
      const requests = window[arm];
      if (requests === 0) return [];
      const row = rowMaker(view, { name, version }, startMs, windowMs);
      const rate = (
        metric: 'error_rate' | keyof typeof USUAL_BAD,
        applies: number,
        better: 'lower' | 'higher',
        notApplicable = 0,
      ): WindowRow => {
        const events = binomial(random, applies, metric === 'error_rate' ? bad[arm] : USUAL_BAD[metric]);
        const ones = better === 'lower' ? events : applies - events;
        return row(metric, { ...rateStats(applies, ones, scattered(random, events)), notApplicable });
      };
      const errors = rate('error_rate', requests, 'lower');
      const answers = requests - errors.sumMicro / MICRO;
      const tools = binomial(random, answers, TOOLS_SHARE);
      const texts = answers - tools;
      return [
        row('accepted', { count: requests, sumMicro: requests * MICRO }),
        errors,
        rate('empty_answer', answers, 'lower'),
        ...(['cut_answer', 'degenerate', 'refusal'] as const).map((metric) => rate(metric, texts, 'lower', tools)),
        ...(['tool_validity', 'json_validity'] as const).map((metric) => rate(metric, tools, 'higher', texts)),
        row('task_success', { notApplicable: answers }),
        row('empathy', { ...empathy(random, texts), notApplicable: tools }),
        row('latency', binStats(drawBins(random, answers, 1))),
      ];
    });

export const createDefaultRandom = (seed: number): Random => mulberry32(seed);

const scattered = (random: Random, events: number): number[] => {
  const buckets = Array.from({ length: SUBJECT_BUCKETS }, () => 0);
  for (let i = 0; i < events; i++) buckets[Math.floor(random() * SUBJECT_BUCKETS)]! += 1;
  return buckets;
};

const empathy = (random: Random, texts: number): Partial<WindowRow> => {
  const values = Array.from({ length: texts }, () => {
    let left = random();
    for (const [value, share] of EMPATHY) if ((left -= share) < 0) return value * MICRO;
    return EMPATHY[0][0] * MICRO;
  });
  return {
    count: texts,
    sumMicro: values.reduce((sum, micro) => sum + micro, 0),
    sumSqMicro: values.reduce((sum, micro) => sum + Math.round((micro * micro) / MICRO), 0),
    items: values.slice(0, MAX_ITEMS).map((micro, i) => ({ id: String(i).padStart(2, '0'), micro })),
  };
};
