import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const judgeMain = path.resolve(import.meta.dirname, '../judge/main.ts');
/** In turn. Far shorter than Kafka's session, so that the judge stays a member of its group. */
const STOPPED_MS = 180;
const RUNNING_MS = 20;
const LOOK_EVERY_MS = 500;

const run = promisify(execFile);

/** The process id of the judge among a story's children; undefined while there is none. */
const judgeOf = async (storyPid: number): Promise<number | undefined> => {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  const rows = stdout.split('\n').map((row) => row.trim().split(/\s+/));
  const found = rows.find(([, parent, ...args]) => Number(parent) === storyPid && args.includes(judgeMain));
  return found && Number(found[0]);
};

const signalled = (pid: number, signal: 'SIGSTOP' | 'SIGCONT'): boolean => {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
};

/**
 * Leaves a story's judge a tenth of its time, from when it starts until `end`, which resolves to the number of times that it was
 * stopped. The judge itself knows nothing of it.
 */
export const slowJudge = (storyPid: number): { end(): Promise<number> } => {
  const over = new AbortController();
  let stops = 0;
  const slowing = (async (): Promise<void> => {
    let pid: number | undefined;
    while (!over.signal.aborted) {
      pid ??= await judgeOf(storyPid);
      if (pid === undefined) {
        await sleep(LOOK_EVERY_MS);
        continue;
      }
      if (!signalled(pid, 'SIGSTOP')) {
        pid = undefined;
        continue;
      }
      stops += 1;
      await sleep(STOPPED_MS);
      signalled(pid, 'SIGCONT');
      await sleep(RUNNING_MS);
    }
  })();
  return {
    end: async () => {
      over.abort();
      await slowing;
      return stops;
    },
  };
};
