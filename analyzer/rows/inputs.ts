import type { Stamped, Tick } from '../../schemas/envelope.ts';
import {
  type CountedShadow,
  CountedShadowRecord,
  type MeasuredExchange,
  MeasuredExchangeRecord,
} from '../../schemas/exchange.ts';
import type { Feedback } from '../../schemas/feedback.ts';
import type { ScoreSheet } from '../../schemas/score.ts';
import { EXCHANGES, FEEDBACK, readAs, type ReadTopic, SCORES, SHADOWS } from '../../schemas/topics.ts';
import type { Described } from './contribution.ts';
import { describeExchange } from './exchange-rows.ts';
import { COUNTED_WITHIN_MS, describeFeedback } from './feedback-rows.ts';
import { describeSheet } from './score-rows.ts';

/** How the first fold reads one topic's events. */
export type Input<E> = {
  topic: ReadTopic<Stamped<E, Tick>>;
  /** Null: `onceOf` alone knows what comes again. */
  idOf: ((event: E) => string) | null;
  /** How long ids are known, of stream time. */
  rememberMs: number;
  /**
   * True where a repeated (source, sequence) is the same event again. Sheets and shadows are known by their ids alone:
   * doing a work again gives it a new number, and the first one counts.
   */
  dedupBySequence: boolean;
  describe(event: E): Described;
  /** What an exchange's metric is the only one of, where one thing may be told in several events; the first counts. */
  onceOf?(exchangeId: string, metric: string): string;
  /** From when on all must be known that was told of the same thing before, for this to count. */
  toldSinceMs?(event: E): number;
};

const TWO_HOURS_MS = 2 * 3_600_000;

export const EXCHANGE_INPUT: Input<MeasuredExchange> = {
  topic: readAs(EXCHANGES, MeasuredExchangeRecord),
  idOf: (exchange) => exchange.exchangeId,
  rememberMs: TWO_HOURS_MS,
  dedupBySequence: true,
  describe: describeExchange,
};

/** A shadow's numbers come with its scores; here it is counted, known again, and its topic's time told. */
export const SHADOW_INPUT: Input<CountedShadow> = {
  topic: readAs(SHADOWS, CountedShadowRecord),
  idOf: (shadow) => shadow.shadowId,
  rememberMs: TWO_HOURS_MS,
  dedupBySequence: false,
  describe: () => 'measured_elsewhere',
};

export const SCORE_INPUT: Input<ScoreSheet> = {
  topic: SCORES,
  idOf: (sheet) => sheet.sheetId,
  rememberMs: TWO_HOURS_MS,
  dedupBySequence: false,
  describe: describeSheet,
};

/** Stream time lags behind writers' clocks, and these differ: so much longer is remembered than counted. */
const SLACK_MS = 12 * 3_600_000;

/**
 * A client may say as much as it likes of an exchange; of each metric it has one vote, of events as many as the agent's document
 * allows. Only what takes such a place is remembered, so that repeats, however worded, take no room.
 */
export const FEEDBACK_INPUT: Input<Feedback> = {
  topic: FEEDBACK,
  idOf: null,
  rememberMs: COUNTED_WITHIN_MS + SLACK_MS,
  dedupBySequence: true,
  describe: describeFeedback,
  onceOf: (exchangeId, metric) => `${exchangeId}|${metric}`,
  toldSinceMs: (feedback) => feedback.exchangeAtMs,
};
