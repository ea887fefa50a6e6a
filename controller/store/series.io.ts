import type { StatementSync } from 'node:sqlite';
import type { Series, WindowsQuery } from '../../schemas/store-api.ts';
import { BETWEEN_BINS } from './packed-bins.ts';
import { pointWidthMs, seriesOf, type SummedWindows } from './series.ts';
import { KINDS } from './tables.ts';

const word = (name: string): string => `(SELECT no FROM words WHERE text = :${name})`;

/** The windows in order of time, and the same in the opposite one. */
const EDGES = ['ASC', 'DESC'] as const;
const SUMMED = [
  'arm',
  'version',
  'at - at % :widthMs AS startMs',
  'max(end_at) AS endMs',
  'sum(count) AS count',
  'total(sum) AS sum',
  'min(min) AS min',
  'max(max) AS max',
  'sum(errors) AS errors',
  'sum(not_applicable) AS notApplicable',
  'sum(worse) AS worse',
  'sum(better) AS better',
  `group_concat(bins, '${BETWEEN_BINS}') AS bins`,
].join(', ');

/** Reads series of windows. SQLite sums, which is several times faster than to look at each window here. */
export const createSeriesReader =
  (statement: (sql: string) => StatementSync) =>
  (query: WindowsQuery): { widthMs: number; series: Series[] } => {
    const { agent, metric, slice, kind, rollout, since = 0, until = Number.MAX_SAFE_INTEGER } = query;
    const ofRollout = rollout === undefined ? '' : ` AND rollout = ${word('rollout')}`;
    const from = `FROM windows WHERE agent = ${word('agent')} AND metric = ${word('metric')} AND slice = ${word('slice')} AND kind = :kind AND at >= :since AND at < :until${ofRollout}`;
    const asked = { agent, metric, slice, kind: KINDS.indexOf(kind), since, until, ...(rollout && { rollout }) };
    const [first, last] = EDGES.map((order) =>
      statement(`SELECT at, end_at ${from} ORDER BY at ${order} LIMIT 1`).get(asked),
    );
    if (first === undefined || last === undefined) return { widthMs: 0, series: [] };
    const [fromMs, lastMs, untilMs] = [Number(first['at']), Number(last['at']), Number(last['end_at'])];
    const widthMs = pointWidthMs({ fromMs, untilMs, windowMs: untilMs - lastMs });
    const summed = statement(`SELECT ${SUMMED} ${from} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`).all({ ...asked, widthMs });
    const nameOf = (no: number): string =>
      String(statement('SELECT text FROM words WHERE no = :no').get({ no })?.['text']);
    return { widthMs, series: seriesOf(summed as SummedWindows[], nameOf) };
  };
