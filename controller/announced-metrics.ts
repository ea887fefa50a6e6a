import type { Bus } from '../platform/kafka/bus.ts';
import type { Clock } from '../platform/process/clock.ts';
import { readAnnouncement } from '../schemas/registry-entry.ts';
import { REGISTRY } from '../schemas/topics.ts';
import type { ControllerEvents } from './events.ts';
import { followLog } from './follow-log.ts';

/** The rubrics' metrics that judges have announced in the registry. */
export type AnnouncedMetrics = {
  names(): readonly string[];
  /** Whether every announcement that stood in the registry at the start has been read. */
  isRead(): boolean;
  stop(): Promise<void>;
};

/** Follows the registry. An announcement stays, also after its judge: whether anybody scores by it is seen as coverage. */
export const followAnnouncedMetrics = async (deps: {
  bus: Bus;
  clock: Clock;
  events: ControllerEvents;
}): Promise<AnnouncedMetrics> => {
  const { bus, clock, events } = deps;
  const names = new Set<string>();
  const log = await followLog({
    bus,
    clock,
    topic: REGISTRY,
    onRecord: ({ value }) => {
      const read = readAnnouncement(value);
      if (read.announced !== null) names.add(read.announced.name);
      else if (read.problem !== null) events.announcementIgnored(value.name, value.by, read.problem);
    },
    onRead: () => events.registryRead([...names]),
    onFailure: (error) => events.readFailed(REGISTRY.name, error),
  });
  return { names: () => [...names].sort(), isRead: log.isRead, stop: log.stop };
};
