import type { Log } from '../platform/process/log.ts';
import type { Metrics } from '../platform/process/metrics.ts';

export type MirrorEvents = ReturnType<typeof createMirrorEvents>;

/** What an operator may see of the mirror. */
export const createMirrorEvents = (log: Log, metrics: Metrics) => {
  const shadows = metrics.counter('shadows_total', 'Shadows in the topic', ['agent', 'kind', 'outcome']);
  const skipped = metrics.counter('skipped_total', 'Exchanges not replayed, by reason', ['reason']);
  const shed = metrics.counter('shed_total', 'Replays given up, by the limit that was reached', ['agent', 'reason']);
  const views = metrics.counter('routing_views_ignored_total', 'Routing views that could not be read or used');
  const failures = metrics.counter('failures_total', 'Replays whose shadow could not be published');
  return {
    shadowed: (agent: string, kind: string, outcome: string): void => shadows.inc({ agent, kind, outcome }),
    skipped: (reason: string): void => skipped.inc({ reason }),
    shed: (agent: string, reason: string): void => shed.inc({ agent, reason }),
    failed: (exchangeId: string, error: unknown): void => {
      failures.inc();
      log.error({ exchangeId, err: error }, 'a shadow could not be published');
    },
    viewIgnored: (): void => views.inc(),
    waitingForRouting: (): void => log.warn('waiting for the routing views, which are in Redis'),
    commitFailed: (error: unknown): void => log.warn({ err: error }, 'offsets could not be committed'),
  };
};
