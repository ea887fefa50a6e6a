import type { Bus } from '../../platform/kafka/bus.ts';
import { announcement } from '../../schemas/registry-entry.ts';
import { REGISTRY } from '../../schemas/topics.ts';

/** What a judge does at its start: announces the metrics of its rubrics. */
export const announceMetrics = async (bus: Bus, ...names: readonly string[]): Promise<void> => {
  for (const metric of names) {
    const entry = announcement({ metric, version: '1' }, 'judge-1', 1);
    await bus.append(REGISTRY, bus.partitionFor(REGISTRY.key(entry), await bus.partitionCount(REGISTRY)), [entry]);
  }
};
