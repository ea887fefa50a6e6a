import type { ToldDecision } from '../../schemas/controller-api.ts';
import { nameOf } from '../../schemas/actor.ts';
import { controllerAt } from '../controller/access.ts';
import { findNamed, MOST_DECISIONS, stepsOf } from '../controller/named.ts';
import { momentText } from '../output/moments.ts';
import { print, printJson } from '../output/print.ts';
import { tableLines } from '../output/table.ts';
import { wholeNumber } from './option-values.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

const LIMIT = 50;

const rowOf = ({ timeMs, rollout, type, state, by, sentence }: ToldDecision): string[] => [
  momentText(timeMs),
  rollout,
  type,
  state ?? '',
  nameOf(by),
  sentence,
];

type Options = { url: string; json: boolean; limit: number };

const show = async (name: string, { url, json, limit }: Options): Promise<void> => {
  const controller = controllerAt(url);
  const decisions = await stepsOf(controller, await findNamed(controller, name), limit);
  if (json) printJson({ decisions });
  else
    print(...tableLines(['TIME', 'ROLLOUT', 'STEP', 'STATE', 'BY', 'WHY'], decisions.map(rowOf), { dropEmpty: true }));
};

export const history: Verb = {
  name: 'history',
  summary: 'shows the steps of a rollout or agent, and by whom',
  examples: ['npx coalmine history support-v2', 'npx coalmine history agent/support --limit 200'],
  define: (command) => {
    withJson(withUrl(command))
      .description('Shows the steps in the decision log, the latest last: when, which, by whom, and why.')
      .argument('<name>', 'of a rollout, else of an agent; rollout/x and agent/x say which is meant')
      .option('--limit <n>', 'the latest so many', wholeNumber(1, MOST_DECISIONS), LIMIT)
      .action(show);
  },
};
