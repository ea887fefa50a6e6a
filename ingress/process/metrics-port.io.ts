import { startHealth } from '../../platform/process/health.ts';
import type { Metrics } from '../../platform/process/metrics.ts';

export type MetricsPortOptions = {
  host: string;
  /** 0: there is none. */
  port: number;
  metrics: Metrics;
  text: () => Promise<string>;
  /** Some view is known. */
  isRouted: () => boolean;
  /** Since when nothing moved from the journal to Kafka; null while it moves. */
  stalledSince: () => string | null;
};

/** Health and metrics on a port of their own, where processes that share a port can be told apart. */
export const startMetricsPort = async (options: MetricsPortOptions): Promise<{ stop: () => Promise<void> }> => {
  const { host, port, metrics, text, isRouted, stalledSince } = options;
  if (port === 0) return { stop: async () => {} };
  return startHealth({
    host,
    port,
    ready: () => (isRouted() ? null : 'no routing view is known yet'),
    note: () => {
      const since = stalledSince();
      return since === null ? null : `nothing was published since ${since}`;
    },
    metrics: { ...metrics, text, addProcess: () => {} },
  });
};
