import type { RolloutView } from '../../schemas/controller-api.ts';
import { phaseOf } from '../../schemas/sentence/comparison.ts';
import { ALL } from '../../schemas/whole-slice.ts';

/** What the live view shows, as plain data. */
export type LiveState = {
  elapsedMs: number;
  /** What this program sends itself; null where it sends nothing. */
  traffic: LiveTraffic | null;
  rollout: LiveRollout | null;
  lag: readonly { group: string; messages: number }[];
  decisions: readonly string[];
};

export type LiveTraffic = {
  accepted: number;
  failures: number;
  requestsPerSecond: number;
  /** What the machine carries of it, in words. */
  carried: string;
};

export type LiveRollout = {
  agent: string;
  name: string;
  state: string;
  stage: number;
  stages: readonly number[];
  sentence: string;
  weights: readonly { version: string; weightPct: number }[];
  /** ln E against ln 1/α of the whole rollout. */
  logE: number;
  logThreshold: number;
  metrics: readonly LiveMetric[];
};

export type LiveMetric = {
  metric: string;
  slice: string;
  rule: string;
  candidateValue: number | null;
  stableValue: number | null;
  candidateCount: number;
  stableCount: number;
  logE: number | null;
};

/** What is shown of a rollout. */
export const liveRollout = ({ stages, arms, logE, logThreshold, metrics, ...view }: RolloutView): LiveRollout => ({
  agent: view.agent,
  name: view.name,
  state: view.state,
  stage: view.stage,
  stages: stages.map(({ weightPct }) => weightPct),
  weights: arms.map(({ version, weightPct }) => ({ version, weightPct })),
  sentence: view.sentence,
  logE: logE ?? 0,
  // Null where nothing is weighed: of an A/B and a blue-green switch.
  logThreshold: logThreshold ?? Number.POSITIVE_INFINITY,
  metrics: metrics.map(({ metric, slice, rule, candidateValue, stableValue, candidateCount, stableCount, logE }) => ({
    metric,
    slice,
    rule,
    candidateValue,
    stableValue,
    candidateCount,
    stableCount,
    logE,
  })),
});

const bar = (share: number, width: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(full) + '·'.repeat(width - full);
};

const figure = (value: number | null): string => (value === null ? '–' : value.toPrecision(3));
const pad = (text: string, width: number): string => text.slice(0, width).padEnd(width);
const right = (text: string, width: number): string => text.slice(0, width).padStart(width);

/** Words in lines of a width. */
const wrapped = (text: string, width: number): string[] =>
  text.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) return [...lines, word];
    return [...lines.slice(0, -1), `${last} ${word}`];
  }, []);

/** `canary 2/4 (25 %)`. */
export const stageText = ({ state, stage, stages }: Pick<LiveRollout, 'state' | 'stage' | 'stages'>): string =>
  stage < 0 ? state : `${state} ${stage + 1}/${stages.length} (${stages[stage] ?? 100} %)`;

const metricLines = (metrics: readonly LiveMetric[], logThreshold: number, most: number): string[] => {
  const strongestFirst = metrics
    .filter((m) => m.candidateCount > 0)
    .toSorted((a, b) => (b.logE ?? -Infinity) - (a.logE ?? -Infinity));
  return strongestFirst.slice(0, most).map((m) => {
    const phase = phaseOf(m) === 'canary' ? '' : ` in ${phaseOf(m)}`;
    const name = `${m.metric}${phase}${m.slice === ALL ? '' : ` ${m.slice}`}`;
    const values = `${right(figure(m.candidateValue), 8)} ${right(`n=${m.candidateCount}`, 8)}  ${right(figure(m.stableValue), 8)} ${right(`n=${m.stableCount}`, 8)}`;
    const evidence = m.logE === null ? '' : `${bar(m.logE / logThreshold, 12)} ${m.logE.toFixed(1)}`;
    return `  ${pad(name, 34)} ${values}  ${evidence}`;
  });
};

/** A rollout as lines of a width. */
export const rolloutLines = (rollout: LiveRollout, mostMetrics: number, columns: number): string[] => {
  const weights = rollout.weights.map((w) => `${w.version} ${bar(w.weightPct / 100, 10)} ${w.weightPct} %`).join('   ');
  const { logE, logThreshold } = rollout;
  return [
    `${rollout.agent}, ${rollout.name}: ${stageText(rollout)}`,
    ...wrapped(rollout.sentence, columns - 2).map((line) => `  ${line}`),
    `  ${weights}`,
    `  evidence against the candidate, all metrics: ${bar(logE / logThreshold, 20)} ln E ${logE.toFixed(2)} of ${logThreshold.toFixed(2)}`,
    `  ${pad('metric', 34)} ${right('candidate', 17)}  ${right('stable', 17)}  ln E`,
    ...metricLines(rollout.metrics, logThreshold, mostMetrics),
  ];
};

const FIXED_LINES = 16;

const trafficText = ({ accepted, requestsPerSecond, failures }: LiveTraffic): string =>
  `${accepted} answered (${requestsPerSecond.toFixed(0)}/s), ${failures} with 5xx`;

/** The view as lines that fit the terminal. */
export const renderLive = (state: LiveState, size: { columns: number; rows: number }): string[] => {
  const seconds = Math.round(state.elapsedMs / 1000);
  const lag = state.lag.map(({ group, messages }) => `${group.replace('coalmine-', '')} ${messages}`).join('  ');
  const lines = [
    '─'.repeat(size.columns),
    `${seconds} s   ${state.traffic === null ? '' : `${trafficText(state.traffic)}   `}lag: ${lag || '…'}`,
    ...(state.traffic === null ? [] : [state.traffic.carried]),
    ...(state.rollout
      ? rolloutLines(
          state.rollout,
          Math.max(3, Math.min(10, size.rows - FIXED_LINES - state.decisions.length)),
          size.columns,
        )
      : ['no rollout yet']),
    ...state.decisions.map((text) => `  ${text}`),
  ];
  return lines.map((line) => line.slice(0, size.columns));
};
