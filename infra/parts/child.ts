import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Part } from './part.ts';
import { diskFull, PartsError, saysDiskFull } from './parts-error.ts';
import { birthOf } from './process-birth.ts';
import { runProgram } from './program.ts';
import { waitUntil } from './waiting.ts';

const startTimeoutMs = 90_000;
const stopTimeoutMs = 10_000;
const reviveAfterMs = 500;

export type ChildPlan = {
  name: string;
  command: string;
  args: readonly string[];
  /** process.env unless told. */
  env?: NodeJS.ProcessEnv;
  /** Where the log and the pid file go. */
  runFolder: string;
  /** True once the part answers; one that throws has answered false. */
  probe: () => Promise<boolean>;
  /** Told when the part ends though nobody asked it to. */
  onProgress: (line: string) => void;
  /** Start it again when it ends though nobody asked it to, for as long as it takes. */
  restart?: boolean;
  /** Nobody reads its data again, so `stop` kills it instead of waiting until it has put everything in order. */
  isDisposable?: boolean;
};

/** Every child of this process; one listener ends those that its exit would leave behind. */
const living = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** Puts before a command what makes the kernel end it when this process dies, however it dies; empty where none can. */
async function tiedToParent(): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const tie = ['--pdeathsig', 'TERM'];
  const { code } = await runProgram('setpriv', [...tie, 'true']);
  return code === 0 ? ['setpriv', ...tie] : [];
}

const lastLines = (file: string): string =>
  readFileSync(file, 'utf8').trim().split('\n').slice(-5).join(' | ').slice(-800);

function spawnLogged(plan: ChildPlan, tie: readonly string[], logFile: string): ChildProcess {
  const [command = plan.command, ...args] = [...tie, plan.command, ...plan.args];
  const log = openSync(logFile, 'a');
  try {
    return spawn(command, args, { env: plan.env, stdio: ['ignore', log, log], detached: true });
  } finally {
    closeSync(log);
  }
}

/** Settles when a child is gone, or was never there because its program could not be run. */
const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
};

/** Gives a child that was asked to end the time to do it, and wakes one that is frozen. */
async function endCleanly(child: ChildProcess, end: Promise<void>): Promise<void> {
  const patience = new AbortController();
  const impatience = sleep(stopTimeoutMs, undefined, { signal: patience.signal }).catch(() => {});
  child.kill('SIGCONT');
  await Promise.race([end, impatience]);
  patience.abort();
}

/** Settles when the probe is true. Throws a PartsError if it never is, or if the child ends before. */
async function untilAnswering(plan: ChildPlan, child: ChildProcess, logFile: string): Promise<void> {
  const answered = new AbortController();
  const gone = ended(child).then(() => {
    const said = lastLines(logFile);
    if (saysDiskFull(said)) throw diskFull(plan.runFolder);
    throw new PartsError(`${plan.name} ended while it started, its log ${logFile} ends: ${said}`);
  });
  gone.catch(() => {});
  try {
    await Promise.race([waitUntil(plan.name, plan.probe, startTimeoutMs, answered.signal), gone]);
  } finally {
    answered.abort();
  }
}

/**
 * A part as a child process, not started yet. It has a process group of its own, so that Ctrl-C reaches only its owner,
 * who stops it last. It dies with its owner: by the kernel's signal on Linux, at the owner's `exit` elsewhere, and what
 * then still lives (its pid is on file) is swept at the next start.
 */
export function createChild(plan: ChildPlan): Part {
  const logFile = path.join(plan.runFolder, `${plan.name}.log`);
  const pidFile = path.join(plan.runFolder, `${plan.name}.pid`);
  let child: ChildProcess | undefined;
  let isWanted = false;
  let starting: Promise<void> | undefined;

  const onGone = (how: string): void => {
    rmSync(pidFile, { force: true });
    if (child !== undefined) living.delete(child);
    child = undefined;
    if (!isWanted || starting !== undefined) return;
    plan.onProgress(`${plan.name} ended by itself (${how}), its log is ${logFile}`);
    if (plan.restart) void revive();
  };

  const launch = async (): Promise<void> => {
    const launched = spawnLogged(plan, await tiedToParent(), logFile);
    child = launched;
    launched.once('error', (error) => onGone(error.message));
    launched.once('exit', (code, signal) => onGone(signal ?? `code ${code}`));
    living.add(launched);
    if (launched.pid !== undefined) writeFileSync(pidFile, `${launched.pid}-${await birthOf(launched.pid)}`);
    await untilAnswering(plan, launched, logFile);
  };

  const start = async (): Promise<void> => {
    isWanted = true;
    if (child !== undefined && starting === undefined) return;
    starting ??= launch().finally(() => (starting = undefined));
    await starting;
  };

  const revive = async (): Promise<void> => {
    for (;;) {
      await sleep(reviveAfterMs);
      if (!isWanted) return;
      try {
        await start();
        plan.onProgress(`${plan.name} is back`);
        return;
      } catch (error) {
        plan.onProgress(error instanceof Error ? error.message : String(error));
      }
    }
  };

  const kill: Part['kill'] = async (signal) => {
    const isEnd = signal === 'SIGKILL' || signal === 'SIGTERM';
    if (isEnd) isWanted = false;
    const target = child;
    target?.kill(signal);
    if (isEnd && target !== undefined) await ended(target);
  };

  const stop = async (): Promise<void> => {
    if (child !== undefined && !plan.isDisposable) await endCleanly(child, kill('SIGTERM'));
    await kill('SIGKILL');
  };

  return { start, kill, stop };
}
