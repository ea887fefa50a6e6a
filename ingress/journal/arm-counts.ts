import type { Tick } from '../../schemas/envelope.ts';
import type { ArmKey } from '../exchange/journal-record.ts';

export type ArmCount = Tick['arms'][number];

/** Routing sequences grow for ever; what no request belongs to any more leaves the tick, oldest use first. */
const MAX_ARMS = 256;

const keyOf = (arm: ArmKey): string =>
  JSON.stringify([arm.agent, arm.rollout, arm.routingSequence, arm.version, arm.arm]);

/** Cumulative counts per arm, in order of last use. */
export type ArmCounts = ReadonlyMap<string, ArmCount>;

export const armCountsOf = (counts: readonly ArmCount[]): ArmCounts => new Map(counts.map((c) => [keyOf(c), c]));

/** `accepted` counts every finished exchange, the dropped ones too. */
export const addToArms = (
  counts: ArmCounts,
  added: readonly (ArmKey & { accepted: number; dropped: number })[],
): ArmCounts => {
  if (added.length === 0) return counts;
  const next = new Map(counts);
  for (const { agent, rollout, routingSequence, version, arm, accepted, dropped } of added) {
    const key = keyOf({ agent, rollout, routingSequence, version, arm });
    const before = next.get(key);
    next.delete(key);
    next.set(key, {
      agent,
      rollout,
      routingSequence,
      version,
      arm,
      accepted: (before?.accepted ?? 0) + accepted,
      dropped: (before?.dropped ?? 0) + dropped,
    });
  }
  for (const key of next.keys()) {
    if (next.size <= MAX_ARMS) break;
    next.delete(key);
  }
  return next;
};
