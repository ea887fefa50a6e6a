import { readdirSync, readFileSync } from 'node:fs';

/** Stands in the environment of an agent and of all that it starts, wherever they went: `setsid` leaves a group, nobody leaves this. */
const COOKIE = 'COALMINE_GATE_AGENT';

export const cookieOf = (run: string): Record<string, string> => ({ [COOKIE]: run });

const isOf = (run: string, pid: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`${COOKIE}=${run}`);
  } catch {
    // It has ended, or is another user's.
    return false;
  }
};

/** The processes of a run that live, where the kernel tells (Linux); those that ended and wait to be fetched are none. */
const livingOf = (run: string): number[] | null => {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && isOf(run, name))
      .map(Number);
  } catch {
    return null;
  }
};

const signal = (pid: number, name: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
};

/** Sends it to the agent's process group, and to whatever else the agent has started. */
export const signalTree = (run: string, leader: number, name: NodeJS.Signals): void => {
  signal(-leader, name);
  for (const pid of livingOf(run) ?? []) signal(pid, name);
};

export const isTreeAlive = (run: string, leader: number): boolean => {
  const living = livingOf(run);
  return living === null ? signal(-leader, 0) : living.length > 0;
};
