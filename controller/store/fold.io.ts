import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { firstScores, type Score, type ScoreSheet } from '../../schemas/score.ts';
import { bareExchange, bareShadow } from './bare-body.ts';
import { gainOf } from './gain.ts';
import { keyOf, NO_SHADOW } from './key.ts';
import { packBins } from './packed-bins.ts';
import { packScores } from './packed-scores.ts';
import { createPackWriter, type PackWriter } from './packs.io.ts';
import { FAILED, GAIN_COLUMNS, KINDS, OUTCOMES, placeOfMetric, THUMBS, VALUE_COLUMNS } from './tables.ts';
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

/** What all folds have in common: the numbers of names, and where rows' contents go. */
type Tools = { db: DatabaseSync; words: Words; packs: PackWriter };

const exchangeFold = ({ db, words, packs }: Tools): Folds['exchange'] => {
  const add = inserter(db, 'exchanges', 'at, no, key, whose, slices, outcome');
  return (exchange) => {
    const { agent, rollout, servedVersion: version, assignedArm: arm, finishedAtMs } = exchange;
    const { changes } = add([
      finishedAtMs,
      packs.next(),
      keyOf(exchange.exchangeId),
      words.whose({ agent, rollout, version, arm, kind: 'live' }),
      words.slices(exchange.slices),
      OUTCOMES.indexOf(exchange.outcome),
    ]);
    const { requestBody, responseBody } = exchange;
    if (changes > 0) packs.add(finishedAtMs, bareExchange(exchange), requestBody.text + responseBody.text);
  };
};

const shadowFold = ({ db, words, packs }: Tools): Folds['shadow'] => {
  const add = inserter(db, 'shadows', 'at, no, key, exchange, whose, slices');
  return (shadow) => {
    const { shadowId, version, arm, kind, replayedAtMs } = shadow;
    const { exchangeId, agent, rollout, slices } = shadow.exchange;
    const { changes } = add([
      replayedAtMs,
      packs.next(),
      keyOf(shadowId),
      keyOf(exchangeId),
      words.whose({ agent, rollout, version, arm, kind }),
      words.slices(slices),
    ]);
    if (changes > 0) packs.add(replayedAtMs, bareShadow(shadow), shadow.responseBody.text);
  };
};

const SCORES_KEY = 'at, no, exchange, shadow, bank, part, whose, slices';
const WORSE_STAYS =
  'ON CONFLICT (shadow) DO UPDATE SET gain = excluded.gain, metric = excluded.metric WHERE excluded.gain < gain';

type NumberedScore = { score: Score; no: number };
/** A row of scores but for its scores. */
type Row = { exchange: bigint; shadow: bigint; bank: number; whose: number; slices: number; sheet: ScoreSheet };

/** One number a column, null where there is no score. */
const columnsOf = (scores: readonly NumberedScore[], numberOf: (score: Score) => number | null): (number | null)[] => {
  const columns = VALUE_COLUMNS.map((): number | null => null);
  for (const { score, no } of scores) columns[placeOfMetric(no).column] = numberOf(score);
  return columns;
};

const valueOf = ({ value }: Score): number => value ?? FAILED;
const scoreGain = ({ metric, delta }: Score): number | null => gainOf(metric, delta);

const sheetFold = ({ db, words, packs }: Tools): Folds['sheet'] => {
  const addLive = inserter(db, 'scores', [SCORES_KEY, ...VALUE_COLUMNS].join(', '));
  const addShadows = inserter(db, 'scores', [SCORES_KEY, ...VALUE_COLUMNS, ...GAIN_COLUMNS].join(', '));
  const addGain = inserter(db, 'gains', 'shadow, exchange, whose, no, gain, metric, at', WORSE_STAYS);
  const earlierOf = db.prepare(
    `SELECT part, ${VALUE_COLUMNS.join(', ')} FROM scores WHERE exchange = ? AND shadow = ? AND bank = ?`,
  );

  const addRow = (row: Row, part: number, scores: readonly NumberedScore[]): boolean => {
    const { exchange, shadow, bank, whose, slices, sheet } = row;
    const at = sheet.scoredAtMs;
    const no = packs.next();
    const values = [at, no, exchange, shadow, bank, part, whose, slices, ...columnsOf(scores, valueOf)];
    const isShadow = shadow !== NO_SHADOW;
    const { changes } = isShadow ? addShadows([...values, ...columnsOf(scores, scoreGain)]) : addLive(values);
    if (changes === 0) return false;
    const kept = scores.map(({ score }) => score);
    packs.add(at, packScores(sheet, kept));
    for (const { score, no: metric } of isShadow ? scores : []) {
      const gain = scoreGain(score);
      if (gain !== null) addGain([shadow, exchange, whose, no, gain, metric, at]);
    }
    return true;
  };
  /** To an answer that has some already, those of other metrics are added. */
  const addMore = (row: Row, scores: readonly NumberedScore[]): void => {
    const earlier = earlierOf.all(row.exchange, row.shadow, row.bank);
    const more = scores.filter(({ no }) => {
      const column = VALUE_COLUMNS[placeOfMetric(no).column]!;
      return earlier.every((one) => one[column] === null);
    });
    const part = 1 + Math.max(...earlier.map((one) => Number(one['part'])));
    if (more.length > 0) addRow(row, part, more);
  };

  return (sheet) => {
    const { exchangeId, shadowId, agent, rollout, version, arm, kind } = sheet;
    // To what it does not apply it gave no score.
    const scores = firstScores(sheet)
      .filter(({ status }) => status !== 'not_applicable')
      .map((score) => ({ score, no: words.metric(score.metric) }))
      .toSorted((a, b) => a.no - b.no);
    if (scores.length === 0) return;
    const row = {
      exchange: keyOf(exchangeId),
      shadow: shadowId === null ? NO_SHADOW : keyOf(shadowId),
      whose: words.whose({ agent, rollout, version, arm, kind }),
      slices: words.slices(sheet.slices),
      sheet,
    };
    for (const [bank, ofBank] of Map.groupBy(scores, ({ no }) => placeOfMetric(no).bank)) {
      const ofRow = { ...row, bank };
      if (!addRow(ofRow, 0, ofBank)) addMore(ofRow, ofBank);
    }
  };
};

const feedbackFold = ({ db, words, packs }: Tools): Folds['feedback'] => {
  const add = inserter(db, 'feedback', 'at, no, key, exchange, whose, thumbs');
  return (feedback) => {
    const { feedbackId, exchangeId, agent, rollout, version, arm, thumbs, receivedAtMs } = feedback;
    const { changes } = add([
      receivedAtMs,
      packs.next(),
      keyOf(feedbackId),
      keyOf(exchangeId),
      words.whose({ agent, rollout, version, arm, kind: 'live' }),
      THUMBS.indexOf(thumbs ?? 'none'),
    ]);
    if (changes > 0) packs.add(receivedAtMs, feedback);
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
  const packs = createPackWriter(db);
  const tools = { db, words, packs };
  return {
    exchange: exchangeFold(tools),
    shadow: shadowFold(tools),
    sheet: sheetFold(tools),
    feedback: feedbackFold(tools),
    window: windowFold(tools),
    flush: packs.flush,
    forget: () => {
      words.forget();
      packs.forget();
    },
  };
};
