import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { maskOf } from '../secrets.ts';
import { cookieOf, isTreeAlive, signalTree } from './agent-tree.ts';
import type { KeeperPlan } from './kept-agent.ts';

/**
 * The process between a gate and the agent that it starts. It outlives the gate by as long as it takes to end the agent with all its
 * children: its standard input is a pipe that the gate holds open and never writes to, which the kernel closes whichever way the gate ends. It says on
 * standard output what became of the agent, and puts what that says into a log, without the secrets of the environment.
 */
const GRACE_MS = 5_000;
const LOOK_EVERY_MS = 25;

const { command, cwd, logFile, run } = JSON.parse(process.argv[2] ?? '') as KeeperPlan;
const [program = '', ...args] = command;

const tell = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`);
// Whom to tell may be gone.
process.stdout.on('error', () => {});

const mask = maskOf([process.env]);
const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
const copyLines = (from: Readable): void =>
  void createInterface({ input: from }).on('line', (line) => log.write(`${mask(line)}\n`));

const agent = spawn(program, args, {
  cwd,
  env: { ...process.env, ...cookieOf(run) },
  stdio: ['ignore', 'pipe', 'pipe'],
  detached: true,
});
copyLines(agent.stdout);
copyLines(agent.stderr);

let isEnding = false;
const endAll = async (): Promise<void> => {
  if (isEnding) return;
  isEnding = true;
  const leader = agent.pid;
  if (leader !== undefined) {
    signalTree(run, leader, 'SIGTERM');
    const deadlineMs = performance.now() + GRACE_MS;
    while (isTreeAlive(run, leader) && performance.now() < deadlineMs) await sleep(LOOK_EVERY_MS);
    signalTree(run, leader, 'SIGKILL');
  }
  log.end(() => process.exit(0));
};

agent.once('spawn', () => tell({ started: agent.pid }));
agent.once('error', (error) => tell({ ended: mask(error.message) }));
agent.once('exit', (code, signal) => tell({ ended: signal ?? `code ${code}` }));
process.stdin.on('end', () => void endAll());
process.stdin.on('error', () => void endAll());
process.stdin.resume();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void endAll());
