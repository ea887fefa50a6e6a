import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { parseJson } from '../../../openai/json-value.ts';
import { signalTree } from './agent-tree.ts';

/** What the keeper is told. */
export type KeeperPlan = { command: readonly string[]; cwd: string; logFile: string; run: string };

/** How long the keeper may take to end the agent: its own patience, and some. */
const END_TIMEOUT_MS = 10_000;
const LAST_LINES = 5;

const Told = z.union([z.object({ started: z.int() }), z.object({ ended: z.string() })]);

export type KeptAgent = {
  /** How the agent ended by itself: `code 1`; null while it lives. */
  ended: () => string | null;
  /** Aborts when it ends by itself. */
  signal: AbortSignal;
  /** The last that it said, in one line. */
  lastWords: () => string;
  /** Ends it with all its children. Resolves when they are gone. */
  stop: () => Promise<void>;
};

const lastLines = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-LAST_LINES).join(' | ').slice(-600);
  } catch {
    return '';
  }
};

const isGone = (keeper: ChildProcess): boolean => keeper.exitCode !== null || keeper.signalCode !== null;

const untilGone = (keeper: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (isGone(keeper)) return resolve();
    keeper.once('exit', () => resolve());
  });

/** Starts an agent under a keeper of its own, which ends it however this process ends. */
export const startAgent = (
  command: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  logFile: string,
): KeptAgent => {
  mkdirSync(path.dirname(logFile), { recursive: true, mode: 0o700 });
  rmSync(logFile, { force: true });
  const plan: KeeperPlan = { command, cwd, logFile, run: randomUUID() };
  const keeper = spawn(
    process.execPath,
    [fileURLToPath(new URL('agent-keeper.ts', import.meta.url)), JSON.stringify(plan)],
    {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    },
  );
  keeper.stdin.on('error', () => {});
  const gone = new AbortController();
  let leader: number | null = null;
  let ended: string | null = null;
  const end = (how: string): void => {
    ended ??= how;
    gone.abort();
  };
  createInterface({ input: keeper.stdout }).on('line', (line) => {
    const told = Told.safeParse(parseJson(line));
    if (!told.success) return;
    if ('started' in told.data) leader = told.data.started;
    else end(told.data.ended);
  });
  keeper.once('error', (error) => end(error.message));
  keeper.once('exit', (code, signal) => {
    // Whoever killed the keeper left the agent to us.
    if (leader !== null) signalTree(plan.run, leader, 'SIGKILL');
    end(`its keeper ended by ${signal ?? `code ${code}`}`);
  });
  return {
    ended: () => ended,
    signal: gone.signal,
    lastWords: () => lastLines(logFile),
    stop: async () => {
      keeper.stdin.end();
      const impatience = setTimeout(() => keeper.kill('SIGKILL'), END_TIMEOUT_MS);
      await untilGone(keeper);
      clearTimeout(impatience);
    },
  };
};
