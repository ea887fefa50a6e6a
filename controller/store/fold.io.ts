import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { flatScores } from '../../schemas/score.ts';
import { keyOf, NO_SHADOW } from './key.ts';
import { packBins } from './packed-bins.ts';
import { packBodies } from './packed-bodies.ts';
import { KINDS, OUTCOMES, STATUSES, THUMBS } from './tables.ts';
import type { Folds } from './store-writer.ts';
import { createWords, type Words } from './words.io.ts';

/** `insert('t', 'a, b')` as a prepared statement with a place for each column. */
const inserter = (db: DatabaseSync, table: string, columns: string, rest = 'ON CONFLICT DO NOTHING') => {
  const places = columns
    .split(',')
    .map(() => '?')
    .join(', ');
  const statement = db.prepare(`INSERT INTO ${table} (${columns}) VALUES (${places}) ${rest}`);
  return (values: readonly SQLInputValue[]) => statement.run(...values);
};

/** By how much a shadow did better than the live answer; null of what was not compared, and of what is no value from 0 to 1. */
export const gainOf = (metric: string, delta: number | null): number | null => {
  const { unit, better } = metricOrRubric(metric);
  if (delta === null || unit !== 'ratio') return null;
  return better === 'lower' ? -delta : delta;
};

/** What all folds have in common: the numbers of names, and the keys of ids. */
type Tools = { db: DatabaseSync; words: Words; keyed: (id: string, at: number) => bigint };

const exchangeFold = ({ db, words: { word, slices }, keyed }: Tools): Folds['exchange'] => {
  const add = inserter(db, 'exchanges', 'key, agent, rollout, version, arm, outcome, slices, at, head');
  const addBodies = inserter(db, 'exchange_bodies', 'no, bodies');
  return ({ requestBody, responseBody, ...head }) => {
    const { changes, lastInsertRowid } = add([
      keyed(head.exchangeId, head.finishedAtMs),
      ...[head.agent, head.rollout, head.servedVersion, head.assignedArm].map(word),
      OUTCOMES.indexOf(head.outcome),
      slices(head.slices),
      head.finishedAtMs,
      JSON.stringify(head),
    ]);
    if (changes > 0) addBodies([lastInsertRowid, packBodies({ request: requestBody, response: responseBody })]);
  };
};

const shadowFold = ({ db, words: { word, slices }, keyed }: Tools): Folds['shadow'] => {
  const add = inserter(db, 'shadows', 'key, exchange, agent, rollout, version, arm, kind, slices, at, head');
  const addBodies = inserter(db, 'shadow_bodies', 'no, bodies');
  return ({ responseBody, exchange, ...head }) => {
    const { changes, lastInsertRowid } = add([
      keyed(head.shadowId, head.replayedAtMs),
      keyed(exchange.exchangeId, head.replayedAtMs),
      ...[exchange.agent, exchange.rollout, head.version, head.arm].map(word),
      KINDS.indexOf(head.kind),
      slices(exchange.slices),
      head.replayedAtMs,
      JSON.stringify({ ...head, ...exchange }),
    ]);
    if (changes > 0) addBodies([lastInsertRowid, packBodies({ request: null, response: responseBody })]);
  };
};

const SCORE_COLUMNS =
  'exchange, shadow, agent, rollout, version, arm, kind, slices, sequence, evidence, exchange_at, at, metric, judge, status, value, live, delta, gain, reason';
const WORSE_STAYS =
  'ON CONFLICT (shadow) DO UPDATE SET gain = excluded.gain, metric = excluded.metric WHERE excluded.gain < gain';

const sheetFold = ({ db, words: { word, slices }, keyed }: Tools): Folds['sheet'] => {
  const add = inserter(db, 'scores', SCORE_COLUMNS);
  const addGain = inserter(db, 'gains', 'shadow, agent, rollout, gain, metric, at', WORSE_STAYS);
  return (sheet) => {
    // To what it does not apply it gave no score.
    const scores = flatScores(sheet).filter(({ status }) => status !== 'not_applicable');
    if (scores.length === 0) return;
    const { exchangeId, shadowId, kind, routingSequence, evidence, exchangeAtMs, scoredAtMs } = sheet;
    const exchange = keyed(exchangeId, scoredAtMs);
    const shadow = shadowId === null ? NO_SHADOW : keyed(shadowId, scoredAtMs);
    const [agent, rollout] = [word(sheet.agent), word(sheet.rollout)];
    const whose = [agent, rollout, word(sheet.version), word(sheet.arm), KINDS.indexOf(kind), slices(sheet.slices)];
    for (const { metric, scorer, scorerVersion, status, value, liveValue, delta, reason } of scores) {
      const gain = shadowId === null ? null : gainOf(metric, delta);
      const { changes } = add([
        exchange,
        shadow,
        ...whose,
        routingSequence,
        evidence ? 1 : 0,
        exchangeAtMs,
        scoredAtMs,
        word(metric),
        word(`${scorer}@${scorerVersion}`),
        STATUSES.indexOf(status),
        value,
        liveValue,
        delta,
        gain,
        reason,
      ]);
      if (changes > 0 && gain !== null) addGain([shadow, agent, rollout, gain, word(metric), scoredAtMs]);
    }
  };
};

const feedbackFold = ({ db, words: { word } }: Tools): Folds['feedback'] => {
  const add = inserter(db, 'feedback', 'key, exchange, agent, rollout, version, arm, thumbs, at, head');
  return (feedback) => {
    const { feedbackId, exchangeId, agent, rollout, version, arm, thumbs, receivedAtMs } = feedback;
    add([
      keyOf(feedbackId),
      keyOf(exchangeId),
      ...[agent, rollout, version, arm].map(word),
      THUMBS.indexOf(thumbs ?? 'none'),
      receivedAtMs,
      JSON.stringify(feedback),
    ]);
  };
};

const WINDOW_KEY = 'agent, metric, slice, kind, at, rollout, sequence, version, arm';
const WINDOW_VALUES = ['end_at', 'count', 'sum', 'min', 'max', 'errors', 'not_applicable', 'worse', 'better', 'bins'];
const LATER_STAYS = `ON CONFLICT (${WINDOW_KEY}) DO UPDATE SET ${WINDOW_VALUES.map((name) => `${name} = excluded.${name}`).join(', ')}`;

const windowFold = ({ db, words: { word } }: Tools): Folds['window'] => {
  const add = inserter(db, 'windows', `${WINDOW_KEY}, ${WINDOW_VALUES.join(', ')}`, LATER_STAYS);
  return (row) => {
    add([
      word(row.agent),
      word(row.metric),
      word(row.slice),
      KINDS.indexOf(row.kind),
      row.startMs,
      word(row.rollout),
      row.routingSequence,
      word(row.version),
      word(row.arm),
      row.endMs,
      row.count,
      row.sumMicro,
      row.minMicro,
      row.maxMicro,
      row.errors,
      row.notApplicable,
      row.worse,
      row.better,
      packBins(row.bins),
    ]);
  };
};

/** Folds events into a store's tables. */
export const createFolds = (db: DatabaseSync): Folds => {
  const words = createWords(db);
  const addId = inserter(db, 'ids', 'key, id, at');
  const keyed = (id: string, at: number): bigint => {
    const key = keyOf(id);
    addId([key, id, at]);
    return key;
  };
  const tools = { db, words, keyed };
  return {
    exchange: exchangeFold(tools),
    shadow: shadowFold(tools),
    sheet: sheetFold(tools),
    feedback: feedbackFold(tools),
    window: windowFold(tools),
    forget: words.forget,
  };
};
