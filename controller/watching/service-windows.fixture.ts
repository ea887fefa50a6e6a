import { metricOrRubric } from '../../schemas/metrics.ts';
import { EXCHANGES, SCORES } from '../../schemas/topics.ts';
import { MICRO, noValues, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import type { WindowStep } from '../evidence/window-queue.ts';
import { SLOT_MS } from './change-detector.ts';

/** A slot of five minutes of a version that had all traffic. Counts are as told, nothing is drawn. */
export type Slot = { requests: number; errors: number; quality?: number; judge?: string; slice?: string };

const rowOf = (slot: number, metric: string, slice: string, stats: Partial<WindowRow>): WindowRow => ({
  agent: 'support',
  rollout: '',
  routingSequence: 1,
  version: 'v1',
  arm: 'stable',
  kind: 'live',
  metric,
  slice,
  startMs: slot * SLOT_MS,
  endMs: (slot + 1) * SLOT_MS,
  sourceTopic: metricOrRubric(metric).source === 'exchanges' ? EXCHANGES.name : SCORES.name,
  ...noValues(),
  ...stats,
});

/** Scores are .3 above and below their mean by turns. */
const scores = (n: number, mean: number): Partial<WindowRow> => ({
  count: n,
  sumMicro: Math.round(n * mean * MICRO),
  sumSqMicro: Math.round(n * (mean ** 2 + 0.01) * MICRO),
});

export const slotRows = (slot: number, { requests, errors, quality, judge, slice = ALL }: Slot): WindowRow[] => [
  rowOf(slot, 'error_rate', slice, { count: requests, sumMicro: errors * MICRO, sumSqMicro: errors * MICRO }),
  ...(quality === undefined
    ? []
    : [rowOf(slot, 'faithfulness', slice, { ...scores(100, quality), judges: judge === undefined ? [] : [judge] })]),
];

/** The steps that close a slot: one of each topic. */
export const slotSteps = (slot: number, rows: readonly WindowRow[]): WindowStep[] =>
  [EXCHANGES.name, SCORES.name].map((topic) => ({
    rows: rows.filter((row) => row.sourceTopic === topic),
    topic,
    closedThroughMs: (slot + 1) * SLOT_MS,
  }));
