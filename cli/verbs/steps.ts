import type { ToldDecision } from '../../schemas/controller-api.ts';
import { controllerAt } from '../controller/access.ts';
import type { ControllerClient } from '../controller/client.ts';
import { print, printJson } from '../output/print.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = { url: string; reason: string; arm?: string; json: boolean };
type Asked = { params: { name: string }; body: { reason: string; arm?: string } };
type Take = (controller: ControllerClient, asked: Asked) => Promise<{ decision: ToldDecision }>;

const stepVerb = (name: string, summary: string, take: Take, hasArm = false): Verb => ({
  name,
  summary,
  examples: [`npx coalmine ${name} support-v2`, `npx coalmine ${name} support-v2 --reason "as agreed"`],
  define: (command) => {
    command
      .description(
        `A step that a person takes: ${summary}. Prints the sentence of the decision in the log, where it stands under the name of the key.`,
      )
      .argument('<rollout>', 'name (the one under way) or id (name#sequence)')
      .option('--reason <text>', 'stands in the log', '');
    withJson(withUrl(command), 'print the decision as JSON instead');
    if (hasArm) command.option('--arm <name>', 'of an experiment: the arm that wins');
    command.action(async (rollout: string, { url, reason, arm, json }: Options) => {
      const body = { reason, ...(arm === undefined ? {} : { arm }) };
      const { decision } = await take(controllerAt(url), { params: { name: rollout }, body });
      if (json) printJson(decision);
      else print(decision.sentence);
    });
  },
});

export const pause = stepVerb('pause', 'leaves a rollout where it is until it is resumed', (controller, asked) =>
  controller.pauseRollout(asked),
);

export const resume = stepVerb('resume', 'lets a paused rollout go on', (controller, asked) =>
  controller.resumeRollout(asked),
);

export const promote = stepVerb(
  'promote',
  'makes the candidate stable now',
  (controller, asked) => controller.promoteRollout(asked),
  true,
);

export const abort = stepVerb('abort', 'sends all traffic back to stable', (controller, asked) =>
  controller.abortRollout(asked),
);

export const skip = stepVerb('skip', 'ends the stage or pause it is in, and goes to the next', (controller, asked) =>
  controller.skipStage(asked),
);

export const approve = stepVerb('approve', 'agrees, as a second person, to a promotion', (controller, asked) =>
  controller.approvePromotion(asked),
);
