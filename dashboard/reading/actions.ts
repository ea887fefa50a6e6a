import type { RolloutView } from '../../schemas/controller-api.ts';
import { isOver } from './verdict.ts';

/** What a person may do with a rollout, by the end of its address. */
export type Step = 'pause' | 'resume' | 'promote' | 'abort' | 'restart';

export type Action = {
  step: Step;
  label: string;
  /** What will happen, said before it does. */
  will: string;
  isGrave: boolean;
  /** Why it can't be done now; null where it can. */
  why: string | null;
};

const who = ({ candidate }: RolloutView): string => candidate ?? 'the winner';

const IS_OVER = 'it is over; begin it anew';
const promoteWill = (rollout: RolloutView): string => {
  const name = who(rollout);
  if (rollout.approval !== null)
    return `You agree with ${rollout.approval.by}: ${name} becomes the version in service, for all users.`;
  return `${name} becomes the version in service, for all users, whatever is proven so far. Where two people are asked for, this is the first one’s say, and nothing moves before the second’s.`;
};

/** Everything that can be done with a rollout, in the order of its buttons, and why some of it can't. */
export const actionsOf = (rollout: RolloutView): Action[] => {
  const over = isOver(rollout) ? IS_OVER : null;
  const isPaused = rollout.state === 'paused' || rollout.pause !== null;
  const { stable, agent, candidate } = rollout;
  const users = candidate === null ? 'as before the experiment' : `to ${stable}`;
  return [
    {
      step: 'pause',
      label: 'Pause',
      will: `Weights stay as they are until somebody resumes it. Should ${who(rollout)} be proven worse meanwhile, it is rolled back all the same.`,
      isGrave: false,
      why: over ?? (isPaused ? 'it is paused already' : null),
    },
    {
      step: 'resume',
      label: 'Resume',
      will: 'It goes on in the stage that was paused.',
      isGrave: false,
      why: over ?? (isPaused ? null : 'it is not paused'),
    },
    {
      step: 'promote',
      label: rollout.approval === null ? 'Promote' : 'Approve',
      will: promoteWill(rollout),
      isGrave: true,
      why: over ?? (candidate === null ? 'of an experiment the winner is named: coalmine promote --arm' : null),
    },
    {
      step: 'abort',
      label: 'Abort',
      will: `All users of ${agent} go back ${users} at once, and the rollout ends.`,
      isGrave: true,
      why: over,
    },
    {
      step: 'restart',
      label: 'Begin anew',
      will: `${over === null ? 'It is aborted first: all users go back. Then the' : 'The'} same plan begins from its start, under a new id and with no evidence.`,
      isGrave: over === null,
      why: null,
    },
  ];
};
