import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ScoreView } from '../../schemas/store-api.ts';
import type { Place } from './cursor.ts';
import { keyOf, NO_SHADOW } from './key.ts';
import { type PackedScores, unpackScore } from './packed-scores.ts';
import { createPackReader } from './packs.io.ts';
import { FAILED, type MetricPlace, metricAt, placeOfMetric, scorePlace, VALUE_COLUMNS } from './tables.ts';

export type Row = Record<string, unknown>;

/** A score, and its place among all. */
export type PlacedScore = { score: ScoreView; place: Place };

/** What rows of scores are shown by. */
const SCORES_OF_ROWS = `at, no, bank, whose, (SELECT text FROM words WHERE no = slices) AS slices, ${VALUE_COLUMNS.join(', ')}`;

/** The numbers of metrics for which a row of scores has a value, in order of its columns. */
const valuesIn = (row: Row): { metric: number; value: number }[] =>
  VALUE_COLUMNS.flatMap((name, column) => {
    const value = row[name];
    return value === null ? [] : [{ metric: metricAt({ bank: Number(row['bank']), column }), value: Number(value) }];
  });

/** What belongs to one exchange or shadow. Statements are prepared once. */
export const createLookups = (db: DatabaseSync) => {
  const prepared = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    const found = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, found);
    return found;
  };
  const entryAt = createPackReader(db);

  const placeOf = (metric: string): MetricPlace | null => {
    const row = statement('SELECT no FROM metrics WHERE name = :metric').get({ metric });
    return row === undefined ? null : placeOfMetric(Number(row['no']));
  };
  const metrics = new Map<number, string>();
  const metricOf = (no: number): string => {
    const known = metrics.get(no) ?? String(statement('SELECT name FROM metrics WHERE no = :no').get({ no })?.['name']);
    metrics.set(no, known);
    return known;
  };

  /** The scores of a row that is kept, in order. */
  const scoresIn = (row: Row): PlacedScore[] => {
    const [at, entry] = [Number(row['at']), Number(row['no'])];
    const kept = entryAt(entry);
    const whose = statement('SELECT agent, rollout, version, arm, kind FROM whose WHERE no = :no').get({
      no: Number(row['whose']),
    });
    if (kept === null || whose === undefined) return [];
    const packed = kept.head as PackedScores;
    const of = {
      ...(whose as Pick<ScoreView, 'agent' | 'rollout' | 'version' | 'arm' | 'kind'>),
      slices: JSON.parse(String(row['slices'])) as ScoreView['slices'],
      scoredAtMs: at,
    };
    return valuesIn(row).map(({ metric, value }, i) => ({
      score: {
        ...of,
        ...unpackScore(packed, i),
        metric: metricOf(metric),
        ...(value === FAILED ? { status: 'error' as const, value: null } : { status: 'scored' as const, value }),
      },
      place: { by: at, no: scorePlace(entry, i) },
    }));
  };
  const scoresAt = ({ by, no }: Place): PlacedScore[] =>
    statement(`SELECT ${SCORES_OF_ROWS} FROM scores WHERE at = :by AND no = :no`).all({ by, no }).flatMap(scoresIn);
  const scoresOf = (exchange: string, shadow: string | null): ScoreView[] =>
    statement(`SELECT ${SCORES_OF_ROWS} FROM scores WHERE exchange = :exchange AND shadow = :shadow ORDER BY no`)
      .all({ exchange: keyOf(exchange), shadow: shadow === null ? NO_SHADOW : keyOf(shadow) })
      .flatMap(scoresIn)
      .map(({ score }) => score);
  /** The values of a live answer by metric. */
  const valuesOf = (exchangeId: string): Record<string, number> => {
    const rows = statement(
      `SELECT bank, ${VALUE_COLUMNS.join(', ')} FROM scores WHERE exchange = :exchange AND shadow = :shadow ORDER BY no`,
    ).all({ exchange: keyOf(exchangeId), shadow: NO_SHADOW });
    const values = rows.flatMap(valuesIn).filter(({ value }) => value !== FAILED);
    return Object.fromEntries(values.map(({ metric, value }) => [metricOf(metric), value]));
  };
  return { statement, entryAt, placeOf, scoresAt, scoresOf, valuesOf };
};
