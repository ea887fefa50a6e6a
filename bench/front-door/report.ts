import type { Round } from './measure.ts';
import { spread, type Spread } from './quantiles.ts';

/** What a run found, as a table for people and as one line for programs. Pure. */

export type Found = { name: string; what: string; rounds: readonly (Round | null)[]; skipped: string | null };

/** The figures of a target over all rounds; each null where it has none. Added times are against direct in the same round. */
type Summary = {
  perSecond: Spread | null;
  cpuUsPerRequest: Spread | null;
  added: { perSecond: number; p50Ms: Spread | null; p99Ms: Spread | null }[];
  firstMs: Spread | null;
  chunkMs: Spread | null;
  messagesPerSecond: Spread | null;
  rssRestMb: Spread | null;
  rssIdleMb: Spread | null;
  kbPerConnection: Spread | null;
  coreShare: Spread | null;
  strangersShare: Spread | null;
  failed: number;
};

type Figures = {
  rps: number | null;
  cpuUsPerRequest: number | null;
  addedP50Ms: number | null;
  addedP99Ms: number | null;
};
type Row = Figures | { skipped: string };

/** A figure of each round less that of direct in the same round. */
const lessDirect = (
  rounds: readonly (Round | null)[],
  direct: readonly (Round | null)[],
  read: (round: Round) => number | undefined,
): Spread | null =>
  spread(
    rounds.map((round, i) => {
      const [own, base] = [round, direct[i]].map((one) => (one ? read(one) : undefined));
      return own === undefined || base === undefined ? null : own - base;
    }),
  );

export const summarise = (rounds: readonly (Round | null)[], direct: readonly (Round | null)[]): Summary => {
  const of = (read: (round: Round) => number | null | undefined): Spread | null =>
    spread(rounds.map((round) => (round === null ? null : (read(round) ?? null))));
  const slots = rounds.find((round) => round !== null)?.arrivals ?? [];
  return {
    perSecond: of((round) => round.perSecond),
    cpuUsPerRequest: of((round) => round.cpuUsPerRequest),
    added: slots.map((slot, i) => ({
      perSecond: slot?.perSecond ?? 0,
      p50Ms: lessDirect(rounds, direct, (round) => round.arrivals[i]?.p50Ms),
      p99Ms: lessDirect(rounds, direct, (round) => round.arrivals[i]?.p99Ms),
    })),
    firstMs: lessDirect(rounds, direct, (round) => round.streaming?.firstP50Ms),
    chunkMs: lessDirect(rounds, direct, (round) => round.streaming?.chunkP50Ms),
    messagesPerSecond: of((round) => round.messagesPerSecond),
    rssRestMb: of((round) => round.rssRestMb),
    rssIdleMb: of((round) => round.idle?.rssMb),
    kbPerConnection: of((round) => round.idle?.kbEach),
    coreShare: of((round) => round.coreShare),
    strangersShare: of((round) => round.strangersShare),
    failed: rounds.reduce((sum, round) => sum + failedIn(round), 0),
  };
};

const failedIn = (round: Round | null): number =>
  round === null ? 0 : round.arrivals.reduce((sum, arrivals) => sum + (arrivals?.failed ?? 0), round.failed);

const number = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const cell = (figure: Spread | null, digits = 0): string => {
  if (figure === null) return '–';
  const [median, min, max] = [figure.median, figure.min, figure.max].map((value) => number(value, digits));
  return min === max ? median! : `${median} [${min}–${max}]`;
};

const HEADS = [
  'target',
  'requests/s',
  'CPU µs each',
  'added p50 / p99 ms, 200/s',
  'at 1,000/s',
  'SSE added: first / each event, ms',
  'WebSocket messages/s',
  'RSS MB, rest',
  'RSS MB, idle connections',
  'kB each',
  'core used',
  'strangers',
  'failed',
];

const addedCell = (summary: Summary, i: number, expectedPerSecond: number): string => {
  const added = summary.added[i];
  if (added === undefined || (added.p50Ms === null && added.p99Ms === null)) return '–';
  const note = added.perSecond === expectedPerSecond ? '' : ` (at ${added.perSecond}/s)`;
  return `${cell(added.p50Ms, 2)} / ${cell(added.p99Ms, 2)}${note}`;
};

const rowOf = (found: Found, direct: readonly (Round | null)[]): string[] => {
  if (found.skipped !== null) return [found.name, `not measured: ${found.skipped}`];
  const summary = summarise(found.rounds, direct);
  const isDirect = found.name === 'direct';
  return [
    found.name,
    cell(summary.perSecond),
    cell(summary.cpuUsPerRequest),
    isDirect ? '0' : addedCell(summary, 0, 200),
    isDirect ? '0' : addedCell(summary, 1, 1_000),
    isDirect ? '0' : `${cell(summary.firstMs, 2)} / ${cell(summary.chunkMs, 2)}`,
    cell(summary.messagesPerSecond),
    cell(summary.rssRestMb),
    cell(summary.rssIdleMb),
    cell(summary.kbPerConnection, 1),
    cell(summary.coreShare, 2),
    cell(summary.strangersShare, 2),
    number(summary.failed, 0),
  ];
};

/** A Markdown table: medians of the rounds, with [lowest–highest]. */
export const tableOf = (all: readonly Found[]): string => {
  const direct = all.find(({ name }) => name === 'direct')?.rounds ?? [];
  const rows = [HEADS, HEADS.map(() => '---'), ...all.map((found) => rowOf(found, direct))];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};

/** What direct itself took, in words, so that the added figures can be read. */
export const baseOf = (all: readonly Found[]): string => {
  const rounds = (all.find(({ name }) => name === 'direct')?.rounds ?? []).filter((round) => round !== null);
  const of = (read: (round: Round) => number | undefined): string =>
    cell(spread(rounds.map((round) => read(round) ?? null)), 2);
  const at = (i: number): string => `${of((r) => r.arrivals[i]?.p50Ms)} / ${of((r) => r.arrivals[i]?.p99Ms)}`;
  const first = of((r) => r.streaming?.firstP50Ms);
  return (
    `direct: p50 / p99 ${at(0)} ms at 200/s, ${at(1)} ms at 1,000/s; ` +
    `SSE first ${first} ms, each event ${of((r) => r.streaming?.chunkP50Ms)} ms`
  );
};

const round = (value: number | undefined, digits: number): number | null =>
  value === undefined ? null : Number(value.toFixed(digits));

const figuresOf = (found: Found, direct: readonly (Round | null)[]): Row => {
  if (found.skipped !== null) return { skipped: found.skipped };
  const summary = summarise(found.rounds, direct);
  return {
    rps: round(summary.perSecond?.median, 0),
    cpuUsPerRequest: round(summary.cpuUsPerRequest?.median, 1),
    addedP50Ms: round(summary.added[0]?.p50Ms?.median, 3),
    addedP99Ms: round(summary.added[0]?.p99Ms?.median, 3),
  };
};

/** Medians, added times at 200 a second (LiteLLM: at what it holds). Targets that were not asked for are not in it. */
export const jsonOf = (all: readonly Found[]): { ours: Row; peers: Record<string, Row> } => {
  const direct = all.find(({ name }) => name === 'direct')?.rounds ?? [];
  const rows = all
    .filter(({ name }) => name !== 'direct')
    .map((found) => [found.name, figuresOf(found, direct)] as const);
  const { ours = { skipped: 'not asked for' }, ...peers } = Object.fromEntries(rows);
  return { ours, peers };
};
