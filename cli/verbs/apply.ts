import type { Applied } from '../../schemas/controller-api.ts';
import { controllerAt, controllerUrl, URL_PROSE } from '../controller/access.ts';
import { codelessVersions, documentText } from '../version/document-file.ts';
import type { Verb } from './verb.ts';

type Options = { url: string; restart: boolean; json: boolean };

/** What became of a document; of a rollout how long it needs, in the line below. */
const linesOf = ({ kind, name, result, rollout, note, sentence }: Applied): string[] => [
  `${kind} ${name}: ${result}${rollout === null ? '' : ` (${rollout})`}${note === '' ? '' : `; ${note}`}`,
  ...(sentence === '' ? [] : [`  ${sentence}`]),
];

const applyFiles = async (files: readonly string[], { url, restart, json }: Options): Promise<void> => {
  const texts = await Promise.all(files.map(documentText));
  const query = restart ? { restart: 'true' as const } : {};
  const { applied } = await controllerAt(url).applyDocuments({ body: texts.join('\n---\n'), query });
  const codeless = texts.flatMap(codelessVersions);
  if (codeless.length > 0)
    process.stderr.write(
      `${codeless.join(', ')}: the document says nothing of its code, so that no answer can be traced to it (docs/registry.md)\n`,
    );
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
