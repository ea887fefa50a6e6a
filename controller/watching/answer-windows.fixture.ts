import { metricOrRubric } from '../../schemas/metrics.ts';
import { EXCHANGES, SCORES } from '../../schemas/topics.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { MICRO, noValues, type WindowRow } from '../../schemas/window.ts';
import type { WindowStep } from '../evidence/window-queue.ts';

const MINUTE_MS = 60_000;

/** What became of a minute's requests: so many were taken, seen as exchanges, spoken of by the judge and scored by it. */
export type Minute = { accepted?: number; seen?: number; spoken?: number; scored?: number; rollout?: string };

const row = (startMs: number, rollout: string, metric: string, stats: Partial<WindowRow>): WindowRow => ({
  agent: 'support',
  rollout,
  routingSequence: 1,
  version: 'v1',
  arm: 'stable',
  kind: 'live',
  metric,
  slice: ALL,
  startMs,
  endMs: startMs + MINUTE_MS,
  sourceTopic: metricOrRubric(metric).source === 'exchanges' ? EXCHANGES.name : SCORES.name,
  ...noValues(),
  ...stats,
});

const rate = (count: number, ones: number): Partial<WindowRow> => ({ count, sumMicro: ones * MICRO });

/** The steps that close a minute: one of each topic, or of those that are not silent. */
export const minuteSteps = (
  startMs: number,
  { accepted = 100, seen = accepted, spoken = seen, scored = spoken, rollout = '' }: Minute,
  topics: readonly string[] = [EXCHANGES.name, SCORES.name],
): WindowStep[] => {
  const rows = [
    row(startMs, rollout, 'accepted', rate(1, accepted)),
    row(startMs, rollout, 'error_rate', rate(seen, 0)),
    ...(spoken === 0 ? [] : [row(startMs, rollout, 'judged', rate(spoken, scored))]),
  ];
  return topics.map((topic) => ({
    rows: rows.filter(({ sourceTopic }) => sourceTopic === topic),
    topic,
    closedThroughMs: startMs + MINUTE_MS,
  }));
};
