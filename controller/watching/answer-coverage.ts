import type { AlertEvent } from '../../schemas/alert.ts';
import { EXCHANGES, SCORES } from '../../schemas/topics.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { MICRO, windowKeyText, type WindowRow } from '../../schemas/window.ts';
import type { WindowStep } from '../evidence/window-queue.ts';

/** Of one window, over all of an agent's versions. */
type Counts = {
  endMs: number;
  /** Requests that the front door took, and those of them that are exchanges. */
  accepted: number;
  seen: number;
  /** Answers that the assigned arm gave itself, and those that the judge has spoken of: scored, or left out by its word. */
  served: number;
  spoken: number;
  /** Of those spoken of, the ones that were scored. */
  scored: number;
  /** Answers that are meant for judge models, and those that were put before them. */
  planned: number;
  asked: number;
};
type Count = Exclude<keyof Counts, 'endMs'>;

const MINUTE_MS = 60_000;

type ShareRule = {
  event: AlertEvent;
  whole: Count;
  part: Count;
  topics: readonly string[];
  /** The part may come so much later than what it is a part of. */
  lateMs: number;
  /** Below this it is lost, and from that on it is back: so that nothing between them opens and ends again and again. */
  lostBelow: number;
  backFrom: number;
  text: (agent: string, percent: string) => string;
};

/** The shares of an agent's answers that somebody must know of when they are low. */
const SHARES = {
  exchanges: {
    event: 'coverage-lost',
    whole: 'accepted',
    part: 'seen',
    topics: [EXCHANGES.name],
    lateMs: 2 * MINUTE_MS,
    lostBelow: 0.95,
    backFrom: 0.99,
    text: (agent, percent) => `only ${percent} of the requests for ${agent} that the front door took are exchanges`,
  },
  scores: {
    event: 'coverage-lost',
    whole: 'served',
    part: 'spoken',
    topics: [EXCHANGES.name, SCORES.name],
    lateMs: 2 * MINUTE_MS,
    lostBelow: 0.8,
    backFrom: 0.95,
    text: (agent, percent) =>
      `only ${percent} of ${agent}'s answers have scores, or the judge's word that it left them out`,
  },
  rules: {
    event: 'judge-behind',
    whole: 'spoken',
    part: 'scored',
    topics: [SCORES.name],
    lateMs: 0,
    lostBelow: 0.5,
    backFrom: 0.8,
    text: (agent, percent) => `the judge scores only ${percent} of ${agent}'s answers and leaves the others out`,
  },
  models: {
    event: 'judge-behind',
    whole: 'planned',
    part: 'asked',
    topics: [SCORES.name],
    lateMs: 0,
    lostBelow: 0.5,
    backFrom: 0.8,
    text: (agent, percent) =>
      `the judge puts only ${percent} of ${agent}'s answers that are meant for its models before them`,
  },
} as const satisfies Record<string, ShareRule>;
export type ShareName = keyof typeof SHARES;
const NAMES = Object.keys(SHARES) as ShareName[];

/** A share as it stands: whether it is lost, by how many answers that was found, and from where on it is counted. */
type ShareState = { isLost: boolean; value: number; n: number; foundMs: number; sinceMs: number; seenMs: number };

/** How much of an agent's answers arrives and is judged of late. Changed in place by the one loop that reads its windows; the same rows give the same. */
export type AnswerCoverage = {
  windows: Map<number, Counts>;
  closedThroughMs: Map<string, number>;
  shares: Record<ShareName, ShareState>;
};

const newShare = (): ShareState => ({ isLost: false, value: 1, n: 0, foundMs: 0, sinceMs: 0, seenMs: 0 });

export const newAnswerCoverage = (): AnswerCoverage => ({
  windows: new Map(),
  closedThroughMs: new Map(),
  shares: { exchanges: newShare(), scores: newShare(), rules: newShare(), models: newShare() },
});

/** A share is of so much time at most, a shorter one where it is to be seen whether it is back, and of so much at least. */
const SPAN_MS = 30 * MINUTE_MS;
const SPAN_BACK_MS = 10 * MINUTE_MS;
const LEAST_SPAN_MS = 5 * MINUTE_MS;
/** Of fewer answers nothing is said. */
const LEAST_ANSWERS = 100;
const KEPT_MS = SPAN_MS + 10 * MINUTE_MS;

const noCounts = (endMs: number): Counts => ({
  endMs,
  accepted: 0,
  seen: 0,
  served: 0,
  spoken: 0,
  scored: 0,
  planned: 0,
  asked: 0,
});

const ADDED: Readonly<Record<string, (row: WindowRow) => Partial<Record<Count, number>>>> = {
  accepted: ({ sumMicro }) => ({ accepted: sumMicro / MICRO }),
  error_rate: ({ count, sumMicro }) => ({ seen: count, served: count - sumMicro / MICRO }),
  judged: ({ count, sumMicro }) => ({ spoken: count, scored: sumMicro / MICRO }),
  judged_by_models: ({ count, sumMicro }) => ({ planned: count, asked: sumMicro / MICRO }),
};

const addRow = ({ windows }: AnswerCoverage, row: WindowRow): void => {
  const counts = windows.get(row.startMs) ?? noCounts(row.endMs);
  for (const [name, more] of Object.entries(ADDED[row.metric]?.(row) ?? {})) counts[name as Count] += more;
  windows.set(row.startMs, counts);
};

/** Folds one step of the log: an agent's live rows, of those that `isMeant` takes. Rows of windows folded before count for nothing. */
export const stepCoverage = (
  coverage: AnswerCoverage,
  { rows, topic, closedThroughMs }: WindowStep,
  isMeant: (row: WindowRow) => boolean,
): void => {
  const { windows, closedThroughMs: closed } = coverage;
  const isNew = (row: WindowRow): boolean =>
    row.metric in ADDED &&
    row.kind === 'live' &&
    row.slice === ALL &&
    row.startMs >= (closed.get(row.sourceTopic) ?? 0) &&
    isMeant(row);
  for (const row of new Map(rows.filter(isNew).map((one) => [windowKeyText(one), one])).values()) addRow(coverage, row);
  closed.set(topic, Math.max(closedThroughMs, closed.get(topic) ?? 0));
  const lastMs = Math.max(...closed.values());
  for (const [startMs, { endMs }] of windows) if (endMs < lastMs - KEPT_MS) windows.delete(startMs);
  for (const name of NAMES) coverage.shares[name] = stepShare(coverage, SHARES[name], coverage.shares[name]);
};

/**
 * What of the part comes late is counted where the question is whether it is lost, and is not where it is whether it is back: so both are told
 * only when they are sure.
 */
const stepShare = ({ windows, closedThroughMs }: AnswerCoverage, rule: ShareRule, before: ShareState): ShareState => {
  const untilMs = Math.min(...rule.topics.map((topic) => closedThroughMs.get(topic) ?? 0)) - rule.lateMs;
  if (untilMs <= before.seenMs) return before;
  const firstMs = before.sinceMs === 0 ? untilMs : before.sinceMs;
  const longestMs = before.isLost ? SPAN_BACK_MS : SPAN_MS;
  const now = { ...before, seenMs: untilMs, sinceMs: Math.max(firstMs, untilMs - longestMs) };
  let [whole, part] = [0, 0];
  for (const [startMs, counts] of windows) {
    if (startMs < now.sinceMs) continue;
    const isDue = counts.endMs <= untilMs;
    if (isDue) whole += counts[rule.whole];
    if (isDue || !before.isLost) part += counts[rule.part];
  }
  const spanMs = untilMs - now.sinceMs;
  // Where there is nothing any more, nothing is lost.
  if (whole === 0 && spanMs >= longestMs) return { ...now, isLost: false };
  if (whole < LEAST_ANSWERS || spanMs < LEAST_SPAN_MS) return now;
  const value = Math.min(1, part / whole);
  const isLost = value < (before.isLost ? rule.backFrom : rule.lostBelow);
  // After each change it is counted anew, so that neither rests on what the other one was found by.
  return isLost === before.isLost
    ? now
    : { ...now, isLost, value, n: Math.round(whole), foundMs: untilMs, sinceMs: untilMs };
};

/** A share of an agent's answers, as alerts tell of it. */
export type ToldShare = {
  name: ShareName;
  event: AlertEvent;
  isLost: boolean;
  value: number;
  threshold: number;
  n: number;
  /** When it was found to be lost. */
  foundMs: number;
  /** By the records' time, up to where it is known. */
  throughMs: number;
  summary: string;
};

export const sharesOf = ({ shares }: AnswerCoverage, agent: string): ToldShare[] =>
  NAMES.map((name) => {
    const { event, lostBelow: threshold, text } = SHARES[name];
    const { isLost, value, n, foundMs, seenMs: throughMs } = shares[name];
    const summary = `${text(agent, `${Math.floor(100 * value)} %`)} (n = ${n}; less than ${100 * threshold} % is told)`;
    return { name, event, isLost, value, threshold, n, foundMs, throughMs, summary };
  });
