import type { Command } from '../../rollout/rollout.ts';
import { type Handler, inDecision } from './handler.ts';

const commanded =
  (command: Exclude<Command, 'promote'>): Handler<'pauseRollout' | 'resumeRollout' | 'skipStage' | 'abortRollout'> =>
  (controller, { params, body }, { person, signal }) =>
    inDecision(controller.command(params.name, command, person, body.reason, signal));

export const pauseRollout = commanded('pause');
export const resumeRollout = commanded('resume');
export const skipStage = commanded('skip');
export const abortRollout = commanded('abort');
