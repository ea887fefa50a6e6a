import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { scrub } from '../../platform/process/log.ts';
import { systemClock } from '../../platform/process/clock.ts';
import type { GateBaseline } from '../../schemas/gate-target.ts';
import { Name } from '../../schemas/routing-view.ts';
import { URL_PROSE } from '../controller/access.ts';
import { DatasetError } from '../gate/dataset/case.ts';
import { fileVerdict, knowsController } from '../gate/filing.ts';
import type { GateResult } from '../gate/gate-result.ts';
import type { GateRun } from '../gate/gate-run.ts';
import { PlanError, readPlan } from '../gate/plan-file.ts';
import { createProgressView, type ProgressView } from '../gate/progress.ts';
import { github } from '../gate/report/github.ts';
import { json } from '../gate/report/json.ts';
import { junit } from '../gate/report/junit.ts';
import { markdown } from '../gate/report/markdown.ts';
import { table } from '../gate/report/table.ts';
import { runGate } from '../gate/run.ts';
import { writeAnswerFile } from '../gate/target/answer-file.ts';
import { baselineText, candidateText } from '../gate/target-text.ts';
import { EXIT_CODES } from '../gate/verdict.ts';
import { endWithTwo, type Verb } from './verb.ts';

type Options = {
  file: string;
  candidate?: string;
  baseline?: string;
  dataset?: string;
  json?: string | true;
  junit?: string;
  markdown?: string;
  github: boolean;
  saveAnswers?: string;
  fresh: boolean;
  reuse: boolean;
  maxJudgeUsd: number;
  label?: string;
  url?: string;
  /** Of `--no-file-verdict`. */
  fileVerdict: boolean;
  state: string;
};

const EXIT_WRONG = 2;
const EXIT_BROKEN = 1;

const usd = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('give an amount like 2.50');
  return value;
};
const label = (text: string): string => {
  if (!Name.safeParse(text).success) throw new InvalidArgumentError('give the label of a version, like v1.3');
  return text;
};

/** The plan with what the command line says in its place. Throws a PlanError. */
const runOf = (options: Options): GateRun => {
  const plan = readPlan(options.file);
  const { spec } = plan;
  const candidate = options.candidate === undefined ? spec.candidate : candidateText(options.candidate, spec.candidate);
  if (candidate === undefined)
    throw new PlanError(`${options.file} has no spec.candidate: give --candidate <url>, <version> or replay:<folder>`);
  const planned: GateBaseline | null = spec.baseline ?? null;
  const baseline = options.baseline === undefined ? planned : baselineText(options.baseline, spec.candidate);
  const dataset =
    options.dataset === undefined ? spec.dataset : { ...spec.dataset, path: path.resolve(options.dataset) };
  return {
    plan: { ...plan, spec: { ...spec, dataset } },
    planFile: options.file,
    candidate,
    baseline,
    folder: path.resolve(options.state, plan.metadata.name),
    reuse: { fresh: options.fresh, finishedToo: options.reuse },
    maxJudgeUsd: options.maxJudgeUsd,
  };
};

const writeReport = (file: string, text: string): void => writeFileSync(path.resolve(file), `${text}\n`);

/** Data goes to stdout: the table, or JSON in its place. Commands to GitHub's runner are read from stderr as well. */
const report = (result: GateResult, options: Options): void => {
  process.stdout.write(`${options.json === true ? json(result) : table(result)}\n`);
  if (typeof options.json === 'string') writeReport(options.json, json(result));
  if (options.junit !== undefined) writeReport(options.junit, junit(result));
  if (options.markdown !== undefined) writeReport(options.markdown, markdown(result));
  if (!options.github) return;
  process.stderr.write(`${github(result)}\n`);
  const summaryFile = process.env['GITHUB_STEP_SUMMARY'];
  if (summaryFile) appendFileSync(summaryFile, `${markdown(result)}\n`);
};

/** Which version the verdict is about: as the command line says, else the one that was asked by its label. */
const versionOf = ({ candidate }: GateRun, options: Options): string | undefined =>
  options.label ?? (candidate.kind === 'version' ? candidate.version : undefined);

/** Whether all is well: what was to be filed is, or nothing was. */
const file = async (result: GateResult, run: GateRun, options: Options, view: ProgressView): Promise<boolean> => {
  const version = versionOf(run, options);
  if (!options.fileVerdict || !knowsController(options.url)) return true;
  if (version === undefined) {
    view.say('not filed with the controller: --label says which version the verdict is about');
    return options.url === undefined;
  }
  try {
    view.say(await fileVerdict(result, version, options.url));
    return true;
  } catch (error) {
    view.say(`the verdict could not be filed: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
};

const messageOf = (error: unknown): string => scrub(error instanceof Error ? error.message : String(error));

/** Ctrl-C, or the end of a CI job: what was answered is kept, and the agent is ended before we are. */
const stopSignal = (): AbortSignal => {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () =>
      stop.abort(new Error(`stopped by ${name}: what was answered is kept, and the same command goes on from there`)),
    );
  return stop.signal;
};

const gateFrom = async (options: Options): Promise<number> => {
  const view = createProgressView(process.stderr, () => systemClock.nowMs());
  try {
    const run = runOf(options);
    const deps = { clock: systemClock, random: Math.random, env: process.env, signal: stopSignal(), view };
    const { result, asked } = await runGate(run, deps);
    report(result, options);
    if (options.saveAnswers !== undefined) writeAnswerFile(path.resolve(options.saveAnswers), asked);
    const isFiled = await file(result, run, options, view);
    const code = EXIT_CODES[result.verdict.verdict];
    return code === 0 && !isFiled ? EXIT_BROKEN : code;
  } catch (error) {
    view.clear();
    for (const line of messageOf(error).split('\n')) view.say(`coalmine: ${line}`);
    return error instanceof PlanError || error instanceof DatasetError ? EXIT_WRONG : EXIT_BROKEN;
  }
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
    .option('--json [file]', 'the result as one JSON object, to stdout in place of the table, or to a file')
    .option('--junit <file>', 'write a JUnit report: a test case for each criterion and slice')
    .option('--markdown <file>', 'write a comment for the pull request')
    .option(
      '--github',
      "annotate the plan's and the dataset's lines in a GitHub workflow, and fill in its summary",
      false,
    )
    .option('--save-answers <file>', "keep the candidate's answers, for a later --baseline <file>")
    .option('--fresh', 'ask everything anew, judges too: nothing that was kept counts', false)
    .option('--reuse', 'take the answers of the last finished run again, to try other criteria without asking', false)
    .option(
      '--max-judge-usd <usd>',
      'what judge models may cost in this run, in US dollars',
      usd,
      Number.POSITIVE_INFINITY,
    )
    .option('--label <version>', 'which of the agent’s versions the verdict is about, so that it can be filed', label)
    .option('--url <url>', URL_PROSE)
    .option('--no-file-verdict', 'do not file the verdict with the controller')
    .option('--state <folder>', 'where answers are kept', '.coalmine/gate');

export const gate: Verb = {
  name: 'gate',
  summary: 'asks a golden dataset, and passes or blocks a change by the answers',
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
      .exitOverride(endWithTwo)
      .action(async (options: Options) => {
        process.exitCode = await gateFrom(options);
      });
  },
};
