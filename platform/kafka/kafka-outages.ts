import type { Clock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import { createOutageLog } from '../process/outage-log.ts';
import type { KafkaAccess } from '../process/parts-security.ts';
import { createDenials } from './denials.ts';
import type { Reader } from './kafka-reader.ts';
import { connectionTrouble } from './kafka-trouble.ts';
import { RegistryTroubleError } from './registry-http.ts';

const PROBE_EVERY_MS = 5_000;
const PROBE_AGAIN_MS = 1_000;

const registrySays = (error: unknown): string | null => (error instanceof RegistryTroubleError ? error.message : null);

/** What is away or denied to a bus, each told of by itself. `trouble` is the first of it, as /readyz says it. */
export const createKafkaOutages = (access: KafkaAccess, log: Log, clock: Clock) => {
  const connection = createOutageLog(log, clock, `Kafka at ${access.brokers.join(',')}`, (error) =>
    connectionTrouble(error, access),
  );
  const denials = createDenials(access, log, clock);
  const decoding = createOutageLog(
    log,
    clock,
    'what decoding needs (schema registry, dead-letter topic)',
    registrySays,
  );
  const encoding = createOutageLog(log, clock, 'the schema registry', registrySays);
  return {
    connection,
    denials,
    decoding,
    readingFailed:
      (topic: string) =>
      (error: unknown): void => {
        if (!denials.failed('read', topic, error)) connection.failed(error);
      },
    /** Of an encoder; whoever appends tells of a registry that is only away. */
    encodingFailed: (error: unknown): void => {
      if (error instanceof RegistryTroubleError) encoding.failed(error);
    },
    encodingWorked: encoding.recovered,
    trouble: (isReached: boolean): string | null =>
      isReached
        ? (denials.trouble() ?? encoding.sentence() ?? decoding.sentence())
        : (connection.sentence() ?? 'Kafka is away'),
  };
};

export type KafkaOutages = ReturnType<typeof createKafkaOutages>;

/** Asks the brokers every few seconds whether they are there, until the signal aborts. */
export const startProbe = (prober: Reader, clock: Clock, signal: AbortSignal, { connection }: KafkaOutages) => {
  let isReached = false;
  const probe = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await prober.use((cluster) => cluster.refreshMetadata());
        isReached = true;
        connection.recovered();
      } catch (error) {
        if (signal.aborted) return;
        isReached = false;
        connection.failed(error);
      }
      await clock.sleep(isReached ? PROBE_EVERY_MS : PROBE_AGAIN_MS, signal);
    }
  };
  return { isReached: () => isReached, ended: probe() };
};
