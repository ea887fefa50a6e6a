import type { Bus } from '../../platform/kafka/bus.ts';
import type { Decision } from '../../schemas/decision.ts';
import { DECISIONS } from '../../schemas/topics.ts';

const LATEST = 3;

/** What a watcher sees of the decision logs of all agents together. */
export type RolloutLog = {
  /** The id of the rollout that began last, of whatever agent; null before the first. */
  newest(): string | null;
  /** The last decisions, the newest last. */
  latest(): readonly Decision[];
  stop(): Promise<void>;
};

/** Told are the effective decisions from `sinceMs` on; earlier ones are an earlier start's. */
export const followRollouts = async (
  bus: Bus,
  onDecision: (decision: Decision) => void,
  sinceMs: number,
): Promise<RolloutLog> => {
  const sequences = new Map<string, number>();
  let begun: Decision | null = null;
  let latest: Decision[] = [];
  const consumer = await bus.tail(DECISIONS, async (_partition, records) => {
    for (const { value } of records) {
      if (value.expect !== (sequences.get(value.agent) ?? 0)) continue;
      sequences.set(value.agent, value.sequence);
      // Agents stand in several partitions, which come in any order.
      if (value.type === 'start' && value.timeMs >= (begun?.timeMs ?? 0)) begun = value;
      latest = [...latest, value].toSorted((a, b) => a.timeMs - b.timeMs).slice(-LATEST);
      if (value.timeMs >= sinceMs) onDecision(value);
    }
  });
  return { newest: () => begun?.rollout ?? null, latest: () => latest, stop: () => consumer.stop() };
};
