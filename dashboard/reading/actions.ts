import type { RolloutView } from '../../schemas/controller-api.ts';
import { isOver } from './verdict.ts';

/** What a person may do with a rollout, by the end of its address. */
export type Step = 'pause' | 'resume' | 'skip' | 'promote' | 'approve' | 'abort' | 'rollback' | 'restart';

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

const pauseOrResume = (rollout: RolloutView, over: string | null): Action =>
  rollout.state === 'paused' || rollout.pause !== null
    ? {
        step: 'resume',
        label: 'Resume',
        will: 'It goes on in the stage that was paused.',
        isGrave: false,
        why: over,
      }
    : {
        step: 'pause',
        label: 'Pause',
        will: `Weights stay as they are until somebody resumes it. Should ${who(rollout)} be proven worse meanwhile, it is rolled back all the same.`,
        isGrave: false,
        why: over,
      };

const skip = (rollout: RolloutView, over: string | null): Action => {
  const next = rollout.stages[rollout.stage + 1];
  const isInStages = rollout.stage >= 0 && rollout.strategy === 'canary';
  return {
    step: 'skip',
    label: 'Skip stage',
    will: `The stage ends now, whatever time or requests it still lacks${next === undefined ? '' : `, and ${who(rollout)} gets ${next.weightPct} % of the users`}.`,
    isGrave: false,
    why:
      over ??
      rollout.hold ??
      (isInStages ? null : 'only a stage with users can be skipped') ??
      (next === undefined ? 'it is in its last stage' : null),
  };
};

const promoteOrApprove = (rollout: RolloutView, over: string | null): Action => {
  const { approval, candidate } = rollout;
  const name = who(rollout);
  if (approval !== null)
    return {
      step: 'approve',
      label: 'Approve',
      will: `You agree with ${approval.by}: ${approval.arm ?? name} becomes the version in service, for all users.`,
      isGrave: true,
      why: over,
    };
  return {
    step: 'promote',
    label: 'Promote',
    will: `${name} becomes the version in service, for all users, whatever is proven so far. Where it takes two people, this is the first one’s say, and nothing moves before the second’s.`,
    isGrave: true,
    why: over ?? (candidate === null ? 'of an experiment the winner is named: npx coalmine promote --arm' : null),
  };
};

const abortOrRollBack = (rollout: RolloutView, over: string | null): Action => {
  const { state, stable, agent, candidate } = rollout;
  if (state === 'promoted')
    return {
      step: 'rollback',
      label: 'Roll back',
      will: `${stable} becomes the version in service of ${agent} again, for all users, unless another one is by now.`,
      isGrave: true,
      why: candidate === null ? 'of an experiment the version is named: npx coalmine rollback' : null,
    };
  const users = candidate === null ? 'as before the experiment' : `to ${stable}`;
  return {
    step: 'abort',
    label: 'Abort',
    will: `All users of ${agent} go back ${users} at once, and the rollout ends.`,
    isGrave: true,
    why: over,
  };
};

/** Everything that can be done with a rollout, in the order of its buttons, and why some of it can't. */
export const actionsOf = (rollout: RolloutView): Action[] => {
  const over = isOver(rollout) ? IS_OVER : null;
  return [
    pauseOrResume(rollout, over),
    skip(rollout, over),
    promoteOrApprove(rollout, over),
    abortOrRollBack(rollout, over),
    {
      step: 'restart',
      label: 'Begin anew',
      will: `${over === null ? 'It is aborted first: all users go back. Then the' : 'The'} same plan begins from its start, under a new id and with no evidence.`,
      isGrave: over === null,
      why: null,
    },
  ];
};
