import type { DatabaseSync } from 'node:sqlite';
import type { Body } from '../../schemas/exchange.ts';
import type { Feedback } from '../../schemas/feedback.ts';
import type { ExchangeSummary, ShadowSummary, ShadowWhole } from '../../schemas/store-api.ts';
import { type BareExchange, type BareShadow, bodyOf } from './bare-body.ts';
import { cursorOfPlace, type Place } from './cursor.ts';
import { answerExcerpt, beginningOf, requestExcerpt } from './excerpt.ts';
import { keyOf } from './key.ts';
import { createLookups, type PlacedScore, type Row } from './lookups.io.ts';
import { exchangesPage, feedbackPage, type PageQuery, scoresPage, shadowsPage } from './page-query.ts';
import { createSeriesReader } from './series.io.ts';
import type { StoreReader } from './store-reader.ts';
import { gainOf } from './gain.ts';

/** What an entry is, with the text of its bodies. */
type Kept<H> = { head: H; body: string };
type KeptExchange = Kept<BareExchange>;
type KeptShadow = Kept<BareShadow>;

const bodiesOf = ({ head: { requestBody, responseBody }, body }: KeptExchange): { request: Body; response: Body } => ({
  request: bodyOf(requestBody, body.slice(0, requestBody.characters)),
  response: bodyOf(responseBody, body.slice(requestBody.characters)),
});

/** So many shadows and words of feedback are told of one exchange. */
const MAX_OF_EXCHANGE = 200;

const placeOf = (row: Row): Place => ({ by: Number(row['by_']), no: Number(row['no_']) });

/** By what metric a shadow did worst beside the live answer, of all that it was scored by. */
const worstOf = (scores: ShadowSummary['scores']): ShadowSummary['worst'] => {
  const gains = scores.flatMap(({ metric, delta }) => {
    const gain = gainOf(metric, delta);
    return gain === null ? [] : [{ metric, gain }];
  });
  const least = Math.min(...gains.map(({ gain }) => gain));
  return gains.find(({ gain }) => gain === least) ?? null;
};

/** Answers from a store's file. Each call is one look at it, whatever is written meanwhile. */
export const createStoreReader = (db: DatabaseSync): StoreReader => {
  const { statement, entryAt, placeOf: placeOfMetric, scoresAt, scoresOf, valuesOf } = createLookups(db);
  const readSeries = createSeriesReader(statement);

  /** One page, and where it ends. */
  const pageOf = (limit: number, { sql, params }: PageQuery): { rows: Row[]; next: string | null } => {
    const all = statement(sql).all(params);
    const rows = all.slice(0, limit);
    const last = rows.at(-1);
    return { rows, next: all.length > limit && last !== undefined ? cursorOfPlace(placeOf(last)) : null };
  };
  /** What rows' entries are, as far as they are kept. */
  const keptOf = <H>(rows: readonly Row[]): Kept<H>[] =>
    rows.flatMap((row) => {
      const kept = entryAt(Number(row['entry']));
      return kept === null ? [] : [kept as Kept<H>];
    });
  /** Where the metric that is asked for stands; 'nowhere' where nothing was ever scored by it. */
  const placeAsked = ({ metric }: { metric?: string | undefined }) =>
    metric === undefined ? null : (placeOfMetric(metric) ?? 'nowhere');

  const toldShadow = ({ head: { path: _path, answerPath: _answerPath, responseBody: _bare, ...head } }: KeptShadow) => {
    const scores = scoresOf(head.exchangeId, head.shadowId);
    return { ...head, worst: worstOf(scores), scores };
  };
  const exchangeOf = (exchangeId: string): KeptExchange | null => {
    const rows = statement('SELECT no AS entry FROM exchanges WHERE key = :key').all({ key: keyOf(exchangeId) });
    return keptOf<BareExchange>(rows)[0] ?? null;
  };
  const exchangeSummary = (exchange: KeptExchange): ExchangeSummary => {
    const { requestBody: _request, responseBody: _response, ...head } = exchange.head;
    const asked = beginningOf(requestExcerpt(bodiesOf(exchange).request).text);
    return { ...head, asked, scores: valuesOf(head.exchangeId) };
  };
  const shadowSummary = (shadow: KeptShadow): ShadowSummary => {
    const { head, body } = shadow;
    const exchange = exchangeOf(head.exchangeId);
    const live = exchange === null ? null : bodiesOf(exchange);
    return {
      ...toldShadow(shadow),
      request: live === null ? null : requestExcerpt(live.request),
      live: live === null ? null : answerExcerpt(live.response, head),
      answer: answerExcerpt(bodyOf(head.responseBody, body), head),
    };
  };
  const wholeShadow = (shadow: KeptShadow): ShadowWhole => {
    const responseBody = bodyOf(shadow.head.responseBody, shadow.body);
    return { ...toldShadow(shadow), answer: answerExcerpt(responseBody, shadow.head), responseBody };
  };

  return {
    exchanges: ({ agents, query, after }) => {
      const place = placeAsked(query);
      if (place === 'nowhere') return { exchanges: [], next: null };
      const { rows, next } = pageOf(query.limit, exchangesPage({ agents, query, place, after }));
      return { exchanges: keptOf<BareExchange>(rows).map(exchangeSummary), next };
    },
    exchange: ({ agents, id }) => {
      const found = exchangeOf(id);
      if (found === null || found.head.exchangeId !== id || !agents.includes(found.head.agent)) return null;
      const { request, response } = bodiesOf(found);
      const some = (table: string): Row[] =>
        statement(`SELECT no AS entry FROM ${table} WHERE exchange = :key ORDER BY no LIMIT ${MAX_OF_EXCHANGE}`).all({
          key: keyOf(id),
        });
      return {
        exchange: { ...found.head, requestBody: request, responseBody: response },
        asked: requestExcerpt(request),
        answered: answerExcerpt(response, found.head),
        scores: scoresOf(id, null),
        feedback: keptOf<Feedback>(some('feedback')).map(({ head }) => head),
        shadows: keptOf<BareShadow>(some('shadows')).map(wholeShadow),
      };
    },
    scores: ({ agents, query, after }) => {
      const place = placeAsked(query);
      if (place === 'nowhere') return { scores: [], next: null };
      const { sql, params } = scoresPage({ agents, query, place, after });
      const { metric, limit } = query;
      const all: PlacedScore[] = [];
      for (const row of statement(sql).all(params).map(placeOf)) {
        const ofMetric = scoresAt(row).filter(({ score }) => metric === undefined || score.metric === metric);
        all.push(
          ...ofMetric.filter(({ place: { by, no } }) => after === null || by < after.by || no < after.no).toReversed(),
        );
        if (all.length > limit) break;
      }
      const last = all[limit - 1];
      const next = all.length > limit && last !== undefined ? cursorOfPlace(last.place) : null;
      return { scores: all.slice(0, limit).map(({ score }) => score), next };
    },
    shadows: ({ agents, query, after }) => {
      const place = placeAsked(query);
      if (place === 'nowhere') return { shadows: [], next: null };
      const { rows, next } = pageOf(query.limit, shadowsPage({ agents, query, place, after }));
      return { shadows: keptOf<BareShadow>(rows).map(shadowSummary), next };
    },
    feedback: ({ agents, query, after }) => {
      const { rows, next } = pageOf(query.limit, feedbackPage({ agents, query, after }));
      return { feedback: keptOf<Feedback>(rows).map(({ head }) => head), next };
    },
    windows: ({ query }) => readSeries(query),
  };
};
