import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '../../platform/kafka/bus.ts';
import { createAggregate, type DifferingExchange } from '../shadow-report/aggregate.ts';
import { readReport } from '../shadow-report/read.ts';
import { worstPair } from './worst-pair.ts';

/** Of so many of the worst differing pairs the one is taken that is worst by the metric. */
const PAIRS_RANKED = 200;

/**
 * The pair of a rollout's shadow in which the candidate was worst by a metric, from the topics; undefined where none is kept
 * any more. Reading all scores can take minutes: rejects after `withinMs`.
 */
export const readWorstPair = async (
  bus: Bus,
  { rollout, agent, metric }: { rollout: string; agent: string; metric: string },
  withinMs: number,
): Promise<DifferingExchange | undefined> => {
  const reading = readReport(bus, createAggregate({ rollout, agent, limit: PAIRS_RANKED }), () => {});
  reading.catch(() => {});
  const report = await Promise.race([reading, sleep(withinMs, 'late' as const, { ref: false })]);
  if (report === 'late') throw new Error(`not done within ${withinMs / 1_000} s`);
  return report === null ? undefined : worstPair(report.exchanges, metric);
};
