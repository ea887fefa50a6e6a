import type { Clock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import { createOutageLog, type OutageLog } from '../process/outage-log.ts';
import type { KafkaAccess } from '../process/parts-security.ts';
import { denialOf, type Doing } from './kafka-trouble.ts';

/** What Kafka does not let us do at the moment: each told once, and once more when it does. */
export type Denials = {
  /** True if Kafka did not let us; false for any other error, which is left to others. */
  failed(doing: Doing, name: string, error: unknown): boolean;
  worked(doing: Doing, name: string): void;
  /** The first of them in words; null while there is none. */
  trouble(): string | null;
};

export const createDenials = (access: KafkaAccess, log: Log, clock: Clock): Denials => {
  const denied = new Map<string, OutageLog>();
  return {
    failed: (doing, name, error) => {
      const explain = (fault: unknown): string | null => denialOf(fault, doing, name, access);
      if (explain(error) === null) return false;
      const key = `${doing} ${name}`;
      const outage = denied.get(key) ?? createOutageLog(log, clock, `the right to ${key}`, explain);
      denied.set(key, outage);
      outage.failed(error);
      return true;
    },
    worked: (doing, name) => {
      if (denied.size === 0) return;
      const key = `${doing} ${name}`;
      denied.get(key)?.recovered();
      denied.delete(key);
    },
    trouble: () => [...denied.values()][0]?.sentence() ?? null,
  };
};
