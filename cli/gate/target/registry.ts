import { existsSync } from 'node:fs';
import path from 'node:path';
import type { GateBaseline } from '../../../schemas/gate-target.ts';
import type { ControllerClient } from '../../controller/client.ts';
import { openAnswerFile } from './answer-file.ts';
import { type CommandOptions, openCommand } from './command.ts';
import { openRecordedBaseline } from './recorded-baseline.ts';
import { openReplay, type ReplayFormat } from './replay.ts';
import { type Target, TargetError } from './target.ts';
import { openUrl } from './url.ts';
import { openVersion } from './version.ts';

/** Where answers can come from: `same` is no place of its own, but the candidate once more. */
export type Source = Exclude<GateBaseline, { kind: 'same' }>;
type Of<K extends Source['kind']> = Extract<Source, { kind: K }>;

export type OpenOptions = CommandOptions & {
  /** The agent's name, sent as `model` where the plan names none. */
  agent: string;
  /** Of recorded answers whose plan does not say it. */
  format: string;
  /** Under which an earlier gate was recorded. */
  planName: string;
  controller: () => ControllerClient;
};

const withModel = <P extends { model: string }>(plan: P, agent: string): P => ({ ...plan, model: plan.model || agent });

const replayFormat = (plan: Of<'replay'>, { format }: OpenOptions): ReplayFormat => {
  if (!existsSync(plan.folder)) throw new TargetError(`there is no folder ${plan.folder} with recorded answers`);
  if (plan.format !== null) return plan.format;
  if (format === 'bfcl' || format === 'pubmedqa') return format;
  throw new TargetError(`nothing tells the form of the answers in ${plan.folder}: give a format, bfcl or pubmedqa`);
};

const OPEN: { readonly [K in Source['kind']]: (plan: Of<K>, options: OpenOptions) => Target | Promise<Target> } = {
  url: (plan, options) => openUrl(withModel(plan, options.agent), options),
  command: (plan, options) => openCommand(withModel(plan, options.agent), options),
  version: (plan, options) => openVersion(plan, options.agent, options.controller(), options),
  replay: (plan, options) => openReplay(path.resolve(plan.folder), replayFormat(plan, options), plan.prices),
  file: ({ file }) => openAnswerFile(file),
  registry: (_, { agent, planName, controller }) => openRecordedBaseline(controller(), agent, planName),
};

/** Opens where answers are to come from. Throws a TargetError that says what to do where that can't be had. */
export const openTarget = async (plan: Source, options: OpenOptions): Promise<Target> => {
  const open = OPEN[plan.kind] as (plan: Source, options: OpenOptions) => Target | Promise<Target>;
  return open(plan, options);
};
