import type { AssignedPartition } from '../../platform/kafka/bus.ts';
import { SCORES } from '../../schemas/topics.ts';

/** A partition that nobody takes away. */
export const OWNED_PARTITION: AssignedPartition = {
  topic: SCORES.name,
  partition: 0,
  alive: () => true,
  commit: async () => true,
  pause: () => {},
  resume: () => {},
};
