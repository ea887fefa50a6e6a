import path from 'node:path';
import { type Command, Option } from 'commander';
import { followLogs, type Level, LEVELS } from '../dev/follow-logs.ts';
import { startReload } from '../dev/reload.ts';
import type { Reloaded } from '../dev/reload-plan.ts';
import { LOCAL_JUDGE } from '../story/support-story.ts';
import type { Alongside } from '../story/run-story.ts';
import { port, runToEnd, width, widthGiven } from './start.ts';
import type { Verb } from './verb.ts';

type Options = {
  fresh: boolean;
  window?: number;
  port: number;
  controllerPort: number;
  logLevel: Level;
};

const ROOT = path.resolve(import.meta.dirname, '../..');
const SERVICES = ['ingress', 'mirror', 'judge', 'analyzer', 'controller'];
const OF_ALL = ['platform/', 'schemas/', 'openai/', 'privacy/'];

/** A service begins anew with its own files, each with what all share; the local judge with its example. */
const PLAN: readonly Reloaded[] = [
  ...SERVICES.map((name) => ({ beginsWith: `${name}/`, names: [name] })),
  ...OF_ALL.map((beginsWith) => ({ beginsWith, names: SERVICES })),
  ...LOCAL_JUDGE.upstreams.map(({ name, script }) => ({
    beginsWith: `${path.posix.dirname(script)}/`,
    names: [name, 'judge'],
  })),
];

const alongside =
  (level: Level): Alongside =>
  ({ services, logFolder }, say) => {
    const reload = startReload(ROOT, PLAN, services, say);
    const logs = followLogs(logFolder, [...services.keys()], level, say);
    return async () => {
      logs.stop();
      await reload.stop();
    };
  };

const run = (options: Options, command: Command): Promise<never> => {
  const story = {
    once: false,
    story: false,
    fresh: options.fresh,
    windowMs: options.window ?? widthGiven(command),
    swap: false,
    replay: null,
    seed: 1,
    ratePerSecond: 0,
    ingressPort: options.port,
    controllerPort: options.controllerPort,
  };
  return runToEnd(story, false, alongside(options.logLevel));
};

export const dev: Verb = {
  name: 'dev',
  summary: 'starts everything, and services anew when they change',
  examples: ['npx coalmine dev', 'npx coalmine dev --fresh --log-level info'],
  define: (command) => {
    command
      .description(
        'Starts what `start --no-story` starts, and begins a service anew when a file of it changes: each its own, all of them where a file is everybody’s (platform, schemas, openai, privacy). Shows what they log. Ctrl-C ends it all.',
      )
      .option('--fresh', 'forget what earlier starts have kept', false)
      .addOption(
        new Option('--window <duration>', 'width of windows, e.g. 10s (as the kept ones, else 1s)').argParser(width),
      )
      .option('--port <n>', 'port of the ingress', port, 8080)
      .option('--controller-port <n>', 'port of the controller', port, 8090)
      .addOption(new Option('--log-level <level>', 'what is shown of the logs').choices(LEVELS).default('warn'))
      .action(run);
  },
};
