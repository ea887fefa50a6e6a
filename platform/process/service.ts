import { messageOf } from '../../schemas/error-message.ts';
import { createLog, type Log } from './log.ts';
import { EnvError, helpText, type Options } from './options.ts';
import { partsOptions } from './service-options.ts';

const STOP_DEADLINE_MS = 10_000;

/** At `LOG_LEVEL`; where that is wrong, at `info`, so that the complaint about it is logged. */
const startLog = (name: string): Log =>
  createLog(name, partsOptions.logLevel.type.safeParse(process.env['LOG_LEVEL'] || undefined).data ?? 'info');

const sayCannotStart = (log: Log, error: unknown): void => {
  const reason = messageOf(error);
  if (error instanceof EnvError) for (const line of reason.split('\n')) log.fatal(`cannot start: ${line}`);
  else log.fatal({ err: error }, `cannot start: ${reason}`);
};

/**
 * A service's settings out of the environment. With `--help` the process prints all options and ends with 0 instead;
 * where variables are wrong it says so, a line for each, and ends with 1. Only a service's main calls this.
 */
export const serviceConfig = <C>(name: string, options: Options, read: (env: NodeJS.ProcessEnv) => C): C => {
  if (process.argv.includes('--help')) {
    process.stdout.write(helpText(name, options));
    process.exit(0);
  }
  try {
    return read(process.env);
  } catch (error) {
    sayCannotStart(startLog(name), error);
    return process.exit(1);
  }
};

/**
 * Runs a service until SIGTERM or SIGINT, then stops it within 10 s. Exit codes: 0 stopped, 1 could not start, could not
 * stop in time, or an error that nobody caught; a second signal ends it at once. Only a service's main calls this.
 */
export const runService = async (
  name: string,
  start: (log: Log) => Promise<{ stop(): Promise<void> }>,
): Promise<void> => {
  const log = startLog(name);
  const exit = (code: number): never => process.exit(code);

  let askedToStop: () => void;
  const stopAsked = new Promise<void>((resolve) => {
    askedToStop = resolve;
  });
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    signals += 1;
    log.info({ signal }, 'stopping');
    if (signals > 1) exit(1);
    askedToStop();
    setTimeout(() => {
      log.error(`could not stop within ${STOP_DEADLINE_MS / 1000} s, giving up`);
      exit(1);
    }, STOP_DEADLINE_MS).unref();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, 'an error that nobody caught; the process ends so that a supervisor starts it anew');
      exit(1);
    });

  try {
    const service = await start(log);
    log.info('started');
    await stopAsked;
    await service.stop();
    log.info('stopped');
  } catch (error) {
    if (signals === 0) sayCannotStart(log, error);
    else log.error({ err: error }, `could not stop cleanly: ${messageOf(error)}`);
    exit(1);
  }
  exit(0);
};
