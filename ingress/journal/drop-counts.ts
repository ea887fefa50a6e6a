import { isEvidence } from '../../schemas/exchange.ts';
import type { ArmKey, DropsHead, Entry } from '../exchange/journal-record.ts';

/** Whom a journalled exchange counts for in the tick: its arm if it is evidence, else nobody. */
export const armOf = (entry: Entry): ArmKey | null => {
  if (entry.kind !== 'exchange' || !isEvidence(entry.head)) return null;
  const { agent, rollout, routingSequence, assignedVersion: version, assignedArm: arm } = entry.head;
  return { agent, rollout, routingSequence, version, arm };
};

/** What was dropped, with one more exchange. */
export const addDrop = (drops: DropsHead, entry: Entry): DropsHead => {
  const arm = armOf(entry);
  if (arm === null) return { ...drops, exchanges: drops.exchanges + 1 };
  const isSame = (known: ArmKey): boolean =>
    known.arm === arm.arm &&
    known.version === arm.version &&
    known.routingSequence === arm.routingSequence &&
    known.rollout === arm.rollout &&
    known.agent === arm.agent;
  const known = drops.arms.find(isSame);
  const arms = known
    ? drops.arms.map((entry) => (entry === known ? { ...known, dropped: known.dropped + 1 } : entry))
    : [...drops.arms, { ...arm, dropped: 1 }];
  return { exchanges: drops.exchanges + 1, arms };
};

export const NO_DROPS: DropsHead = { exchanges: 0, arms: [] };
