import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Duration } from '../../schemas/duration.ts';
import { jsonReporter, textReporter } from '../story/reporter.ts';
import type { Alongside, StoryOptions } from '../story/run-story.ts';
import type { Verb } from './verb.ts';

const number = (minimum: number) => (text: string) => {
  const value = Number(text);
  if (!(value >= minimum)) throw new InvalidArgumentError(`give a number of at least ${minimum}`);
  return value;
};

export const port = (text: string): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError('give a port from 0 to 65535');
  return value;
};

const LEAST_WINDOW_MS = 100;

/** The width of windows in milliseconds, of a duration as documents have it. */
export const width = (text: string): number => {
  const { success, data } = Duration.safeDecode(text);
  if (!success || data < LEAST_WINDOW_MS) throw new InvalidArgumentError('give a duration of at least 100ms, like 10s');
  return data;
};

const folder = (text: string): string => {
  const dir = path.resolve(text);
  if (!existsSync(dir)) throw new InvalidArgumentError(`${dir} does not exist`);
  return dir;
};

type Parsed = {
  once: boolean;
  json: boolean;
  story: boolean;
  fresh: boolean;
  window?: number;
  swap: boolean;
  seed: number;
  rate?: number;
  port: number;
  controllerPort: number;
  replay?: string;
  agent: string;
  stable?: string;
  candidate?: string;
  speed: number;
};

/** Requests per second; recorded answers cost less to serve and to judge. */
const STORY_RATE = 100;
const REPLAY_RATE = 150;

/** The analyzer's own variable counts where the option is not given. */
export const widthGiven = (command: Command): number | null => {
  const given = process.env['ANALYZER_WINDOW_MS'] || null;
  if (given !== null && !(Number(given) >= LEAST_WINDOW_MS))
    command.error(`ANALYZER_WINDOW_MS is ${given}: give milliseconds, at least ${LEAST_WINDOW_MS}`);
  return given === null ? null : Number(given);
};

/** What was asked for; ends with what is wrong where options don't go together. */
const optionsOf = (o: Parsed, command: Command): StoryOptions => {
  if (!o.story && (o.once || o.replay !== undefined))
    command.error(`--no-story and ${o.once ? '--once' : '--replay'} do not go together`);
  if (o.replay === undefined && (o.stable !== undefined || o.candidate !== undefined))
    command.error('--stable and --candidate need --replay <dir>');
  if (o.replay !== undefined && (o.stable === undefined || o.candidate === undefined))
    command.error('--replay needs --stable <model> and --candidate <model>, two folders in it');
  for (const model of [o.stable, o.candidate])
    if (o.replay !== undefined && model !== undefined && !existsSync(path.join(o.replay, model)))
      command.error(`there is no folder ${model} in ${o.replay}`);
  return {
    once: o.once,
    story: o.story,
    fresh: o.fresh,
    windowMs: o.window ?? widthGiven(command),
    swap: o.swap,
    replay:
      o.replay !== undefined
        ? { dir: o.replay, agent: o.agent, stable: o.stable ?? '', candidate: o.candidate ?? '', speed: o.speed }
        : null,
    seed: o.seed,
    ratePerSecond: o.rate ?? (o.replay === undefined ? STORY_RATE : REPLAY_RATE),
    ingressPort: o.port,
    controllerPort: o.controllerPort,
  };
};

const SECOND_CALL_MS = 1_000;

/**
 * Ctrl-C ends everything in order; pressed again after a second, at once. Sooner is the same one: a signal to the whole
 * process group comes here twice, by itself and handed on by what started this.
 */
const untilInterrupted = (onInterrupt: () => void): Promise<void> =>
  new Promise((resolve) => {
    let firstMs: number | null = null;
    const onSignal = (): void => {
      const nowMs = performance.now();
      if (firstMs !== null && nowMs - firstMs > SECOND_CALL_MS) process.exit(130);
      if (firstMs !== null) return;
      firstMs = nowMs;
      onInterrupt();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });

const sayingOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return process.env['LOG_LEVEL'] === 'debug' ? (error.stack ?? error.message) : error.message;
};

/** Runs it all, and ends the process with what came of it. */
export const runToEnd = async (options: StoryOptions, json: boolean, alongside?: Alongside): Promise<never> => {
  const reporter = json ? jsonReporter((line) => process.stdout.write(line)) : textReporter(process.stdout);
  const interrupted = untilInterrupted(() => reporter.progress('stopping'));
  let code = 1;
  try {
    // All parts come with it, for which no other verb should have to wait.
    const { runStory } = await import('../story/run-story.ts');
    code = await runStory(options, reporter, interrupted, alongside);
  } catch (error) {
    process.stderr.write(`coalmine: ${sayingOf(error)}\n`);
  }
  reporter.close();
  // Whatever is still under way, such as a set-up that was interrupted, ends here with all its children.
  process.exit(code);
};

const play = (parsed: Parsed, command: Command): Promise<never> => runToEnd(optionsOf(parsed, command), parsed.json);

export const start: Verb = {
  name: 'start',
  summary: 'starts everything on this machine, plays a story',
  examples: [
    'npm start',
    'npm start -- --no-story',
    'npm start -- --once --json',
    'npm start -- --once --replay ../shared/data/bfcl-result --agent tools \\\n      --stable gpt-4o-2024-05-13-FC --candidate gpt-3.5-turbo-0125-FC',
  ],
  define: (command) => {
    command
      .description(
        [
          'Starts Kafka, a schema registry, Redis and the five services on this machine, and plays a canary story through them.',
          'Without --once everything is left running for you to send requests to. Ctrl-C ends it all; the next start finds',
          'what you applied, and what came of it, in .coalmine/data (or COALMINE_DATA).',
        ].join('\n'),
      )
      .option('--once', 'play the story, print a summary, exit: 0 if it ended as it must, else 1', false)
      .option('--json', 'stdout is NDJSON events only, the last one the summary', false)
      .option('--no-story', 'start everything, play nothing: for an agent of your own')
      .option('--fresh', 'forget what earlier starts have kept', false)
      .addOption(
        new Option('--window <duration>', 'width of windows, e.g. 10s (as the kept ones, else 1s)').argParser(width),
      )
      .option('--seed <n>', 'seed of the requests drawn', number(0), 1)
      .addOption(
        new Option(
          '--rate <n>',
          'requests per second of the story, at most: fewer where the services can not keep up',
        ).argParser(number(1)),
      )
      .option('--port <n>', 'port of the ingress', port, 8080)
      .option('--controller-port <n>', 'port of the controller', port, 8090)
      .addOption(new Option('--swap', 'swap what v2 and v3 do behind their labels').default(false).hideHelp())
      .option('--replay <dir>', 'play recorded answers instead: a folder with one folder of results per model', folder)
      .option('--agent <name>', 'with --replay: what the clients call', 'tools')
      .option('--stable <model>', 'with --replay: the model in service')
      .option('--candidate <model>', 'with --replay: the model to try')
      .option('--speed <n>', 'with --replay: recorded latencies are divided by this', number(0.001), 20)
      .addHelpText(
        'after',
        `
A port of 0 takes a free one. KAFKA_BROKERS, SCHEMA_REGISTRY_URL and REDIS_URL use parts that you have;
COALMINE_PARTS=docker starts them in containers.`,
      )
      .action(play);
  },
};
