import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';

/** Answers that the judge has spoken of, and those of them that it meant to score. */
export type Spoken = { count: number; meant: number };

/** What the judge said of one stage's answers in one window; `candidate` of its shadows while the stage is the shadow. */
export type PaceWindow = {
  startMs: number;
  stage: number;
  /** The highest lag in it, from an answer until it was scored or left out. */
  lagMs: number;
  all: { rules: Spoken; models: Spoken };
  candidate: { rules: Spoken; models: Spoken };
};

/** How the judge keeps up: its latest windows in order of time. Plain data. */
export type JudgePace = readonly PaceWindow[];

/** So many windows say how the judge keeps up now. */
export const PACE_WINDOWS = 10;

const NONE: Spoken = { count: 0, meant: 0 };
const noPace = (startMs: number, stage: number): PaceWindow => ({
  startMs,
  stage,
  lagMs: 0,
  all: { rules: NONE, models: NONE },
  candidate: { rules: NONE, models: NONE },
});

const addSpoken = (a: Spoken, b: Spoken): Spoken => ({ count: a.count + b.count, meant: a.meant + b.meant });

/** The pace after one window's rows of the judge; `stageOf` by routing sequence. */
export const stepPace = (
  before: JudgePace,
  rows: readonly WindowRow[],
  stageOf: ReadonlyMap<number, number>,
): JudgePace => {
  const spoken = rows.filter(({ metric, slice }) => slice === ALL && metric in READERS);
  if (spoken.length === 0) return before;
  const windows = new Map<string, PaceWindow>();
  for (const row of spoken) {
    const stage = stageOf.get(row.routingSequence);
    if (stage === undefined) continue;
    const key = `${row.startMs}|${stage}`;
    windows.set(key, READERS[row.metric]!(windows.get(key) ?? noPace(row.startMs, stage), row));
  }
  const all = [...before, ...windows.values()];
  const starts = [...new Set(all.map(({ startMs }) => startMs))].sort((a, b) => a - b).slice(-PACE_WINDOWS);
  return all.filter(({ startMs }) => startMs >= (starts[0] ?? 0));
};

const READERS: Readonly<Record<string, (window: PaceWindow, row: WindowRow) => PaceWindow>> = {
  judged: (window, row) => addTo(window, row, 'rules'),
  judged_by_models: (window, row) => addTo(window, row, 'models'),
  judge_lag: (window, { maxMicro }) => ({
    ...window,
    lagMs: Math.max(window.lagMs, ((maxMicro ?? 0) / MICRO) * 1_000),
  }),
};

const addTo = (window: PaceWindow, row: WindowRow, by: 'rules' | 'models'): PaceWindow => {
  const more = { count: row.count, meant: row.sumMicro / MICRO };
  const all = { ...window.all, [by]: addSpoken(window.all[by], more) };
  const isCandidate = row.kind === 'shadow' || (row.kind === 'live' && row.arm === 'candidate');
  const candidate = isCandidate
    ? { ...window.candidate, [by]: addSpoken(window.candidate[by], more) }
    : window.candidate;
  return { ...window, all, candidate };
};

/** What the judge said of a stage's answers lately, and over how much time. */
export type StagePace = {
  all: Spoken;
  candidate: Spoken;
  lagMs: number;
  spanMs: number;
};

export const paceOf = (pace: JudgePace, stage: number, by: 'rules' | 'models', windowMs: number): StagePace => {
  const own = pace.filter((window) => window.stage === stage);
  return {
    all: own.reduce((sum, window) => addSpoken(sum, window.all[by]), NONE),
    candidate: own.reduce((sum, window) => addSpoken(sum, window.candidate[by]), NONE),
    lagMs: lagNowMs(pace),
    spanMs: own.length === 0 ? 0 : own.at(-1)!.startMs - own[0]!.startMs + windowMs,
  };
};

const LAG_WINDOWS = 3;

/** The highest lag of the judge's last windows. */
const lagNowMs = (pace: JudgePace): number => {
  const starts = [...new Set(pace.map(({ startMs }) => startMs))].slice(-LAG_WINDOWS);
  return pace.reduce((ms, { startMs, lagMs }) => (startMs >= starts[0]! ? Math.max(ms, lagMs) : ms), 0);
};

const USUAL_LAG_WINDOWS = 2;
const USUAL_LAG_MIN_MS = 5_000;
/** A judge further behind than this is not waited for: what it has not scored by then is missing. */
const MOST_LAG_WINDOWS = 10;
const MOST_LAG_MIN_MS = 60_000;

/**
 * So late may a score come before it is missed: two windows, or as late as the judge said it was in its last windows. What it
 * has left out by then it has said, too, so a lag within its own limit is no gap.
 */
export const allowedLagMs = (pace: JudgePace, windowMs: number): number =>
  Math.max(
    USUAL_LAG_WINDOWS * windowMs,
    USUAL_LAG_MIN_MS,
    Math.min(lagNowMs(pace), Math.max(MOST_LAG_WINDOWS * windowMs, MOST_LAG_MIN_MS)),
  );
