import type { Bus } from '../../platform/kafka/bus.ts';
import type { Decision } from '../../schemas/decision.ts';
import { CountedShadowRecord, type Exchange, MeasuredExchangeRecord, type Shadow } from '../../schemas/exchange.ts';
import type { Feedback } from '../../schemas/feedback.ts';
import type { ScoreSheet } from '../../schemas/score.ts';
import { DECISIONS, EXCHANGES, FEEDBACK, readAs, SCORES, SHADOWS } from '../../schemas/topics.ts';
import { partitionsOf } from '../topics.ts';
import { findRecords } from './find-records.ts';

/** All that the log holds of one exchange. `decision` is the one in force when it was routed; null where it can't be found. */
export type Trace = {
  exchange: Exchange;
  shadows: Shadow[];
  sheets: ScoreSheet[];
  feedback: Feedback[];
  decision: Decision | null;
};

/** Scores and shadows are written after their exchange, by another machine's clock. */
const CLOCKS_APART_MS = 10 * 60_000;
const MAX_RECORDS = 200;

const noNull = <T>(value: T | null): T[] => (value === null ? [] : [value]);

/** An append may stand in the log twice. */
const once = <T>(all: readonly T[], idOf: (one: T) => string): T[] =>
  [...new Map(all.toReversed().map((one) => [idOf(one), one])).values()].toReversed();

/** The decision that gave an agent this sequence: the first in the log that follows the one before it. */
const decisionOf = async (bus: Bus, agent: string, sequence: number): Promise<Decision | null> => {
  const partition = bus.partitionFor(agent, await partitionsOf(bus, DECISIONS));
  let current = 0;
  let found: Decision | null = null;
  await bus.readToEnd(DECISIONS, partition, 0, ({ value }) => {
    if (value.agent !== agent || value.expect !== current || value.sequence !== current + 1) return;
    current = value.sequence;
    if (current === sequence) found = value;
  });
  return found;
};

/** Null where no such exchange is kept. */
export const readTrace = async (bus: Bus, exchangeId: string, say: (line: string) => void): Promise<Trace | null> => {
  const wanted = { key: exchangeId, limit: MAX_RECORDS };
  say(`reading ${EXCHANGES.name}`);
  const light = readAs(EXCHANGES, MeasuredExchangeRecord);
  const [record] = await findRecords(bus, EXCHANGES, light, { ...wanted, sinceMs: 0, limit: 1 });
  const exchange = record?.event ?? null;
  if (exchange === null) return null;
  const since = { ...wanted, sinceMs: Math.max(0, exchange.startedAtMs - CLOCKS_APART_MS) };
  say(`reading ${SHADOWS.name}, ${SCORES.name} and ${FEEDBACK.name}`);
  const [shadows, sheets, feedback, decision] = await Promise.all([
    findRecords(bus, SHADOWS, readAs(SHADOWS, CountedShadowRecord), since),
    findRecords(bus, SCORES, SCORES, since),
    findRecords(bus, FEEDBACK, FEEDBACK, since),
    decisionOf(bus, exchange.agent, exchange.routingSequence),
  ]);
  return {
    exchange,
    shadows: once(
      shadows.flatMap(({ event }) => noNull(event)),
      ({ shadowId }) => shadowId,
    ),
    sheets: once(
      sheets.flatMap(({ event }) => noNull(event)),
      ({ sheetId }) => sheetId,
    ),
    feedback: once(
      feedback.flatMap(({ event }) => noNull(event)),
      ({ feedbackId }) => feedbackId,
    ),
    decision,
  };
};
