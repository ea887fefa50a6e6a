import type { Command } from 'commander';
import type { Applied, PlannedDocument } from '../../schemas/controller-api.ts';
import { controllerAt } from '../controller/access.ts';
import { filesOf, readFiles, withFiles } from '../documents/files.ts';
import { print, printJson, say } from '../output/print.ts';
import { codelessVersions } from '../version/document-file.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = { file: string[]; url: string; restart: boolean; dryRun: boolean; json: boolean };

/** What became of a document, or would. */
export const fateLine = ({ kind, name, result, rollout, note }: Applied | PlannedDocument): string =>
  `${kind} ${name}: ${result}${rollout === null ? '' : ` (${rollout})`}${note === '' ? '' : `; ${note}`}`;

/** The same, and of a rollout how long it needs, in the line below. */
const linesOf = (applied: Applied): string[] => [
  fateLine(applied),
  ...(applied.sentence === '' ? [] : [`  ${applied.sentence}`]),
];

const applyFiles = async (named: string[], options: Options, command: Command): Promise<void> => {
  const texts = await readFiles(filesOf(named, options, command));
  const asked = {
    body: texts.map(({ text }) => text).join('\n---\n'),
    query: options.restart ? { restart: 'true' as const } : {},
  };
  const controller = controllerAt(options.url);
  if (options.dryRun) {
    const { planned } = await controller.planDocuments(asked);
    if (options.json) printJson({ planned });
    else print(...planned.map((one) => `${fateLine(one)} (dry run: nothing was done)`));
    return;
  }
  const { applied } = await controller.applyDocuments(asked);
  const codeless = texts.flatMap(({ text }) => codelessVersions(text));
  if (codeless.length > 0)
    say(
      `${codeless.join(', ')}: the document says nothing of its code, so that no answer can be traced to it (docs/registry.md)`,
    );
  if (options.json) printJson({ applied });
  else print(...applied.flatMap(linesOf));
};

export const apply: Verb = {
  name: 'apply',
  summary: 'gives documents, and says how long it takes',
  examples: [
    'npx coalmine apply -f agent.yaml -f rollout.yaml',
    'npx coalmine apply -f rollout.yaml --dry-run',
    'npx coalmine apply -f rollout.yaml --restart',
  ],
  define: (command) => {
    withJson(withUrl(withFiles(command)))
      .description(
        'Gives the controller Agent, Rollout, Gate, Calibration and Alerting documents, all or none of them; what it has already changes nothing. Says what became of each, and of a rollout how many requests and how much time it needs at the traffic of late.',
      )
      .option('--restart', 'begin a rollout anew that has begun before', false)
      .option('--dry-run', 'say what would come of it, or why it would be refused, and do nothing', false)
      .action(applyFiles);
  },
};
