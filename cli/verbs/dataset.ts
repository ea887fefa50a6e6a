import type { Command } from 'commander';
import { givenText } from '../documents/given-text.ts';
import { controllerAt } from '../controller/access.ts';
import { everyPage } from '../controller/every-page.ts';
import { print, printJson, say } from '../output/print.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Common = { url: string; json: boolean };

const SHORT_ID = 12;

const casesText = (count: number): string => (count === 1 ? '1 case' : `${count} cases`);

const create = async (
  agent: string,
  name: string,
  { file, label, url, json }: Common & { file: string; label?: string },
): Promise<void> => {
  const content = await givenText(file);
  const body = { name, content, ...(label === undefined ? {} : { label }) };
  const created = await controllerAt(url).createDataset({ params: { agent }, body });
  const { dataset, result } = created;
  const line = `${name} ${dataset.label}: ${result}, ${casesText(dataset.cases)} (${dataset.id})`;
  if (json) printJson(created);
  else print(line);
};

const list = async (agent: string, { url, json }: Common): Promise<void> => {
  const controller = controllerAt(url);
  const datasets = await everyPage(
    (query) => controller.listDatasets({ params: { agent }, query }),
    (told) => told.datasets,
  );
  const lines = datasets.map(
    ({ name, label, id, cases, createdBy, createdAtMs }) =>
      `${name} ${label}  ${id.slice(0, SHORT_ID)}  ${casesText(cases)}  ${new Date(createdAtMs).toISOString()}  ${createdBy}`,
  );
  if (json) return printJson({ datasets });
  if (lines.length === 0)
    return say(`${agent} has no dataset. Register one: npx coalmine dataset create ${agent} golden -f questions.jsonl`);
  print(...lines);
};

const show = async (agent: string, name: string, { label, url, json }: Common & { label?: string }): Promise<void> => {
  const query = label === undefined ? {} : { label };
  const dataset = await controllerAt(url).getDataset({ params: { agent, name }, query });
  if (json) printJson(dataset);
  // Byte by byte, since it may go into a file.
  else process.stdout.write(`${dataset.content}\n`);
};

const common = (command: Command): Command => withJson(withUrl(command));

export const dataset: Verb = {
  name: 'dataset',
  summary: 'registers golden datasets, and gives them back',
  examples: [
    'npx coalmine dataset create support golden -f questions.jsonl',
    'npx coalmine dataset list support',
    'npx coalmine dataset show support golden --label v1 > questions.jsonl',
  ],
  define: (command) => {
    command.description(
      'Golden datasets in the registry: a label of a name stands for one content for ever, whose id is the same whatever the order of lines and fields.',
    );
    common(command.command('create'))
      .description('register a dataset; the same content again is unchanged')
      .argument('<agent>')
      .argument('<name>')
      .requiredOption('-f, --file <file>', 'a JSON object a line; - is standard input')
      .option('--label <label>', 'without it, the next of v1, v2 …')
      .action(create);
    common(command.command('list')).description('every dataset of an agent').argument('<agent>').action(list);
    common(command.command('show'))
      .description('its lines, in canonical form')
      .argument('<agent>')
      .argument('<name>')
      .option('--label <label>', 'without it, the latest')
      .action(show);
  },
};
