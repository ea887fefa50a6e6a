import { type Command, InvalidArgumentError, Option } from 'commander';
import { Name } from '../../schemas/routing-view.ts';
import { URL_PROSE } from '../controller/access.ts';
import type { GateOptions } from '../gate/gate-command.ts';
import { fileToWrite, plainUrl } from './option-values.ts';
import type { Verb } from './verb.ts';

const usd = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('give an amount like 2.50');
  return value;
};
const label = (text: string): string => {
  if (!Name.safeParse(text).success) throw new InvalidArgumentError('give the label of a version, like v1.3');
  return text;
};

const defineOptions = (command: Command): Command =>
  command
    .requiredOption('-f, --file <plan>', 'the plan: questions, whom to ask, and what must hold of the answers')
    .option('--candidate <target>', "who is asked in place of the plan's own: a version, a URL, or replay:<folder>")
    .option(
      '--baseline <target>',
      'with whom it is compared: the same forms, a file of saved answers, registry, or same (the candidate once more)',
    )
    .option('--dataset <path>', "the questions' file or folder, in place of the plan's own")
    .option(
      '--json [file]',
      'the result as one JSON object, to stdout in place of the table, or to a file',
      fileToWrite,
    )
    .option('--junit <file>', 'write a JUnit report: a test case for each criterion and slice', fileToWrite)
    .option('--markdown <file>', 'write a comment for the pull request', fileToWrite)
    .option(
      '--github',
      "annotate the plan's and the dataset's lines in a GitHub workflow, and fill in its summary",
      false,
    )
    .option('--save-answers <file>', "keep the candidate's answers, for a later --baseline <file>", fileToWrite)
    .option('--fresh', 'ask everything anew, judges too: nothing that was kept counts', false)
    .option('--reuse', 'take the answers of the last finished run again, to try other criteria without asking', false)
    .addOption(
      new Option('--max-judge-usd <usd>', 'what judge models may cost in this run, in US dollars')
        .argParser(usd)
        .default(Number.POSITIVE_INFINITY, 'no limit but the plan’s own'),
    )
    .option('--label <version>', 'which of the agent’s versions the verdict is about, so that it can be filed', label)
    .option(
      '--record',
      'record what was measured with the controller, for later gates with --baseline registry; what fails is not recorded',
      false,
    )
    .option('--url <url>', URL_PROSE, plainUrl)
    .option('--no-file-verdict', 'do not file the verdict with the controller')
    .option('--state <folder>', 'where answers are kept', '.coalmine/gate');

export const gate: Verb = {
  name: 'gate',
  summary: 'asks a golden dataset: passes or blocks a change',
  examples: [
    'npx coalmine gate -f examples/gates/support.yaml',
    'npx coalmine gate -f gate.yaml --candidate http://127.0.0.1:9001/v1 --baseline answers.jsonl --markdown comment.md',
    'npx coalmine gate -f examples/gates/bfcl.yaml --candidate replay:../shared/data/bfcl-result/gpt-3.5-turbo-0125-FC',
  ],
  define: (command) => {
    command.description(
      'Asks an agent the questions of a golden dataset, scores the answers by the scorers that score users’ answers, holds them against the plan’s criteria and against a baseline, and says pass, fail or inconclusive.',
    );
    defineOptions(command)
      .addHelpText(
        'after',
        `
Ends with 0 if it passes, 3 if it fails, 4 if it could not be decided, 2 for a wrong plan or command line, 1 if it could not be run.
A run that was stopped, by Ctrl-C or by kill -9, goes on where it was by the same command. The table goes to stdout, progress to stderr.
What a plan says: docs/gate.md. Workflows for GitHub and GitLab: examples/ci/.`,
      )
      .action(async (options: GateOptions) => {
        // All scorers come with it, which no other verb should have to wait for.
        const { gateFrom } = await import('../gate/gate-command.ts');
        process.exitCode = await gateFrom(options);
      });
  },
};
