import type { Clock } from '../../platform/process/clock.ts';
import type { GatePlan } from '../../schemas/gate-plan.ts';
import type { GateBaseline, GateTarget } from '../../schemas/gate-target.ts';
import type { ControllerClient } from '../controller/client.ts';
import type { Reuse } from './answer-log.ts';
import type { ProgressView } from './progress.ts';
import { type Mask, maskOf } from './secrets.ts';

/** One run of a plan, with all that the command line says beside it. */
export type GateRun = {
  plan: GatePlan;
  planFile: string;
  candidate: GateTarget;
  baseline: GateBaseline | null;
  /** Where answers are kept. */
  folder: string;
  reuse: Reuse;
  /** In US dollars, for judge models. */
  maxJudgeUsd: number;
  /** What was measured becomes the baseline that later gates compare with. */
  record: boolean;
};

export type RunDeps = {
  clock: Clock;
  random: () => number;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  view: ProgressView;
  controller: () => ControllerClient;
};

const envOf = (target: GateBaseline | null): NodeJS.ProcessEnv => (target?.kind === 'command' ? { ...target.env } : {});
const keyVariableOf = (target: GateBaseline | null): string | null =>
  target !== null && 'apiKeyFrom' in target ? target.apiKeyFrom : null;

/** What nobody is to see: of the environment, of the agents', and by the names that the plan gives. */
export const maskFor = ({ plan, candidate, baseline }: GateRun, env: NodeJS.ProcessEnv): Mask => {
  const { judges } = plan.spec;
  const ofJudges = [judges?.model, judges?.cheapModel, judges?.embeddings].map((one) => one?.apiKeyFrom);
  const named = [keyVariableOf(candidate), keyVariableOf(baseline), ...ofJudges].filter(
    (one) => typeof one === 'string',
  );
  return maskOf([env, envOf(candidate), envOf(baseline)], named);
};
