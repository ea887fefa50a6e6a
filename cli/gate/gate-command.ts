import { messageOf } from '../../schemas/error-message.ts';
import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scrub } from '../../platform/process/log.ts';
import { systemClock } from '../../platform/process/clock.ts';
import type { GateBaseline } from '../../schemas/gate-target.ts';
import { DatasetError } from './dataset/case.ts';
import { controllerAt, controllerUrl, isControllerKnown } from '../controller/access.ts';
import { fileVerdict, type JudgedVersion, recordBaseline } from './filing.ts';
import type { GateResult } from './gate-result.ts';
import type { GateRun, RunDeps } from './gate-run.ts';
import { PlanError, readPlan } from './plan-file.ts';
import { createProgressView } from './progress.ts';
import { github } from './report/github.ts';
import { json } from './report/json.ts';
import { markdown } from './report/markdown.ts';
import { table } from './report/table.ts';
import { type GateOutcome, runGate } from './run.ts';
import { writeAnswerFile } from './target/answer-file.ts';
import { baselineText, candidateText } from './target-text.ts';
import { EXIT_CODES } from './verdict/verdict.ts';

/** What the command line says. */
export type GateOptions = {
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
  record: boolean;
  /** Of `--no-file-verdict`. */
  fileVerdict: boolean;
  state: string;
};

const EXIT_WRONG = 2;
const EXIT_BROKEN = 1;

/** The plan with what the command line says in its place. Throws a PlanError. */
const runOf = (options: GateOptions): GateRun => {
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
    record: options.record,
  };
};

const writeReport = (file: string, text: string): void => writeFileSync(path.resolve(file), `${text}\n`);

/** Data goes to stdout: the table, or JSON in its place. Commands to GitHub's runner are read from stderr as well. */
const report = async (result: GateResult, options: GateOptions): Promise<void> => {
  process.stdout.write(`${options.json === true ? json(result) : table(result)}\n`);
  if (typeof options.json === 'string') writeReport(options.json, json(result));
  if (options.junit !== undefined) writeReport(options.junit, (await import('./report/junit.ts')).junit(result));
  if (options.markdown !== undefined) writeReport(options.markdown, markdown(result));
  if (!options.github) return;
  process.stderr.write(`${github(result)}\n`);
  const summaryFile = process.env['GITHUB_STEP_SUMMARY'];
  if (summaryFile) appendFileSync(summaryFile, `${markdown(result)}\n`);
};

/** Which version the verdict is about: the one that was asked by its label, or as the command line says. */
const judgedVersion = ({ version }: GateOutcome, { label }: GateOptions): JudgedVersion | undefined => {
  if (label === undefined || label === version?.label) return version;
  return { label };
};

const knowsController = ({ url }: GateOptions): boolean => url !== undefined || isControllerKnown();

const scrubbed = (error: unknown): string => scrub(messageOf(error));

/** Whether all is well: what was to be told the controller is, or nothing was. */
const tellController = async (outcome: GateOutcome, options: GateOptions, deps: RunDeps): Promise<boolean> => {
  const { result, candidate, mask } = outcome;
  const { view } = deps;
  const version = judgedVersion(outcome, options);
  const told = async (tell: () => Promise<string>, inVain: string): Promise<boolean> => {
    try {
      view.say(await tell());
      return true;
    } catch (error) {
      view.say(`${inVain}: ${scrubbed(error)}`);
      return false;
    }
  };
  const file = async (): Promise<boolean> => {
    if (!options.fileVerdict || !knowsController(options)) return true;
    if (version !== undefined)
      return told(() => fileVerdict(deps.controller(), result, version), 'the verdict could not be filed');
    view.say('not filed with the controller: --label says which version the verdict is about');
    return options.url === undefined;
  };
  const record = async (): Promise<boolean> => {
    if (!options.record) return true;
    if (result.verdict.verdict !== 'fail')
      return told(
        () => recordBaseline(deps.controller(), result, candidate, version?.label, mask),
        'the baseline could not be recorded',
      );
    view.say('not recorded: what fails is no baseline for others');
    return true;
  };
  const isFiled = await file();
  return (await record()) && isFiled;
};

/** Ctrl-C, or the end of a CI job: what was answered is kept, and the agent is ended before we are. */
const listenForStop = (): { signal: AbortSignal; close: () => void } => {
  const stop = new AbortController();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (name: NodeJS.Signals): void =>
    stop.abort(new Error(`stopped by ${name}: what was answered is kept, and the same command goes on from there`));
  for (const name of names) process.once(name, onSignal);
  return { signal: stop.signal, close: () => names.forEach((name) => process.off(name, onSignal)) };
};

/** Runs the gate, reports, and gives back what to end with. */
export const gateFrom = async (options: GateOptions): Promise<number> => {
  const view = createProgressView(process.stderr, () => systemClock.nowMs());
  const stop = listenForStop();
  const deps: RunDeps = {
    clock: systemClock,
    random: Math.random,
    env: process.env,
    signal: stop.signal,
    view,
    controller: () => controllerAt(options.url ?? controllerUrl()),
  };
  try {
    const outcome = await runGate(runOf(options), deps);
    const { result, candidate } = outcome;
    await report(result, options);
    if (options.saveAnswers !== undefined)
      writeAnswerFile(
        path.resolve(options.saveAnswers),
        candidate.map(({ asked }) => asked),
      );
    const isTold = await tellController(outcome, options, deps);
    const code = EXIT_CODES[result.verdict.verdict];
    return code === 0 && !isTold ? EXIT_BROKEN : code;
  } catch (error) {
    view.clear();
    for (const line of scrubbed(error).split('\n')) view.say(`coalmine: ${line}`);
    return error instanceof PlanError || error instanceof DatasetError ? EXIT_WRONG : EXIT_BROKEN;
  } finally {
    stop.close();
  }
};
