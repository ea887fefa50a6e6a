import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { PlannedDocument } from '../../schemas/controller-api.ts';
import { controllerAt } from '../controller/access.ts';
import { changeLine, fieldDiff } from '../documents/field-diff.ts';
import { filesOf, readFiles, withFiles } from '../documents/files.ts';
import { plain } from '../output/plain.ts';
import { print, printJson } from '../output/print.ts';
import { fateLine } from './apply.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = { file: string[]; url: string; json: boolean };

/** Of one that is new all of it, with what it gets by default. */
const changeLines = ({ before, after }: PlannedDocument): string[] =>
  before === null && after !== null
    ? stringify(after)
        .trimEnd()
        .split('\n')
        .map((line) => `+ ${line}`)
    : fieldDiff(before, after).map(changeLine);

const linesOf = (planned: PlannedDocument): string[] => [
  fateLine(planned),
  ...changeLines(planned).map((line) => `  ${plain(line)}`),
];

const compare = async (named: string[], options: Options, command: Command): Promise<void> => {
  const texts = await readFiles(filesOf(named, options, command));
  const body = texts.map(({ text }) => text).join('\n---\n');
  const { planned } = await controllerAt(options.url).planDocuments({ body });
  if (options.json)
    printJson({ planned: planned.map((one) => ({ ...one, changes: fieldDiff(one.before, one.after) })) });
  else print(...planned.flatMap(linesOf));
};

export const diff: Verb = {
  name: 'diff',
  summary: 'says what applying documents would change',
  examples: ['npx coalmine diff -f agent.yaml -f rollout.yaml'],
  define: (command) => {
    withJson(withUrl(withFiles(command)))
      .description(
        'Says what `apply` would do with the same files, and field by field how each document differs from the one that was applied by its name before, with all that is so by default. Nothing changes. Ends with 1 where `apply` would be refused.',
      )
      .action(compare);
  },
};
