import { SNAPSHOTS } from '../../schemas/topics.ts';

const MIB = 1024 * 1024;

/** The largest batch of a topic: its `max.message.bytes`. Snapshots hold a whole fold's state, and dead letters may come from any topic. */
export const maxBatchBytes = (topicName: string): number =>
  (topicName === SNAPSHOTS.name || topicName.endsWith('.dlq') ? 16 : 1) * MIB;
