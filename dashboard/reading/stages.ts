import type { RolloutView } from '../../schemas/controller-api.ts';
import { isOver } from './verdict.ts';

/** One step of a rollout's way. */
export type Leg = { label: string; is: 'done' | 'now' | 'next' | 'stopped' };

type OnItsWay = Pick<RolloutView, 'state' | 'stage' | 'stages' | 'strategy' | 'candidate'>;

const GATE = -2;
const BEFORE = -1;

/** The way of a rollout from its first step to its promotion, and where it is. Before the stages only the step that it is in is known. */
export const legsOf = (rollout: OnItsWay, firstStage = Math.min(rollout.stage, 0)): Leg[] => {
  const { state, stage, stages, strategy } = rollout;
  if (strategy === 'ab') return [];
  const before = [
    ...(firstStage <= GATE ? [{ at: GATE, label: 'gate' }] : []),
    ...(firstStage <= BEFORE ? [{ at: BEFORE, label: strategy === 'bluegreen' ? 'smoke' : 'shadow' }] : []),
  ];
  const steps = strategy === 'shadow' ? [] : stages.map(({ weightPct }, at) => ({ at, label: `${weightPct} %` }));
  const here = (at: number): Leg['is'] => {
    if (state === 'promoted' || at < stage) return 'done';
    if (at > stage) return 'next';
    return isOver(rollout) ? 'stopped' : 'now';
  };
  return [
    ...[...before, ...steps].map(({ at, label }) => ({ label, is: here(at) })),
    ...(strategy === 'shadow' ? [] : [{ label: 'stable', is: state === 'promoted' ? 'done' : 'next' } as const]),
  ];
};
