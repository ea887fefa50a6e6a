import type { Bus } from '../platform/kafka/bus.ts';
import type { Clock } from '../platform/process/clock.ts';
import { type GaugeValue, gaugeKey } from '../schemas/gauge.ts';
import { GAUGES } from '../schemas/topics.ts';
import { createConfirmedAppend, type Watchers } from './append-confirmed.ts';
import type { ControllerEvents } from './events.ts';
import { followLog } from './follow-log.ts';
import { type Gauges, takeGauge } from './watching/gauges.ts';

/** The topic of outside gauges, as it grows. */
export type FollowedGauges = {
  latest: Gauges;
  /** Writes values of one agent, and resolves once they have been read back. Rejects as `createConfirmedAppend` tells. */
  write(values: readonly GaugeValue[], signal: AbortSignal): Promise<void>;
  /** Whether all that stood in the topic at the start has been read. */
  isRead(): boolean;
  stop(): Promise<void>;
};

export const followGauges = async (deps: {
  bus: Bus;
  clock: Clock;
  events: ControllerEvents;
}): Promise<FollowedGauges> => {
  const latest = new Map<string, GaugeValue>();
  const watchers: Watchers<GaugeValue> = new Set();
  const appendConfirmed = createConfirmedAppend(deps);
  const log = await followLog({
    ...deps,
    topic: GAUGES,
    onRecord: ({ value }) => {
      takeGauge(latest, value);
      for (const watcher of watchers) watcher(value);
    },
    onRead: () => {},
    onFailure: (error) => deps.events.readFailed(GAUGES.name, error),
  });
  const isSame = (a: GaugeValue, b: GaugeValue | null): boolean =>
    b !== null &&
    gaugeKey(a) === gaugeKey(b) &&
    a.timeMs === b.timeMs &&
    a.value === b.value &&
    a.problem === b.problem;
  return {
    latest,
    write: async (values, signal) => {
      const last = values.at(-1);
      if (last === undefined) return;
      const look = (read: GaugeValue | null): true | undefined => isSame(last, read) || undefined;
      await appendConfirmed({ topic: GAUGES, partitionKey: last.agent, records: values, watchers, look }, signal);
    },
    isRead: log.isRead,
    stop: log.stop,
  };
};
