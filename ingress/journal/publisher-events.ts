import type { Log } from '../../platform/process/log.ts';
import type { Metrics } from '../../platform/process/metrics.ts';

export type PublisherEvents = ReturnType<typeof createPublisherEvents>;

/** What an operator may learn of the publisher. Names get the prefix `coalmine_ingress_publisher_`. */
export const createPublisherEvents = (log: Log, metrics: Metrics) => {
  const published = metrics.counter('published_total', 'Events acknowledged by Kafka', ['topic']);
  const refused = metrics.counter('refused_total', 'Journalled events that their topic does not take', ['topic']);
  const corrupt = metrics.counter('journal_corrupt_records_total', 'Journalled records that could not be read back');
  const lost = metrics.counter('journal_lost_bytes_total', 'Journal bytes that belong to no readable record');
  const backlog = metrics.gauge('journal_backlog_bytes', 'Journal bytes not yet acknowledged by Kafka');
  const lag = metrics.gauge('lag_seconds', 'Age of the newest moment up to which everything is published');
  const dear = metrics.counter(
    'bodies_too_dear_total',
    'Bodies left out because to take personal data out of them would have been too dear',
  );
  const troubles = metrics.counter('journal_errors_total', 'Reads, deletions and checkpoints that failed', ['what']);
  let inTrouble = false;
  return {
    published: (topic: string, count: number) => published.inc({ topic }, count),
    refused: (topic: string, error: unknown) => {
      refused.inc({ topic });
      log.error({ err: error, topic }, 'a journalled event does not fit its topic and was dropped');
    },
    tooDear: (bodies: number) => dear.inc(bodies),
    unreadable: (segment: number, corruptRecords: number, lostBytes: number) => {
      corrupt.inc(corruptRecords);
      lost.inc(lostBytes);
      const what = corruptRecords > 0 ? 'is damaged' : 'ends in the middle of a record, as after a kill';
      log.warn({ segment, corruptRecords, lostBytes }, `journal segment ${segment} ${what}; the rest of it is lost`);
    },
    /** Of how it stands, asked whenever the metrics are: a publisher that waits says nothing by itself. */
    standing: (ask: () => { backlogBytes: number; lagMs: number }) =>
      metrics.beforeText(() => {
        const { backlogBytes, lagMs } = ask();
        backlog.set(backlogBytes);
        lag.set(lagMs / 1000);
      }),
    identityLost: (reason: string) =>
      log.error(`the publisher's checkpoint is unreadable (${reason}); what is journalled may be in the topic twice`),
    trouble: (what: 'journal' | 'checkpoint', error: unknown) => {
      troubles.inc({ what });
      if (!inTrouble) log.error({ err: error }, `the ${what} can't be used, trying again until it can`);
      inTrouble = true;
    },
    troubleOver: () => {
      if (inTrouble) log.info('journal and checkpoint work again');
      inTrouble = false;
    },
  };
};
