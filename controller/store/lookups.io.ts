import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ScoreView, ShadowSummary } from '../../schemas/store-api.ts';
import { keyOf, NO_SHADOW } from './key.ts';
import { type Bodies, unpackBodies } from './packed-bodies.ts';
import { SCORE_COLUMNS } from './page-query.ts';
import { KINDS, STATUSES } from './tables.ts';

export type Row = Record<string, unknown>;

export const scoreView = (row: Row): ScoreView => ({
  exchangeId: String(row['exchangeId']),
  shadowId: row['shadowId'] as string | null,
  kind: KINDS[Number(row['kind'])]!,
  agent: String(row['agent']),
  rollout: String(row['rollout']),
  routingSequence: Number(row['sequence']),
  version: String(row['version']),
  arm: String(row['arm']),
  evidence: row['evidence'] === 1,
  slices: JSON.parse(String(row['slices'])) as Record<string, string>,
  exchangeAtMs: Number(row['exchange_at']),
  scoredAtMs: Number(row['at']),
  metric: String(row['metric']),
  status: STATUSES[Number(row['status'])]!,
  value: row['value'] as number | null,
  liveValue: row['live'] as number | null,
  delta: row['delta'] as number | null,
  reason: String(row['reason']),
  judge: String(row['judge']),
});

/** What belongs to one exchange or shadow. Statements are prepared once. */
export const createLookups = (db: DatabaseSync) => {
  const prepared = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    const found = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, found);
    return found;
  };
  const bodiesOf = (table: 'exchange' | 'shadow', key: bigint): Bodies | null => {
    const row = statement(
      `SELECT b.bodies FROM ${table}s t JOIN ${table}_bodies b ON b.no = t.no WHERE t.key = :key`,
    ).get({ key });
    return row === undefined ? null : unpackBodies(row['bodies'] as Uint8Array);
  };
  const scoresOf = (exchange: string, shadow: string | null): ScoreView[] =>
    statement(`SELECT ${SCORE_COLUMNS} FROM scores t WHERE t.exchange = :exchange AND t.shadow = :shadow ORDER BY t.no`)
      .all({ exchange: keyOf(exchange), shadow: shadow === null ? NO_SHADOW : keyOf(shadow) })
      .map(scoreView);
  const worstOf = (shadowId: string): ShadowSummary['worst'] => {
    const row = statement(
      'SELECT gain, (SELECT text FROM words WHERE no = metric) AS metric FROM gains WHERE shadow = :key',
    ).get({ key: keyOf(shadowId) });
    return row === undefined ? null : { metric: String(row['metric']), gain: Number(row['gain']) };
  };
  const valuesOf = (exchangeId: string): Record<string, number> =>
    Object.fromEntries(
      scoresOf(exchangeId, null).flatMap(({ metric, value }) => (value === null ? [] : [[metric, value]])),
    );
  return { statement, bodiesOf, scoresOf, worstOf, valuesOf };
};
