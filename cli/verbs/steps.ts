import type { ToldDecision } from '../../schemas/controller-api.ts';
import { type ControllerClient, controllerUrl, createControllerClient } from '../controller/client.ts';
import type { Verb } from './verb.ts';
import { whoAmI } from './who-am-i.ts';

type Options = { url: string; reason: string; by: string; arm?: string };
type Asked = { params: { name: string }; body: { reason: string; by: string; arm?: string } };
type Take = (controller: ControllerClient, asked: Asked) => Promise<{ decision: ToldDecision }>;

const stepVerb = (name: string, summary: string, take: Take, hasArm = false): Verb => ({
  name,
  summary,
  examples: [`npx coalmine ${name} support-v2`, `npx coalmine ${name} support-v2 --reason "as agreed"`],
  define: (command) => {
    command
      .description(`A step that a person takes: ${summary}. Prints the sentence of the decision in the log.`)
      .argument('<rollout>', 'name (the one under way) or id (name#sequence)')
      .option('--reason <text>', 'stands in the log', '')
      .option('--by <name>', 'who takes the step', whoAmI())
      .option('--url <url>', 'of a controller; also CONTROLLER_URL', controllerUrl());
    if (hasArm) command.option('--arm <name>', 'of an experiment: the arm that wins');
    command.action(async (rollout: string, { url, reason, by, arm }: Options) => {
      const body = { reason, by, ...(arm === undefined ? {} : { arm }) };
      const { decision } = await take(createControllerClient(url, by), { params: { name: rollout }, body });
      console.log(decision.sentence);
    });
  },
});

/** What a person may do with a rollout under way. */
export const STEP_VERBS: readonly Verb[] = [
  stepVerb('pause', 'leaves a rollout where it is until it is resumed', (controller, asked) =>
    controller.pauseRollout(asked),
  ),
  stepVerb('resume', 'lets a paused rollout go on', (controller, asked) => controller.resumeRollout(asked)),
  stepVerb('promote', 'makes the candidate stable now', (controller, asked) => controller.promoteRollout(asked), true),
  stepVerb('abort', 'sends all traffic back to stable', (controller, asked) => controller.abortRollout(asked)),
];
