import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Applied } from '../../schemas/controller-api.ts';
import { controllerAt, controllerUrl, URL_PROSE } from '../controller/access.ts';
import type { Verb } from './verb.ts';

type Options = { url: string; restart: boolean; json: boolean };

const STDIN = '-';
const readText = async (file: string): Promise<string> => {
  if (file === STDIN) return text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`${file} can't be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
};

/** What became of a document; of a rollout how long it needs, in the line below. */
const linesOf = ({ kind, name, result, rollout, note, sentence }: Applied): string[] => [
  `${kind} ${name}: ${result}${rollout === null ? '' : ` (${rollout})`}${note === '' ? '' : `; ${note}`}`,
  ...(sentence === '' ? [] : [`  ${sentence}`]),
];

const applyFiles = async (files: readonly string[], { url, restart, json }: Options): Promise<void> => {
  const texts = await Promise.all(files.map(readText));
  const query = restart ? { restart: 'true' as const } : {};
  const { applied } = await controllerAt(url).applyDocuments({ body: texts.join('\n---\n'), query });
  console.log(json ? JSON.stringify({ applied }) : applied.flatMap(linesOf).join('\n'));
};

export const apply: Verb = {
  name: 'apply',
  summary: 'gives documents, and says how long it takes',
  examples: ['npx coalmine apply agent.yaml rollout.yaml', 'npx coalmine apply --restart rollout.yaml'],
  define: (command) => {
    command
      .description(
        'Gives the controller Agent and Rollout documents, all or none of them. Says what became of each, and of a rollout how many requests and how much time it needs at the traffic of late.',
      )
      .argument('<files...>', 'YAML or JSON; several documents in one file are apart by ---; - is standard input')
      .option('--restart', 'begin a rollout anew that has begun before', false)
      .option('--url <url>', URL_PROSE, controllerUrl())
      .option('--json', 'print one JSON object instead', false)
      .action(applyFiles);
  },
};
