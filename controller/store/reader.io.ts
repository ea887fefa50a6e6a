import type { DatabaseSync } from 'node:sqlite';
import type { Body, Exchange } from '../../schemas/exchange.ts';
import type { Feedback } from '../../schemas/feedback.ts';
import type { ShadowSummary } from '../../schemas/store-api.ts';
import { cursorOfPlace, type Place } from './cursor.ts';
import { answerExcerpt, requestExcerpt } from './excerpt.ts';
import { keyOf } from './key.ts';
import { createLookups, type Row, scoreView } from './lookups.io.ts';
import { exchangesPage, feedbackPage, type PageQuery, scoresPage, shadowsPage } from './page-query.ts';
import { pointWidthMs, seriesOf, type StoredWindow } from './series.ts';
import type { StoreReader } from './store-reader.ts';
import { KINDS } from './tables.ts';

type Head = Omit<Exchange, 'requestBody' | 'responseBody'>;
type ShadowHead = Omit<ShadowSummary, 'worst' | 'scores' | 'request' | 'live' | 'answer'> & {
  path: string;
  answerPath: string;
};

/** So many shadows and words of feedback are told of one exchange. */
const MAX_OF_EXCHANGE = 200;

const headIn = (row: Row): unknown => JSON.parse(String(row['head']));
const exchangeHead = (row: Row): Head => headIn(row) as Head;
const shadowHead = (row: Row): ShadowHead => headIn(row) as ShadowHead;
const feedbackIn = (row: Row): Feedback => headIn(row) as Feedback;
const placeOf = (row: Row): Place => ({ by: Number(row['by_']), no: Number(row['no_']) });

/** Answers from a store's file. Each call is one look at it, whatever is written meanwhile. */
export const createStoreReader = (db: DatabaseSync): StoreReader => {
  const { statement, bodiesOf, scoresOf, worstOf, valuesOf } = createLookups(db);
  const rowsOf = ({ sql, params }: PageQuery): Row[] => statement(sql).all(params);

  /** One page of all agents together, and where it ends. */
  const pageOf = (
    agents: readonly string[],
    limit: number,
    direction: 1 | -1,
    queryOf: (agent: string) => PageQuery,
  ): { rows: Row[]; next: string | null } => {
    const order = (a: Place, b: Place): number => direction * (a.by - b.by || a.no - b.no);
    const all = agents.flatMap((agent) => rowsOf(queryOf(agent)));
    if (agents.length > 1) all.sort((a, b) => order(placeOf(a), placeOf(b)));
    const rows = all.slice(0, limit);
    const last = rows.at(-1);
    return { rows, next: all.length > limit && last !== undefined ? cursorOfPlace(placeOf(last)) : null };
  };

  const toldShadow = ({ path: _path, answerPath: _answerPath, ...head }: ShadowHead) => ({
    ...head,
    worst: worstOf(head.shadowId),
    scores: scoresOf(head.exchangeId, head.shadowId),
  });
  const answerOf = (head: ShadowHead): Body | null => bodiesOf('shadow', keyOf(head.shadowId))?.response ?? null;

  const shadowSummary = (head: ShadowHead): ShadowSummary[] => {
    const answer = answerOf(head);
    if (answer === null) return [];
    const live = bodiesOf('exchange', keyOf(head.exchangeId));
    return [
      {
        ...toldShadow(head),
        request: live?.request ? requestExcerpt(live.request) : null,
        live: live === null ? null : answerExcerpt(live.response, head),
        answer: answerExcerpt(answer, head),
      },
    ];
  };

  return {
    exchanges: ({ agents, query, after }) => {
      const { rows, next } = pageOf(agents, query.limit, -1, (agent) => exchangesPage(agent, query, after));
      return {
        exchanges: rows.map(exchangeHead).map((head) => ({ ...head, scores: valuesOf(head.exchangeId) })),
        next,
      };
    },
    exchange: ({ agents, id }) => {
      const key = keyOf(id);
      const row = statement('SELECT head FROM exchanges WHERE key = :key').get({ key });
      const bodies = row === undefined ? null : bodiesOf('exchange', key);
      if (row === undefined || bodies?.request == null) return null;
      const head = exchangeHead(row);
      if (head.exchangeId !== id || !agents.includes(head.agent)) return null;
      const some = (table: string): Row[] =>
        statement(`SELECT head FROM ${table} WHERE exchange = :key ORDER BY no LIMIT ${MAX_OF_EXCHANGE}`).all({ key });
      const shadows = some('shadows').map(shadowHead);
      return {
        exchange: { ...head, requestBody: bodies.request, responseBody: bodies.response },
        scores: scoresOf(id, null),
        feedback: some('feedback').map(feedbackIn),
        shadows: shadows.flatMap((shadow) => {
          const responseBody = answerOf(shadow);
          return responseBody === null
            ? []
            : [{ ...toldShadow(shadow), answer: answerExcerpt(responseBody, shadow), responseBody }];
        }),
      };
    },
    scores: ({ agents, query, after }) => {
      const { rows, next } = pageOf(agents, query.limit, -1, (agent) => scoresPage(agent, query, after));
      return { scores: rows.filter((row) => row['exchangeId'] !== null).map(scoreView), next };
    },
    shadows: ({ agents, query, after }) => {
      const direction = query.order === 'worst' ? 1 : -1;
      const { rows, next } = pageOf(agents, query.limit, direction, (agent) => shadowsPage(agent, query, after));
      return { shadows: rows.map(shadowHead).flatMap(shadowSummary), next };
    },
    feedback: ({ agents, query, after }) => {
      const { rows, next } = pageOf(agents, query.limit, -1, (agent) => feedbackPage(agent, query, after));
      return { feedback: rows.map(feedbackIn), next };
    },
    windows: ({ query }) => {
      const { agent, metric, slice, kind, rollout, since = 0, until = Number.MAX_SAFE_INTEGER } = query;
      const word = (name: string): string => `(SELECT no FROM words WHERE text = :${name})`;
      const ofRollout = rollout === undefined ? '' : ` AND rollout = ${word('rollout')}`;
      const where = `agent = ${word('agent')} AND metric = ${word('metric')} AND slice = ${word('slice')} AND kind = :kind AND at >= :since AND at < :until${ofRollout}`;
      const params = { agent, metric, slice, kind: KINDS.indexOf(kind), since, until, ...(rollout && { rollout }) };
      const edge = (direction: 'ASC' | 'DESC'): Row | undefined =>
        statement(`SELECT at, end_at FROM windows WHERE ${where} ORDER BY at ${direction} LIMIT 1`).get(params);
      const [first, last] = [edge('ASC'), edge('DESC')];
      if (first === undefined || last === undefined) return { widthMs: 0, series: [] };
      const [fromMs, lastMs, untilMs] = [Number(first['at']), Number(last['at']), Number(last['end_at'])];
      const widthMs = pointWidthMs({ fromMs, untilMs, windowMs: untilMs - lastMs });
      const rows = statement(
        `SELECT arm, version, at, end_at, count, sum, min, max, errors, not_applicable, worse, better, bins FROM windows WHERE ${where} ORDER BY at`,
      ).iterate(params);
      const nameOf = (no: number): string =>
        String(statement('SELECT text FROM words WHERE no = :no').get({ no })?.['text']);
      return { widthMs, series: seriesOf(rows as Iterable<unknown> as Iterable<StoredWindow>, widthMs, nameOf) };
    },
  };
};
