import { Argument } from 'commander';
import { stringify } from 'yaml';
import { readDocumentText } from '../../schemas/document-text.ts';
import { RolloutDocument } from '../../schemas/documents.ts';
import { readFiles } from '../documents/files.ts';
import { argoTemplates, importArgo } from '../import/argo.ts';
import { flaggerTemplates, importFlagger } from '../import/flagger.ts';
import { asText, type Imported, isMap } from '../import/manifest.ts';
import { print, printJson, say } from '../output/print.ts';
import { name } from './option-values.ts';
import { type Verb, withJson } from './verb.ts';

type Options = { file: string; agent?: string; candidate: string; json: boolean };
type Documents = readonly Record<string, unknown>[];

const MAX_DOCUMENTS = 100;

/** Whose manifests, by kind and the beginning of their apiVersion. */
const SOURCES: Readonly<
  Record<
    string,
    { kind: string; api: string; read: (document: Documents[number], all: Documents, options: Options) => Imported }
  >
> = {
  flagger: {
    kind: 'Canary',
    api: 'flagger.app/',
    read: (document, all, { agent, candidate }) => importFlagger(document, { agent, candidate }, flaggerTemplates(all)),
  },
  argo: {
    kind: 'Rollout',
    api: 'argoproj.io/',
    read: (document, all, { agent, candidate }) => importArgo(document, { agent, candidate }, argoTemplates(all)),
  },
};

const turn = async (from: string, options: Options): Promise<void> => {
  const source = SOURCES[from]!;
  const [given] = await readFiles([options.file]);
  const read = readDocumentText(given?.text ?? '', MAX_DOCUMENTS);
  if ('faults' in read)
    throw new Error(`${options.file}: ${read.faults.map(({ path, reason }) => `${path}: ${reason}`).join('; ')}`);
  const documents = read.values.filter(isMap);
  const found = documents.filter(
    ({ kind, apiVersion }) => kind === source.kind && asText(apiVersion).startsWith(source.api),
  );
  if (found.length === 0)
    throw new Error(`there is no ${source.kind} of ${source.api.replace('/', '')} in ${options.file}`);
  const imported = found.map((document) => source.read(document, documents, options));
  for (const { document } of imported) {
    const parsed = RolloutDocument.safeParse(document);
    for (const { path, message } of parsed.error?.issues ?? [])
      say(`the Rollout is not valid yet: ${path.join('.')}: ${message}`);
    if (!parsed.success) process.exitCode = 1;
  }
  if (options.json) return printJson({ imported });
  print(imported.map(({ document }) => stringify(document, { lineWidth: 0 }).trimEnd()).join('\n---\n'));
  for (const { notes } of imported)
    say('', 'What has no counterpart, or another meaning:', ...notes.map(({ path, note }) => `  ${path}: ${note}`));
};

export const importManifest: Verb = {
  name: 'import',
  summary: "turns Flagger's or Argo's manifests into a Rollout",
  examples: [
    'npx coalmine import flagger -f canary.yaml --candidate v2 > rollout.yaml',
    'npx coalmine import argo -f rollout.yaml --agent support --candidate v2',
  ],
  define: (command) => {
    withJson(command, 'print one JSON object with the notes instead')
      .description(
        'Turns a Flagger Canary, or an Argo Rollout, into a Rollout on stdout, and says on stderr what has no counterpart or another meaning: every field is one or the other. Queries are taken from templates in the same file.',
      )
      .addArgument(new Argument('<from>', 'whose manifest').choices(Object.keys(SOURCES)))
      .requiredOption('-f, --file <file>', 'the manifest; - is standard input')
      .requiredOption('--candidate <version>', 'the label of the version to release: a manifest names an image', name)
      .option('--agent <name>', 'the agent; without it, the name of what the manifest releases', name)
      .action(turn);
  },
};
