import { keyIdOf, nameOf } from '../../schemas/actor.ts';
import { APPROVAL_FOR_MS } from '../../schemas/approval.ts';
import type { Plan } from '../rollout/rollout.ts';
import type { Run } from '../rollout/run.ts';

/** A promotion is asked for by one person and taken by the next, who has another key. */
export type Agreement =
  | { kind: 'ask' }
  /** `reason`: both persons' words. */
  | { kind: 'agreed'; reason: string }
  | { kind: 'refused'; message: string };

/**
 * What somebody's wish to promote comes to where two people must wish it. What was asked for is in the log, so that any controller
 * knows it; it counts for the arm that was named, for a day, and for as long as the rollout is under way.
 */
export const agree = (
  { asked, name }: Pick<Run, 'asked' | 'name'>,
  { by, arm, reason, nowMs }: { by: string; arm: string | null; reason: string; nowMs: number },
): Agreement => {
  const own = keyIdOf(by);
  if (own === '') return { kind: 'refused', message: 'a promotion takes the keys of two people here' };
  if (asked === null || nowMs >= asked.atMs + APPROVAL_FOR_MS || asked.arm !== arm) return { kind: 'ask' };
  if (keyIdOf(asked.by) === own)
    return {
      kind: 'refused',
      message: `you have asked for the promotion of ${name} already; somebody with another key must agree`,
    };
  const words = [`asked for by ${nameOf(asked.by)}`, asked.reason, reason].filter((word) => word !== '');
  return { kind: 'agreed', reason: words.join(': ') };
};

/** The step that asks: it moves nothing. */
export const askingPlan = ({ state, stage }: Run, arm: string | null, reason: string): Plan => ({
  type: 'approve',
  state,
  stage,
  reason,
  promotes: null,
  arm,
});
