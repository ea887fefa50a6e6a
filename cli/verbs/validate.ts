import type { Command } from 'commander';
import { doubts, type Fault, validate as validateFile } from '../documents/validation.ts';
import { filesOf, readFiles, withFiles } from '../documents/files.ts';
import { print, printJson, say } from '../output/print.ts';
import { type Verb, withJson } from './verb.ts';

type Options = { file: string[]; json: boolean };

const faultLine = ({ file, line, path, reason }: Fault): string =>
  `${file}${line === null ? '' : `:${line}`}: ${path === '' ? '' : `${path}: `}${reason}`;

const check = async (named: string[], options: Options, command: Command): Promise<void> => {
  const found = (await readFiles(filesOf(named, options, command))).map((given) => ({
    file: given.file,
    ...validateFile(given),
  }));
  const faults = found.flatMap((one) => ('faults' in one ? one.faults : []));
  const documents = found.flatMap((one) => ('documents' in one ? one.documents : []));
  const remarks = doubts(documents);
  if (options.json)
    printJson({
      documents: documents.map(({ kind, metadata }) => ({ kind, name: metadata.name })),
      faults,
      remarks,
    });
  else print(...documents.map(({ kind, metadata }) => `${kind} ${metadata.name}: valid`), ...faults.map(faultLine));
  if (!options.json) say(...remarks);
  if (faults.length > 0) process.exitCode = 1;
};

export const validate: Verb = {
  name: 'validate',
  summary: 'checks documents without a server',
  examples: ['npx coalmine validate -f agent.yaml -f rollout.yaml'],
  define: (command) => {
    withJson(withFiles(command))
      .description(
        'Checks Agent, Rollout, Gate, Calibration, GatePlan and IngressPolicy documents: every field, and that versions which a rollout names are those of the Agent documents beside it. Asks nobody, so what only a controller knows (rubrics of judges, what is registered or under way) is checked by `diff`. Ends with 1 where something is wrong.',
      )
      .action(check);
  },
};
