import type { ExchangesQuery, FeedbackQuery, ScoresQuery, ShadowsQuery } from '../../schemas/store-api.ts';
import type { Place } from './cursor.ts';
import { KINDS, OUTCOMES, THUMBS } from './tables.ts';

/** One statement with its parameters, by name. Its rows have `by` and `no`, by which they are in order, beside what is shown. */
export type PageQuery = { sql: string; params: Record<string, number | string> };

type Common = Pick<ExchangesQuery, 'rollout' | 'version' | 'arm' | 'since' | 'until'> & { slice?: string | undefined };

/** Conditions and their parameters, as they come together; a name of nothing is as good as none. */
type Where = { conditions: string[]; params: Record<string, number | string> };

const WORD = (name: string): string => `(SELECT no FROM words WHERE text = :${name})`;

/** What is asked for, of the row that is called `t`: of one agent, and by the filters that all lists have. */
const commonWhere = (agent: string, { rollout, version, arm, slice, since, until }: Common): Where => {
  const where: Where = { conditions: [`t.agent = ${WORD('agent')}`], params: { agent } };
  const add = (condition: string, params: Where['params']): void => {
    where.conditions.push(condition);
    Object.assign(where.params, params);
  };
  if (rollout !== undefined) add(`t.rollout = ${WORD('rollout')}`, { rollout });
  if (version !== undefined) add(`t.version = ${WORD('version')}`, { version });
  if (arm !== undefined) add(`t.arm = ${WORD('arm')}`, { arm });
  if (since !== undefined) add('t.at >= :since', { since });
  if (until !== undefined) add('t.at < :until', { until });
  if (slice !== undefined) {
    const split = slice.indexOf('=');
    const [label, value] = [slice.slice(0, split), slice.slice(split + 1)];
    add('t.slices IN (SELECT slices FROM slice_members WHERE label = :label AND value = :value)', { label, value });
  }
  return where;
};

const and = ({ conditions, params }: Where, condition: string, more: Where['params']): Where => ({
  conditions: [...conditions, condition],
  params: { ...params, ...more },
});

const rangeOf = (where: Where, column: string, { below, above }: Pick<ScoresQuery, 'below' | 'above'>): Where => {
  const low = below === undefined ? where : and(where, `${column} < :below`, { below });
  return above === undefined ? low : and(low, `${column} > :above`, { above });
};

type Order = { select: string; from: string; by: string; no: string; direction: 'ASC' | 'DESC' };

/** Keyset pagination: a page begins behind the place where the one before it ended. One row more than `limit` tells whether another follows. */
const pageOf = (
  { conditions, params }: Where,
  { select, from, by, no, direction }: Order,
  limit: number,
  after: Place | null,
): PageQuery => {
  const beyond = direction === 'ASC' ? '>' : '<';
  const behind = after === null ? [] : [`(${by}, ${no}) ${beyond} (:afterBy, :afterNo)`];
  return {
    sql: `SELECT ${by} AS by_, ${no} AS no_, ${select} FROM ${from} WHERE ${[...conditions, ...behind].join(' AND ')} ORDER BY ${by} ${direction}, ${no} ${direction} LIMIT :limit`,
    params: { ...params, ...(after === null ? {} : { afterBy: after.by, afterNo: after.no }), limit: limit + 1 },
  };
};

const LIVE = KINDS.indexOf('live');
const LATEST = { by: 't.at', no: 't.no', direction: 'DESC' } as const;

export const exchangesPage = (agent: string, asked: ExchangesQuery, after: Place | null): PageQuery => {
  const { outcome, metric, limit } = asked;
  const own = commonWhere(agent, asked);
  const where = outcome === undefined ? own : and(own, 't.outcome = :outcome', { outcome: OUTCOMES.indexOf(outcome) });
  const head = 't.head';
  if (metric === undefined) return pageOf(where, { select: head, from: 'exchanges t', ...LATEST }, limit, after);
  // By the scores, since values may be asked for that are rare; all that is asked of them is in the index.
  const ofMetric = `s.agent = ${WORD('agent')} AND s.metric = ${WORD('metric')} AND s.kind = ${LIVE} AND s.value IS NOT NULL`;
  const scored = rangeOf(and(where, ofMetric, { metric }), 's.value', asked);
  const ofRollout = asked.rollout === undefined ? scored : and(scored, `s.rollout = ${WORD('rollout')}`, {});
  const from = 'scores s INDEXED BY scores_by_time CROSS JOIN exchanges t ON t.key = s.exchange';
  return pageOf(ofRollout, { select: head, from, by: 's.at', no: 's.no', direction: 'DESC' }, limit, after);
};

const textOf = (column: string): string => `(SELECT text FROM words WHERE no = t.${column}) AS ${column}`;

/** What a score's view is made of. */
export const SCORE_COLUMNS = [
  '(SELECT id FROM ids WHERE key = t.exchange) AS exchangeId',
  '(SELECT id FROM ids WHERE key = t.shadow) AS shadowId',
  ...['agent', 'rollout', 'version', 'arm', 'metric', 'judge', 'slices'].map(textOf),
  't.kind, t.sequence, t.evidence, t.status, t.value, t.live, t.delta, t.reason, t.exchange_at, t.at',
].join(', ');

export const scoresPage = (agent: string, asked: ScoresQuery, after: Place | null): PageQuery => {
  const { metric, kind, limit } = asked;
  const own = rangeOf(commonWhere(agent, asked), 't.value', asked);
  const ofMetric = metric === undefined ? own : and(own, `t.metric = ${WORD('metric')}`, { metric });
  const where = kind === undefined ? ofMetric : and(ofMetric, 't.kind = :kind', { kind: KINDS.indexOf(kind) });
  const index = metric === undefined ? 'scores_by_age' : 'scores_by_time';
  return pageOf(where, { select: SCORE_COLUMNS, from: `scores t INDEXED BY ${index}`, ...LATEST }, limit, after);
};

/** Of shadows the worst ones first: by what was lost in one metric, or in whichever it was most. */
const worstShadows = (agent: string, asked: ShadowsQuery, after: Place | null): PageQuery => {
  const { metric, kind, rollout, limit } = asked;
  const own = and(commonWhere(agent, asked), 't.kind = :kind', { kind: KINDS.indexOf(kind) });
  const ofAgent = and(own, `g.agent = ${WORD('agent')}`, {});
  const ofRollout = rollout === undefined ? ofAgent : and(ofAgent, `g.rollout = ${WORD('rollout')}`, {});
  const select = 't.head';
  const order = { select, by: 'g.gain', no: 'g.no', direction: 'ASC' } as const;
  if (metric === undefined)
    return pageOf(
      ofRollout,
      { ...order, from: 'gains g INDEXED BY gains_by_agent CROSS JOIN shadows t ON t.key = g.shadow' },
      limit,
      after,
    );
  const where = and(ofRollout, `g.metric = ${WORD('metric')} AND g.gain IS NOT NULL`, { metric });
  const from = 'scores g INDEXED BY scores_by_gain CROSS JOIN shadows t ON t.key = g.shadow';
  return pageOf(where, { ...order, from }, limit, after);
};

export const shadowsPage = (agent: string, asked: ShadowsQuery, after: Place | null): PageQuery => {
  if (asked.order === 'worst') return worstShadows(agent, asked, after);
  const { kind, metric, limit } = asked;
  const own = and(commonWhere(agent, asked), 't.kind = :kind', { kind: KINDS.indexOf(kind) });
  const scored = `EXISTS (SELECT 1 FROM scores s WHERE s.exchange = t.exchange AND s.shadow = t.key AND s.metric = ${WORD('metric')})`;
  const where = metric === undefined ? own : and(own, scored, { metric });
  return pageOf(where, { select: 't.head', from: 'shadows t', ...LATEST }, limit, after);
};

export const feedbackPage = (agent: string, asked: FeedbackQuery, after: Place | null): PageQuery => {
  const { thumbs, limit } = asked;
  const own = commonWhere(agent, asked);
  const where = thumbs === undefined ? own : and(own, 't.thumbs = :thumbs', { thumbs: THUMBS.indexOf(thumbs) });
  return pageOf(where, { select: 't.head', from: 'feedback t', ...LATEST }, limit, after);
};
