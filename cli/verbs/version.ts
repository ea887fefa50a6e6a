import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { VersionContent } from '../../schemas/version-content.ts';
import { controllerAt } from '../controller/access.ts';
import { everyPage } from '../controller/every-page.ts';
import type { ControllerClient } from '../controller/client.ts';
import { plain } from '../output/plain.ts';
import { print, printJson, say } from '../output/print.ts';
import { documentText } from '../version/document-file.ts';
import { changedFields } from '../version/content-diff.ts';
import { importFile } from '../version/import-file.ts';
import { promptDiff } from '../version/prompt-diff.ts';
import { versionLines, versionPage } from '../version/version-page.ts';
import { fileToWrite } from './option-values.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Common = { url: string; json: boolean };

const create = async ({ file, label, url, json }: Common & { file: string[]; label?: string }): Promise<void> => {
  const texts: string[] = [];
  for (const one of file) texts.push(await documentText(one));
  const query = label === undefined ? {} : { label };
  const { versions } = await controllerAt(url).createVersions({ body: texts.join('\n---\n'), query });
  if (json) return printJson({ versions });
  print(...versions.map(({ agent, label, id, result }) => `${agent} ${label}: ${result} (${id})`));
  for (const { note } of versions) if (note !== '') say(note);
};

const list = async (agent: string | undefined, { url, json }: Common): Promise<void> => {
  const controller = controllerAt(url);
  const of = agent === undefined ? {} : { agent };
  const versions = await everyPage(
    (page) => controller.listVersions({ query: { ...of, ...page } }),
    (told) => told.versions,
  );
  if (json) return printJson({ versions });
  if (versions.length === 0)
    return say('There are no versions. Register some: npx coalmine version create -f agent.yaml');
  print(...versionLines(versions));
};

const show = async (agent: string, version: string, { url, json }: Common): Promise<void> => {
  const view = await controllerAt(url).getVersion({ params: { agent, version } });
  if (json) printJson(view);
  else print(...versionPage(view));
};

const contentOf = async (controller: ControllerClient, agent: string, version: string): Promise<VersionContent> => {
  const { content } = await controller.getVersion({ params: { agent, version } });
  if (content !== null) return content;
  throw new Error(`what ${agent} ${version} is made of is not known; apply its document again`);
};

const diff = async (agent: string, from: string, to: string, { url, json }: Common): Promise<void> => {
  const controller = controllerAt(url);
  const [before, after] = [await contentOf(controller, agent, from), await contentOf(controller, agent, to)];
  const fields = changedFields(before, after);
  if (json) return printJson({ agent, from, to, fields, prompt: { from: before.prompt, to: after.prompt } });
  const prompt = promptDiff(before.prompt, after.prompt);
  const none = (value: string | null): string => value ?? '(none)';
  const lines = [
    ...fields.map(({ path, from, to }) => plain(`${path}: ${none(from)} → ${none(to)}`)),
    ...(prompt.length === 0 ? [] : ['prompt', ...prompt.map((line) => `  ${line}`.trimEnd())]),
  ];
  const told = lines.length === 0 ? [`${agent} ${from} and ${to} have the same content`] : lines;
  // What was taken out and put in has its colours, and is printable already.
  process.stdout.write(`${told.join('\n')}\n`);
};

const label = async (agent: string, version: string, name: string, { url, json }: Common): Promise<void> => {
  const labelled = await controllerAt(url).labelVersion({ params: { agent, version }, body: { label: name } });
  if (json) printJson(labelled);
  else print(`${agent} ${name}: ${labelled.result} (${labelled.id})`);
};

const rollback = async (agent: string, options: Common & { to: string; reason: string }): Promise<void> => {
  const { to, reason, url, json } = options;
  const { decision } = await controllerAt(url).setStable({ params: { agent }, body: { version: to, reason } });
  if (json) printJson({ decision });
  else print(decision.sentence);
};

const exportAll = async ({ out, url }: { out?: string; url: string }): Promise<void> => {
  const text = JSON.stringify(await controllerAt(url).exportRegistry({}), null, 1);
  if (out === undefined) process.stdout.write(`${text}\n`);
  else await writeFile(out, `${text}\n`, { mode: 0o600 });
};

const importAll = async ({ file, url, json }: Common & { file: string }): Promise<void> => {
  const done = await importFile(controllerAt(url), file);
  if (json) printJson(done);
  else print(`${done.written} written, ${done.unchanged} there already`);
};

const common = (command: Command): Command => withJson(withUrl(command));

export const version: Verb = {
  name: 'version',
  summary: 'registers versions, and shows, compares and goes back to them',
  examples: [
    'npx coalmine version create -f agent.yaml',
    'npx coalmine version list support',
    'npx coalmine version show support v2',
    'npx coalmine version diff support v1 v2',
    'npx coalmine version rollback support --to v1 --reason "customers complain"',
  ],
  define: (command) => {
    command.description(
      'The registry: what each version of an agent is made of (code, prompt, model settings, dependencies), and what became of it. A label stands for one content for ever.',
    );
    const file = 'Agent documents; - is standard input';
    common(command.command('create'))
      .description('register the versions of Agent documents; nobody is sent to them before they are applied')
      .requiredOption('-f, --file <files...>', file)
      .option('--label <label>', 'only this version of each')
      .addHelpText(
        'after',
        `
What a version is made of may be said by reference, and is read from the document's folder on:
  prompt: { file: prompts/v2.md }        code: { git: true } or { folder: src } or { image: agent@sha256:… }
  dependencies: { lockfile: package-lock.json }`,
      )
      .action(create);
    common(command.command('list'))
      .description('every version of an agent, or of all')
      .argument('[agent]')
      .action(list);
    const which = 'its label, its id, or the first 8 characters of that';
    common(command.command('show'))
      .description('what a version is made of, who made it, and what became of it')
      .argument('<agent>')
      .argument('<version>', which)
      .action(show);
    common(command.command('diff'))
      .description('the prompts of two versions word by word, all else field by field')
      .argument('<agent>')
      .argument('<from>', which)
      .argument('<to>', which)
      .action(diff);
    common(command.command('label'))
      .description('give the content of a version one more label, for ever')
      .argument('<agent>')
      .argument('<version>', which)
      .argument('<label>')
      .action(label);
    common(command.command('rollback'))
      .description('send all traffic of an agent to a version that it has, now')
      .argument('<agent>')
      .requiredOption('--to <version>', which)
      .option('--reason <text>', 'stands in the log', '')
      .action(rollback);
    withUrl(command.command('export'))
      .description('everything that is registered, as one file: versions, datasets, baselines')
      .option('--out <file>', 'in place of standard output', fileToWrite)
      .action(exportAll);
    common(command.command('import'))
      .description('what such a file has; what is there already stays')
      .requiredOption('-f, --file <file>', 'of `version export`; - is standard input')
      .action(importAll);
  },
};
