import type { ExchangesQuery, FeedbackQuery, ScoresQuery, ShadowsQuery } from '../../schemas/store-api.ts';
import type { Place } from './cursor.ts';
import { entryOfScore, FAILED, GAIN_COLUMNS, type MetricPlace, OUTCOMES, THUMBS, VALUE_COLUMNS } from './tables.ts';

/** One statement with its parameters, by name. Its rows have `by_` and `no_`, by which they are in order, and the `entry` that tells what is shown. */
export type PageQuery = { sql: string; params: Record<string, number | string> };

type Names = Pick<ExchangesQuery, 'rollout' | 'version' | 'arm'> & { kind?: string | undefined };
type Common = Omit<Names, 'kind'> & Pick<ExchangesQuery, 'since' | 'until'> & { slice?: string | undefined };

/**
 * Conditions and their parameters, as they come together; a name of nothing is as good as none. What `exist` asks for is looked for once,
 * before any row is.
 */
type Where = { exist: string[]; conditions: string[]; params: Record<string, number | string> };

const and = ({ exist, conditions, params }: Where, condition: string, more: Where['params'] = {}): Where => ({
  exist,
  conditions: [...conditions, condition],
  params: { ...params, ...more },
});

/** Whether a row that is called `table` is of one of the agents, and of what else is named. */
const ofNames = (table: string, agents: readonly string[], names: Names): Where => {
  const given = Object.entries(names).filter(([, name]) => name !== undefined) as [string, string][];
  const all = ['agent IN (SELECT value FROM json_each(:agents))', ...given.map(([name]) => `${name} = :${name}`)];
  const found = `SELECT no FROM whose WHERE ${all.join(' AND ')}`;
  return {
    exist: [found],
    conditions: [`${table}.whose IN (${found})`],
    params: { agents: JSON.stringify(agents), ...Object.fromEntries(given) },
  };
};

/** What is asked for, of the row that is called `t`: by the filters that all lists have, and of one kind where it is named. */
const commonWhere = (agents: readonly string[], asked: Common, kind?: string): Where => {
  const { rollout, version, arm, slice, since, until } = asked;
  let where = ofNames('t', agents, { rollout, version, arm, kind });
  if (since !== undefined) where = and(where, 't.at >= :since', { since });
  if (until !== undefined) where = and(where, 't.at < :until', { until });
  if (slice === undefined) return where;
  const split = slice.indexOf('=');
  const [label, value] = [slice.slice(0, split), slice.slice(split + 1)];
  const members = 'SELECT slices FROM slice_members WHERE label = :label AND value = :value';
  const sliced = and(where, `t.slices IN (${members})`, { label, value });
  return { ...sliced, exist: [...sliced.exist, members] };
};

/** Whether a row of scores has one of the metric, with a value in the range where one is given. */
const scoredIn = (
  table: string,
  { bank, column }: MetricPlace,
  { below, above }: Pick<ScoresQuery, 'below' | 'above'>,
): Where => {
  const value = `${table}.${VALUE_COLUMNS[column]}`;
  const ofMetric = { exist: [], conditions: [`${table}.bank = :bank`, `${value} IS NOT NULL`], params: { bank } };
  const low = below === undefined ? ofMetric : and(ofMetric, `${value} < :below`, { below });
  return above === undefined ? low : and(low, `${value} > :above AND ${value} < :failed`, { above, failed: FAILED });
};

const both = (a: Where, b: Where): Where => ({
  exist: [...a.exist, ...b.exist],
  conditions: [...a.conditions, ...b.conditions],
  params: { ...a.params, ...b.params },
});

type Order = { entry: string; from: string; by: string; no: string; direction: 'ASC' | 'DESC' };

/** Keyset pagination: a page begins behind the place where the one before it ended. One row more than `limit` tells whether another follows. */
const pageOf = (
  { exist, conditions, params }: Where,
  { entry, from, by, no, direction }: Order,
  limit: number,
  after: Place | null,
): PageQuery => {
  const beyond = direction === 'ASC' ? '>' : '<';
  const behind = after === null ? [] : [`(${by}, ${no}) ${beyond} (:afterBy, :afterNo)`];
  // Where there can be none SQLite would look at all rows, and find each of somebody else.
  const isAny = exist.map((some) => `EXISTS (${some})`).join(' AND ');
  return {
    sql: `SELECT ${by} AS by_, ${no} AS no_, ${entry} AS entry FROM ${from} WHERE ${[...conditions, ...behind].join(' AND ')} ORDER BY ${by} ${direction}, ${no} ${direction} LIMIT iif(${isAny}, :limit, 0)`,
    params: { ...params, ...(after === null ? {} : { afterBy: after.by, afterNo: after.no }), limit: limit + 1 },
  };
};

const LATEST = { entry: 't.no', by: 't.at', no: 't.no', direction: 'DESC' } as const;

/** What a page is asked for; the metric by where its values stand. */
type Asked<Q> = { agents: readonly string[]; query: Q; place: MetricPlace | null; after: Place | null };

export const exchangesPage = ({ agents, query, place, after }: Asked<ExchangesQuery>): PageQuery => {
  const { outcome, rollout, limit } = query;
  const own = commonWhere(agents, query);
  const where = outcome === undefined ? own : and(own, 't.outcome = :outcome', { outcome: OUTCOMES.indexOf(outcome) });
  if (place === null) return pageOf(where, { from: 'exchanges t', ...LATEST }, limit, after);
  // By the scores, since values may be asked for that are rare.
  const given = scoredIn('s', place, query);
  const live = and(
    both(given, ofNames('s', agents, { rollout, kind: 'live' })),
    `s.${VALUE_COLUMNS[place.column]} < :failed`,
    {
      failed: FAILED,
    },
  );
  const from = 'scores s NOT INDEXED CROSS JOIN exchanges t ON t.key = s.exchange';
  return pageOf(both(where, live), { entry: 't.no', from, by: 's.at', no: 's.no', direction: 'DESC' }, limit, after);
};

/** Rows of scores, with that one in which the page before ended. */
export const scoresPage = ({ agents, query, place, after }: Asked<ScoresQuery>): PageQuery => {
  const own = commonWhere(agents, query, query.kind);
  const where = place === null ? own : both(own, scoredIn('t', place, query));
  const before = after && { by: after.by, no: entryOfScore(after.no) + 1 };
  return pageOf(where, { from: 'scores t NOT INDEXED', ...LATEST }, query.limit + 1, before);
};

/** Of shadows the worst ones first: by what was lost in one metric, or in whichever it was most. */
const worstShadows = ({ agents, query, place, after }: Asked<ShadowsQuery>): PageQuery => {
  const { kind, rollout, limit } = query;
  const where = both(commonWhere(agents, query, kind), ofNames('g', agents, { rollout }));
  const shadow = 'shadows t ON t.exchange = g.exchange AND t.key = g.shadow';
  const order = { entry: 't.no', no: 'g.no', direction: 'ASC' } as const;
  if (place === null) {
    const from = `gains g INDEXED BY gains_by_gain CROSS JOIN ${shadow}`;
    return pageOf(where, { ...order, from, by: 'g.gain' }, limit, after);
  }
  const by = `g.${GAIN_COLUMNS[place.column]}`;
  const compared = and(where, `g.bank = :bank AND ${by} IS NOT NULL`, { bank: place.bank });
  return pageOf(compared, { ...order, from: `scores g NOT INDEXED CROSS JOIN ${shadow}`, by }, limit, after);
};

export const shadowsPage = (asked: Asked<ShadowsQuery>): PageQuery => {
  const { agents, query, place, after } = asked;
  if (query.order === 'worst') return worstShadows(asked);
  const own = commonWhere(agents, query, query.kind);
  const ofAnswer = 'SELECT 1 FROM scores s WHERE s.exchange = t.exchange AND s.shadow = t.key';
  const scored = place === null ? null : scoredIn('s', place, {});
  const where =
    scored === null ? own : and(own, `EXISTS (${ofAnswer} AND ${scored.conditions.join(' AND ')})`, scored.params);
  return pageOf(where, { from: 'shadows t', ...LATEST }, query.limit, after);
};

export const feedbackPage = ({ agents, query, after }: Omit<Asked<FeedbackQuery>, 'place'>): PageQuery => {
  const { thumbs, limit } = query;
  const own = commonWhere(agents, query);
  const where = thumbs === undefined ? own : and(own, 't.thumbs = :thumbs', { thumbs: THUMBS.indexOf(thumbs) });
  return pageOf(where, { from: 'feedback t', ...LATEST }, limit, after);
};
