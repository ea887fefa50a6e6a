import { askedOf } from '../../openai/answer.ts';
import type { Decision } from '../../schemas/decision.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import { type FlatScore, flatScores } from '../../schemas/score.ts';
import { sentenceOf } from '../../schemas/sentence/sentence.ts';
import { DECISIONS, EXCHANGES, SCORES, type Topic, WINDOWS } from '../../schemas/topics.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { shortened } from '../output/plain.ts';
import { saidIn } from '../shadow-report/excerpt.ts';

/** What records of all kinds can be filtered by; undefined where a kind has no such thing. */
export const FILTERS = ['agent', 'rollout', 'version', 'arm', 'metric'] as const;
export type About = Partial<Record<(typeof FILTERS)[number], string>>;

/** One kind of record that can be watched. */
type RecordKind<T, E> = {
  topic: Topic<T>;
  /** What a record holds; nothing where it is a tick. */
  events: (record: T) => readonly E[];
  about: (event: E) => About;
  /** Filters that would leave nothing of it, ever. */
  lacks: readonly (keyof About)[];
  /** An event in a line, behind its time. */
  cells: (event: E) => readonly string[];
};

/** The same with its types bound, as a table of several kinds has it. */
export type BoundKind = RecordKind<unknown, unknown>;
const kind = <T, E>(one: RecordKind<T, E>): BoundKind => one as unknown as BoundKind;

const WORDS = 100;
const value = (number: number | null): string => (number === null ? '–' : String(Number(number.toPrecision(4))));
const slicesText = (slices: Readonly<Record<string, string>>): string =>
  Object.entries(slices)
    .map(([label, one]) => `${label}=${one}`)
    .join(' ');

const meanOf = ({ count, sumMicro }: WindowRow): number | null => (count === 0 ? null : sumMicro / count / MICRO);

const scores = kind<(typeof SCORES)['schema']['_output'], FlatScore>({
  topic: SCORES,
  lacks: [],
  events: ({ event }) => (event === null ? [] : flatScores(event)),
  about: ({ agent, rollout, version, arm, metric }) => ({ agent, rollout, version, arm, metric }),
  cells: (score) => [
    score.agent,
    `${score.kind} ${score.arm} ${score.version}`,
    score.metric,
    score.status === 'scored' ? value(score.value) : score.status,
    score.scorer,
    score.exchangeId,
    shortened(score.reason, WORDS),
  ],
});

const windows = kind<(typeof WINDOWS)['schema']['_output'], WindowRow>({
  topic: WINDOWS,
  lacks: [],
  events: ({ event }) => (event === null ? [] : [event]),
  about: ({ agent, rollout, version, arm, metric }) => ({ agent, rollout, version, arm, metric }),
  cells: (row) => [
    row.agent,
    `${row.kind} ${row.arm} ${row.version}`,
    row.metric,
    row.slice === ALL ? '' : row.slice,
    `n=${row.count}`,
    `mean=${value(meanOf(row))}`,
    `${new Date(row.startMs).toISOString().slice(11, 19)}+${(row.endMs - row.startMs) / 1_000}s`,
    row.errors > 0 ? `${row.errors} errors` : '',
  ],
});

const exchanges = kind<(typeof EXCHANGES)['schema']['_output'], Exchange>({
  topic: EXCHANGES,
  lacks: ['metric'],
  events: ({ event }) => (event === null ? [] : [event]),
  about: ({ agent, rollout, assignedVersion: version, assignedArm: arm }) => ({ agent, rollout, version, arm }),
  cells: (exchange) => [
    exchange.agent,
    `${exchange.assignment} ${exchange.assignedArm} ${exchange.servedVersion}`,
    `${exchange.status} ${exchange.outcome}`,
    `${Math.round(exchange.latencyMs)} ms`,
    slicesText(exchange.slices),
    exchange.exchangeId,
    shortened(saidIn(exchange.responseBody, askedOf(exchange)), WORDS),
  ],
});

const decisions = kind<Decision, Decision>({
  topic: DECISIONS,
  lacks: ['arm'],
  events: (decision) => [decision],
  about: ({ agent, rollout, metric, candidate }) => ({
    agent,
    rollout,
    ...(metric === null ? {} : { metric }),
    ...(candidate === null ? {} : { version: candidate }),
  }),
  cells: (decision) => [
    `${decision.agent}#${decision.sequence}`,
    decision.rollout,
    decision.type,
    decision.state ?? '',
    decision.by,
    sentenceOf(decision),
  ],
});

/** Everything that `tail` shows, by the word that it is asked for with. */
export const RECORD_KINDS: Readonly<Record<string, BoundKind>> = { scores, windows, exchanges, decisions };
