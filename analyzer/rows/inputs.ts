import type { Stamped, Tick } from '../../schemas/envelope.ts';
import {
  type CountedShadow,
  CountedShadowRecord,
  type MeasuredExchange,
  MeasuredExchangeRecord,
} from '../../schemas/exchange.ts';
import type { Feedback } from '../../schemas/feedback.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import type { ScoreSheet } from '../../schemas/score.ts';
import { EXCHANGES, FEEDBACK, readAs, type ReadTopic, SCORES, SHADOWS } from '../../schemas/topics.ts';
import type { Described } from './contribution.ts';
import { describeExchange } from './exchange-rows.ts';
import { describeFeedback } from './feedback-rows.ts';
import { describeSheet } from './score-rows.ts';

/** How the first fold reads one topic's events. */
export type Input<E> = {
  topic: ReadTopic<Stamped<E, Tick>>;
  idOf(event: E): string;
  /**
   * True where a repeated (source, sequence) is the same event again. Sheets and shadows are known by their ids alone:
   * doing a work again gives it a new number, and the first one counts.
   */
  dedupBySequence: boolean;
  describe(event: E): Described;
  /** What an exchange's metric is the only one of, where one thing may be told in several events; the first counts. Null: all do. */
  onceOf?(exchangeId: string, metric: string): string | null;
};

export const EXCHANGE_INPUT: Input<MeasuredExchange> = {
  topic: readAs(EXCHANGES, MeasuredExchangeRecord),
  idOf: (exchange) => exchange.exchangeId,
  dedupBySequence: true,
  describe: describeExchange,
};

/** A shadow's numbers come with its scores; here it is counted, known again, and its topic's time told. */
export const SHADOW_INPUT: Input<CountedShadow> = {
  topic: readAs(SHADOWS, CountedShadowRecord),
  idOf: (shadow) => shadow.shadowId,
  dedupBySequence: false,
  describe: () => 'measured_elsewhere',
};

export const SCORE_INPUT: Input<ScoreSheet> = {
  topic: SCORES,
  idOf: (sheet) => sheet.sheetId,
  dedupBySequence: false,
  describe: describeSheet,
};

export const FEEDBACK_INPUT: Input<Feedback> = {
  topic: FEEDBACK,
  idOf: (feedback) => feedback.feedbackId,
  dedupBySequence: true,
  describe: describeFeedback,
  // A client may say as much as it likes of an exchange; it has one vote. Two purchases, however, are two.
  onceOf: (exchangeId, metric) => (metricOrRubric(metric).family === 'event' ? null : `${exchangeId}|${metric}`),
};
