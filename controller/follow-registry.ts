import type { Bus } from '../platform/kafka/bus.ts';
import type { Clock } from '../platform/process/clock.ts';
import { CONTROLLER } from '../schemas/actor.ts';
import { readAnnouncement, type RegistryEntry } from '../schemas/registry-entry.ts';
import { type Registered, REGISTRY_KINDS, type RegistryKind } from '../schemas/registry-kinds.ts';
import { REGISTRY } from '../schemas/topics.ts';
import { type Alertings, type Applied, takeAlerting } from './alerts/alerting.ts';
import { createConfirmedAppend, type Watchers } from './append-confirmed.ts';
import type { ControllerEvents } from './events.ts';
import { followLog } from './follow-log.ts';
import { createRegistryFold, type RegistryContent } from './registry/registry-fold.ts';

/** The registry's topic, as it grows. */
export type Registry = {
  /** The rubrics' metrics that judges have announced. */
  metrics(): readonly string[];
  content: RegistryContent;
  /** Who is told what, by document. */
  alertings(): Alertings;
  /**
   * Writes entries, and resolves once they have been read back: what stands under their names by then is in `content`, and that may be
   * another's of whom an earlier record was. Rejects as `createConfirmedAppend` tells.
   */
  write(entries: readonly RegistryEntry[], signal: AbortSignal): Promise<void>;
  /** Whether all that stood in the registry at the start has been read. */
  isRead(): boolean;
  stop(): Promise<void>;
};

export const registryEntry = <K extends RegistryKind>(
  kind: K,
  value: Registered<K>,
  by: string,
  timeMs: number,
): RegistryEntry => {
  const name = REGISTRY_KINDS[kind].nameOf(value as never);
  return { kind, name, document: JSON.stringify(value), by, timeMs };
};

const isSame = (one: RegistryEntry, other: RegistryEntry | null): boolean =>
  one.kind === other?.kind && one.name === other.name && one.document === other.document && one.timeMs === other.timeMs;

/**
 * Follows the registry. An announcement stays, also after its judge: whether anybody scores by it is seen as coverage. A content
 * that came too late for its name stands behind the one that counts, and compaction would keep the last alone: so each controller
 * that sees it writes that one once more.
 */
export const followRegistry = async (deps: { bus: Bus; clock: Clock; events: ControllerEvents }): Promise<Registry> => {
  const { bus, clock, events } = deps;
  const metrics = new Set<string>();
  const fold = createRegistryFold();
  const alertings = new Map<string, Applied>();
  const watchers: Watchers<RegistryEntry> = new Set();
  const stopping = new AbortController();
  const appendConfirmed = createConfirmedAppend(deps);

  const write = async (entries: readonly RegistryEntry[], signal: AbortSignal): Promise<void> => {
    const last = entries.at(-1);
    if (last === undefined) return;
    // Whatever the partitions, what has one order goes to one of them.
    const wanted = { topic: REGISTRY, partitionKey: REGISTRY.name, records: entries, watchers };
    await appendConfirmed({ ...wanted, look: (record) => isSame(last, record) || undefined }, signal);
  };

  /** By their keys, the last records that came too late. */
  const late = new Map<string, RegistryEntry>();
  const repeatLate = (): void => {
    for (const entry of late.values())
      write([entry], stopping.signal).catch((error: unknown) => {
        if (!stopping.signal.aborted) events.appendRefused(REGISTRY.name, error);
      });
    late.clear();
  };

  const takeRegistered = (entry: RegistryEntry): void => {
    const { kind, name, by } = entry;
    const taken = fold.take(entry);
    late.delete(REGISTRY.key(entry));
    if (taken.kind === 'foreign') events.registryEntryIgnored(kind, name, by, taken.problem);
    if (taken.kind !== 'lost') return;
    events.registryNameTaken(kind, name, by);
    late.set(REGISTRY.key(entry), { kind, name, document: taken.repeat, by: CONTROLLER, timeMs: clock.nowMs() });
  };

  const take = (entry: RegistryEntry): void => {
    const read = readAnnouncement(entry);
    if (read.announced !== null) metrics.add(read.announced.name);
    else if (read.problem !== null) events.announcementIgnored(entry.name, entry.by, read.problem);
    takeRegistered(entry);
    const { problem } = takeAlerting(alertings, entry);
    if (problem !== null) events.registryEntryIgnored(entry.kind, entry.name, entry.by, problem);
    for (const watcher of watchers) watcher(entry);
  };

  let isCaughtUp = false;
  const log = await followLog({
    bus,
    clock,
    topic: REGISTRY,
    onRecord: ({ value }) => {
      take(value);
      if (isCaughtUp) repeatLate();
    },
    onRead: () => {
      isCaughtUp = true;
      events.registryRead([...metrics], fold.agents().length);
      repeatLate();
    },
    onFailure: (error) => events.readFailed(REGISTRY.name, error),
  });
  return {
    metrics: () => [...metrics].sort(),
    content: fold,
    alertings: () => alertings,
    write,
    isRead: log.isRead,
    stop: async () => {
      stopping.abort();
      await log.stop();
    },
  };
};
