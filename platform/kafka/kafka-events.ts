import type { Log } from '../process/log.ts';
import type { Metrics } from '../process/metrics.ts';

export type KafkaEvents = ReturnType<typeof createKafkaEvents>;

/** What an operator may see of the seam to Kafka: each fact's log line and counter together. */
export const createKafkaEvents = (log: Log, metrics: Metrics) => {
  const appended = metrics.counter('kafka_appended_total', 'Records appended', ['topic']);
  const failures = metrics.counter('kafka_append_failures_total', 'Failed attempts to append', ['topic']);
  const untimed = metrics.counter(
    'kafka_times_refused_total',
    'Records whose time the brokers refused as too far ahead; they were appended without one',
    ['topic'],
  );
  const delivered = metrics.counter('kafka_delivered_total', 'Records handed to the service', ['topic']);
  const deadLetters = metrics.counter('kafka_dead_letters_total', 'Undecodable records sent to the dead-letter topic', [
    'topic',
  ]);
  const skipped = metrics.counter('kafka_skipped_total', 'Undecodable records skipped by readers without a group', [
    'topic',
  ]);
  const rebalances = metrics.counter('kafka_rebalances_total', 'Assignments received', ['group']);
  const restarts = metrics.counter('kafka_consumer_restarts_total', 'Consumers made anew', ['group']);
  const jumps = metrics.counter(
    'kafka_offset_jumps_total',
    'Times that records between two offsets could not be read',
    ['topic'],
  );
  let isClockSaid = false;
  return {
    appended: (topic: string, count: number): void => appended.inc({ topic }, count),
    appendFailed: (topic: string, reason: string): void => {
      failures.inc({ topic });
      log.debug({ topic }, `an append failed: ${reason}`);
    },
    timeRefused: (topic: string, count: number): void => {
      untimed.inc({ topic }, count);
      if (!isClockSaid)
        log.error(
          { topic },
          'the brokers refuse our time as too far ahead: this host’s clock is wrong, or theirs; records go on without a time, and windows leave out what is too far ahead',
        );
      isClockSaid = true;
    },
    delivered: (topic: string, count: number): void => delivered.inc({ topic }, count),
    deadLettered: (topic: string, partition: number, offset: number, reason: string): void => {
      deadLetters.inc({ topic });
      log.error({ topic, partition, offset }, `a record was sent to the dead-letter topic: ${reason}`);
    },
    skipped: (topic: string, partition: number, offset: number, reason: string): void => {
      skipped.inc({ topic });
      log.error({ topic, partition, offset }, `a record was skipped: ${reason}`);
    },
    assigned: (group: string, partitions: readonly string[]): void => {
      rebalances.inc({ group });
      log.info({ group, partitions }, 'partitions assigned');
    },
    restarted: (group: string, reason: string): void => {
      restarts.inc({ group });
      log.warn({ group }, `the consumer is made anew: ${reason}`);
    },
    jumped: (topic: string, partition: number, from: number, to: number): void => {
      jumps.inc({ topic });
      log.error(
        { topic, partition, from, to },
        'the partition no longer holds the wanted offset; reading went on elsewhere',
      );
    },
    handlerFailed: (topic: string, partition: number, error: unknown): void =>
      log.error({ err: error, topic, partition }, 'records could not be handled; the same ones come again'),
  };
};
