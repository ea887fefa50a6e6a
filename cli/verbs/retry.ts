import { controllerAt } from '../controller/access.ts';
import { confirmed } from '../output/confirm.ts';
import { print, printJson } from '../output/print.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = { url: string; json: boolean; reason: string; yes: boolean };

const again = async (rollout: string, { url, json, reason, yes }: Options): Promise<void> => {
  const controller = controllerAt(url);
  const { id, state, endedAtMs } = await controller.getRollout({ params: { name: rollout } });
  if (endedAtMs === null)
    await confirmed(`${id} is under way (${state}): it would be aborted, and begun anew from its first stage`, yes);
  const { decision } = await controller.restartRollout({ params: { name: id }, body: { reason } });
  if (json) printJson(decision);
  else print(decision.sentence);
};

export const retry: Verb = {
  name: 'retry',
  summary: 'begins a rollout anew',
  examples: ['npx coalmine retry support-v2 --reason "the upstream was down"'],
  define: (command) => {
    withJson(withUrl(command), 'print the decision as JSON instead')
      .description(
        'Begins the same document anew, from its first stage and under a new id: what the last run has gathered counts for nothing.',
      )
      .argument('<rollout>', 'name (the one under way, else the latest) or id (name#sequence)')
      .option('--reason <text>', 'stands in the log', '')
      .option('--yes', 'abort it if it is under way, without asking', false)
      .action(again);
  },
};
