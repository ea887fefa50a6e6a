import { z } from 'zod';
import { Decision } from './decision.ts';
import type { Endpoint } from './endpoint.ts';
import { EpochMs, Int } from './envelope.ts';
import { Body, Exchange, Outcome, Shadow } from './exchange.ts';
import { Feedback } from './feedback.ts';
import { Score, ScoreSheet } from './score.ts';
import { ALL } from './whole-slice.ts';

/** A body as lists show it: what it says in words, or its bytes where nothing can be read out of them; cut at some thousands of characters. */
const Excerpt = z.object({
  ...Body.pick({ state: true, sizeBytes: true }).shape,
  text: z.string(),
  isCut: z.boolean(),
});
export type Excerpt = z.infer<typeof Excerpt>;

/** An exchange without its bodies, as it is in the topic, how what was asked begins, and the values that its answer was given by metric. */
const ExchangeSummary = Exchange.omit({ requestBody: true, responseBody: true }).extend({
  asked: z.string(),
  scores: z.record(z.string(), z.number()),
});
export type ExchangeSummary = z.infer<typeof ExchangeSummary>;

/** One score. `judge` is `scorer@version`; `value` and `reason` as on the sheet. */
const ScoreView = z.object({
  ...ScoreSheet.pick({
    exchangeId: true,
    shadowId: true,
    kind: true,
    agent: true,
    rollout: true,
    routingSequence: true,
    version: true,
    arm: true,
    evidence: true,
    slices: true,
    exchangeAtMs: true,
    scoredAtMs: true,
  }).shape,
  ...Score.pick({ metric: true, status: true, value: true, liveValue: true, delta: true, reason: true }).shape,
  judge: z.string(),
});
export type ScoreView = z.infer<typeof ScoreView>;

const ShadowScore = ScoreView.pick({
  metric: true,
  status: true,
  value: true,
  liveValue: true,
  delta: true,
  judge: true,
  reason: true,
});

/** A shadow beside the live answer to the same request; `live` and `request` are null where the exchange is no longer kept. */
const ShadowSummary = z.object({
  ...Shadow.omit({ responseBody: true, exchange: true }).shape,
  exchangeId: z.string(),
  agent: z.string(),
  rollout: z.string(),
  slices: z.record(z.string(), z.string()),
  /** The metric (of values from 0 to 1) by which it did worst beside the live answer; `gain` below 0 is worse. Null before it was judged. */
  worst: z.object({ metric: z.string(), gain: z.number() }).nullable(),
  scores: z.array(ShadowScore),
  request: Excerpt.nullable(),
  live: Excerpt.nullable(),
  answer: Excerpt,
});
export type ShadowSummary = z.infer<typeof ShadowSummary>;

/** The same with the answer's whole body. */
const ShadowWhole = ShadowSummary.omit({ request: true, live: true }).extend({ responseBody: Body });
export type ShadowWhole = z.infer<typeof ShadowWhole>;

/** One time of one arm: sums over windows that were merged. Quantiles where windows have bins, as upper edges of these. */
const SeriesPoint = z.object({
  startMs: EpochMs,
  endMs: EpochMs,
  count: Int,
  sum: z.number(),
  mean: z.number().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
  errors: Int,
  notApplicable: Int,
  worse: Int,
  better: Int,
});
export type SeriesPoint = z.infer<typeof SeriesPoint>;

const Series = z.object({ arm: z.string(), version: z.string(), points: z.array(SeriesPoint) });
export type Series = z.infer<typeof Series>;

export const MAX_PAGE = 500;
const page = {
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
  cursor: z.string().max(200).optional(),
};
const moments = { since: z.coerce.number().int().nonnegative(), until: z.coerce.number().int().nonnegative() };
const name = z.string().min(1).max(300);
/** `label=value`, as windows name a slice. */
const Slice = z
  .string()
  .max(300)
  .regex(/^[^=]+=/, 'give label=value');

/** Filters that exchanges, scores, shadows and feedback have in common. `until` is exclusive. */
const common = z
  .strictObject({ agent: name, rollout: name, version: name, arm: name, slice: Slice, ...moments })
  .partial();
const filters = <S extends z.ZodRawShape>(more: S) => z.strictObject({ ...common.shape, ...more, ...page });

const needsMetric = ({ metric, below, above }: { metric?: unknown; below?: unknown; above?: unknown }): boolean =>
  metric !== undefined || (below === undefined && above === undefined);
const range = { below: z.coerce.number(), above: z.coerce.number() };
const kind = ScoreSheet.shape.kind;

const next = z.string().nullable();
const pages = (what: string): string =>
  `${what} A page; \`next\` is the \`cursor\` of the one behind it, null at the end`;

/** The part of the controller's HTTP API that is answered from its store of what the topics hold. */
export const STORE_API = {
  listExchanges: {
    role: 'view',
    method: 'GET',
    path: '/v1/exchanges',
    does: pages(
      'exchanges, latest first, with the scores of their answers: by agent, rollout, version, arm, outcome, a value of `metric` (`below` or `above` a limit), slice (`label=value`), time in milliseconds.',
    ),
    query: filters({
      outcome: Outcome.optional(),
      metric: name.optional(),
      below: range.below.optional(),
      above: range.above.optional(),
    }).refine(needsMetric, { path: ['metric'], error: 'below and above need it' }),
    response: z.object({ exchanges: z.array(ExchangeSummary), next }),
  },
  getExchange: {
    role: 'view',
    method: 'GET',
    path: '/v1/exchanges/:id',
    does: 'all that is known of an exchange: request and answer as they are kept, who answered and by which decision (null where it is not among the last 500 of the agent), scores, feedback, shadows with their answers and scores',
    params: z.object({ id: z.string() }),
    response: z.object({
      exchange: Exchange,
      asked: Excerpt,
      answered: Excerpt,
      decision: Decision.extend({ sentence: z.string() }).nullable(),
      scores: z.array(ScoreView),
      feedback: z.array(Feedback),
      shadows: z.array(ShadowWhole),
    }),
  },
  listScores: {
    role: 'view',
    method: 'GET',
    path: '/v1/scores',
    does: pages(
      'scores, latest first: by agent, rollout, version, arm, slice, kind (`live`, `shadow`, `noise`), metric, value (`below`, `above`), time when they were given.',
    ),
    query: filters({
      metric: name.optional(),
      kind: kind.optional(),
      below: range.below.optional(),
      above: range.above.optional(),
    }),
    response: z.object({ scores: z.array(ScoreView), next }),
  },
  listShadows: {
    role: 'view',
    method: 'GET',
    path: '/v1/shadows',
    does: pages(
      'shadows beside the live answers, with both values of each metric and their difference. `order=worst` (the default) begins with those that did worst beside the live answer, by `metric` or by whichever was worst; `order=newest` with the latest.',
    ),
    query: filters({
      metric: name.optional(),
      order: z.enum(['worst', 'newest']).default('worst'),
      kind: Shadow.shape.kind.default('shadow'),
    }),
    response: z.object({ shadows: z.array(ShadowSummary), next }),
  },
  listFeedback: {
    role: 'view',
    method: 'GET',
    path: '/v1/feedback',
    does: pages('what clients said of exchanges, latest first; `thumbs` keeps those with that thumb.'),
    query: z.strictObject({
      ...common.omit({ slice: true }).shape,
      thumbs: z.enum(['up', 'down']).optional(),
      ...page,
    }),
    response: z.object({ feedback: z.array(Feedback), next }),
  },
  listWindows: {
    role: 'view',
    method: 'GET',
    path: '/v1/windows',
    does: 'a series of one metric for each arm and version: counts, sums, means, quantiles (of latency, cost, tokens), errors. At most 500 points an arm: neighbours are merged, exactly. `slice` is the whole unless said',
    query: z.strictObject({
      agent: name,
      metric: name,
      rollout: name.optional(),
      slice: z.string().min(1).max(300).default(ALL),
      kind: kind.default('live'),
      since: moments.since.optional(),
      until: moments.until.optional(),
    }),
    response: z.object({ widthMs: z.number(), series: z.array(Series) }),
  },
} as const satisfies Record<string, Endpoint>;

type StoreEndpoint = keyof typeof STORE_API;
type QueryOf<K extends StoreEndpoint> = (typeof STORE_API)[K] extends { query: infer Q extends z.ZodType }
  ? z.output<Q>
  : never;
export type ExchangesQuery = QueryOf<'listExchanges'>;
export type ScoresQuery = QueryOf<'listScores'>;
export type ShadowsQuery = QueryOf<'listShadows'>;
export type FeedbackQuery = QueryOf<'listFeedback'>;
export type WindowsQuery = QueryOf<'listWindows'>;
