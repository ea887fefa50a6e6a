import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Processes pinned to cores, and what they use of the machine, read from /proc; null where there is none. */

export const TARGET_CORE = 0;
export const LOAD_CORE = 1;
const TICK_US = 10_000;
const STOP_WITHIN_MS = 3_000;

const canPin = ((): boolean => {
  try {
    execFileSync('taskset', ['-c', String(LOAD_CORE), 'true'], { stdio: 'ignore' });
    return availableParallelism() > LOAD_CORE;
  } catch {
    return false;
  }
})();

/** What is wrong with this machine for measuring; null if nothing is. */
export const pinningTrouble = (): string | null =>
  canPin ? null : 'one core or no taskset: nothing is pinned, and load and target take each other’s time';

/** This process with all its threads, and so all that it starts, on the core of the load. */
export const pinSelf = (): void => {
  if (!canPin) return;
  execFileSync('taskset', ['-a', '-c', '-p', String(LOAD_CORE), String(process.pid)], { stdio: 'ignore' });
};

export type Program = {
  command: string;
  args: readonly string[];
  env?: Record<string, string>;
  /** The working directory, this process' own unless told. */
  cwd?: string;
};
export type Child = {
  pid: number;
  hasEnded: () => boolean;
  /** Asks it to end, and kills it if it takes longer than 3 s unless told. */
  stop: (withinMs?: number) => Promise<void>;
};

const groups = new Set<number>();
const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal);
  } catch {
    // It is gone already.
  }
};
process.on('exit', () => {
  for (const pid of groups) signalGroup(pid, 'SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

/** Starts a program on a core, in a process group of its own that ends with this process at the latest. */
export const startOn = (core: number, program: Program, logFile: string): Child => {
  const [command = '', ...args] = [
    ...(canPin ? ['taskset', '-c', String(core)] : []),
    program.command,
    ...program.args,
  ];
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, {
    env: { ...process.env, ...program.env },
    stdio: ['ignore', log, log],
    detached: true,
    ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be run`);
  groups.add(pid);
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    pid,
    hasEnded,
    stop: async (withinMs = STOP_WITHIN_MS) => {
      if (!groups.has(pid)) return;
      const ended = new Promise<void>((resolve) => {
        if (hasEnded()) resolve();
        else child.once('exit', () => resolve());
      });
      signalGroup(pid, 'SIGTERM');
      await Promise.race([ended, sleep(withinMs, undefined, { ref: false })]);
      signalGroup(pid, 'SIGKILL');
      await ended;
      groups.delete(pid);
    },
  };
};

const statOf = (pid: number): string[] => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  } catch {
    return [];
  }
};

/** A process and all its descendants. */
export const treeOf = (root: number): number[] => {
  const children = new Map<number, number[]>();
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const parent = Number(statOf(Number(name))[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    }
  } catch {
    return [root];
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
};

/** User and system time of processes so far, their ended children's too, in microseconds; of all threads, in steps of 10 ms. */
export const cpuUsOf = (pids: readonly number[]): number => {
  let ticks = 0;
  for (const pid of pids) for (const field of statOf(pid).slice(11, 15)) ticks += Number(field);
  return ticks * TICK_US;
};

/** Resident memory of processes in MB (10^6 bytes); null without /proc. */
export const rssMbOf = (pids: readonly number[]): number | null => {
  let kib = 0;
  for (const pid of pids) {
    try {
      kib += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      // It ended meanwhile.
    }
  }
  return kib === 0 ? null : (kib * 1_024) / 1e6;
};

/** What all processors together were busy so far, in microseconds; 0 without /proc. */
export const busyUs = (): number => {
  try {
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = readFileSync('/proc/stat', 'utf8')
      .split('\n')[0]!
      .split(/\s+/)
      .slice(1)
      .map(Number);
    return (user + nice + system + irq + softirq) * TICK_US;
  } catch {
    return 0;
  }
};

/** How many files a process here may have open. */
export const openFilesLimit = (): number => {
  const said = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  return said === 'unlimited' ? 1_000_000 : Number(said);
};
