import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';

export type StartOptions = {
  once: boolean;
  json: boolean;
  swap: boolean;
  replay: { dir: string; agent: string; stable: string; candidate: string; speed: number } | null;
  seed: number;
  ratePerSecond: number;
  ingressPort: number;
  controllerPort: number;
};

const number = (minimum: number) => (text: string) => {
  const value = Number(text);
  if (!(value >= minimum)) throw new InvalidArgumentError(`give a number of at least ${minimum}`);
  return value;
};

const port = (text: string): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError('give a port from 0 to 65535');
  return value;
};

const folder = (text: string): string => {
  const dir = path.resolve(text);
  if (!existsSync(dir)) throw new InvalidArgumentError(`${dir} does not exist`);
  return dir;
};

/** Port 0 picks a free one. */
const command = (): Command =>
  new Command('npm start --')
    .description(
      [
        'Starts Kafka, a schema registry, Redis and the five services on this machine, and plays a canary story through them.',
        'Without --once everything is left running for you to send requests to. Ctrl-C ends it all.',
      ].join('\n'),
    )
    .option('--once', 'play the story, print a summary, exit: 0 if it ended as it must, else 1', false)
    .option('--json', 'stdout is NDJSON events only, the last one the summary', false)
    .option('--seed <n>', 'seed of the requests drawn', number(0), 1)
    .addOption(new Option('--rate <n>', 'requests per second of the story').argParser(number(1)))
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
Examples:
  npm start
  npm start -- --once --json
  npm start -- --once --replay ../shared/data/bfcl-result --agent tools \\
      --stable gpt-4o-2024-05-13-FC --candidate gpt-3.5-turbo-0125-FC
KAFKA_BROKERS, SCHEMA_REGISTRY_URL and REDIS_URL use parts that you have; COALMINE_PARTS=docker starts them in containers.`,
    );

type Parsed = {
  once: boolean;
  json: boolean;
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

/** Reads the command line; commander itself prints the help or what is wrong, and exits 0 or 2. */
export const readOptions = (argv: readonly string[]): StartOptions => {
  const program = command().exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  program.parse([...argv], { from: 'user' });
  const o = program.opts<Parsed>();
  if (o.replay === undefined && (o.stable !== undefined || o.candidate !== undefined))
    program.error('--stable and --candidate need --replay <dir>');
  if (o.replay !== undefined && (o.stable === undefined || o.candidate === undefined))
    program.error('--replay needs --stable <model> and --candidate <model>, two folders in it');
  for (const model of [o.stable, o.candidate])
    if (o.replay !== undefined && model !== undefined && !existsSync(path.join(o.replay, model)))
      program.error(`there is no folder ${model} in ${o.replay}`);
  return {
    once: o.once,
    json: o.json,
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
