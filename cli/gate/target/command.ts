import path from 'node:path';
import { request } from 'undici';
import { scrub } from '../../../platform/process/log.ts';
import type { Clock } from '../../../platform/process/clock.ts';
import type { GateTarget } from '../../../schemas/gate-target.ts';
import { type KeptAgent, startAgent } from './kept-agent.ts';
import { type Target, TargetError } from './target.ts';
import { type CallOptions, openUrl } from './url.ts';
import { workTreeId } from './work-tree.ts';

export type CommandPlan = Extract<GateTarget, { kind: 'command' }>;
export type CommandOptions = CallOptions & { clock: Clock; logFile: string; signal: AbortSignal };

const LOOK_EVERY_MS = 50;
const PROBE_TIMEOUT_MS = 2_000;

/** Whether somebody answers there, and if with a 2xx. */
const probe = async (url: string): Promise<'ready' | 'not ready' | 'nobody'> => {
  try {
    const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await body.dump();
    return statusCode >= 200 && statusCode < 300 ? 'ready' : 'not ready';
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'not ready' : 'nobody';
  }
};

/** Variables that are another in each terminal or run of CI, and that no agent's answers depend on. Any other one may say which prompt is in use. */
const OF_THE_RUN =
  /^(_|SHLVL|PWD|OLDPWD|COLUMNS|LINES|WINDOWID|DISPLAY|LS_COLORS|PATH|NODE_COMPILE_CACHE|INIT_CWD|NO_COLOR|FORCE_COLOR)$|^(npm_|GITHUB_|RUNNER_|ACTIONS_|CI_|GITLAB_|SSH_|XDG_|DBUS_|TERM|TMUX|VSCODE_|VITEST)/;

const settingsIn = (env: NodeJS.ProcessEnv): [string, string | undefined][] =>
  Object.entries(env)
    .filter(([name]) => !OF_THE_RUN.test(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));

/** As it would be typed, but for what nobody is to see. */
const told = (command: readonly string[]): string => scrub(command.join(' '));

const endedBy = (agent: KeptAgent, { command }: CommandPlan, logFile: string, when: string): TargetError => {
  const words = agent.lastWords();
  return new TargetError(
    `the agent (${told(command)}) ended by itself ${when}: ${agent.ended()}; its log ${logFile} ${words === '' ? 'is empty' : `ends: ${words}`}`,
  );
};

const untilReady = async (agent: KeptAgent, plan: CommandPlan, { clock, logFile, signal }: CommandOptions) => {
  const { readyUrl, readyTimeoutMs, command } = plan;
  const deadlineMs = clock.nowMs() + readyTimeoutMs;
  let last = 'nobody answers there';
  for (;;) {
    const found = await probe(readyUrl);
    if (agent.ended() !== null) throw endedBy(agent, plan, logFile, 'before it was ready');
    if (found === 'ready') return;
    if (found === 'not ready') last = 'it answers, but not with a 2xx';
    signal.throwIfAborted();
    if (clock.nowMs() > deadlineMs)
      throw new TargetError(
        `the agent (${told(command)}) was not ready at ${readyUrl} within ${readyTimeoutMs / 1_000} s: ${last}; its log is ${logFile}`,
      );
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
};

/**
 * Starts the agent, waits for it, and asks it until the target is closed. What its folder's git tree holds is part of its identity, so that answers of
 * the same code and prompts need not be asked twice.
 */
export const openCommand = async (plan: CommandPlan & { model: string }, options: CommandOptions): Promise<Target> => {
  const { command, readyUrl, env, cwd } = plan;
  const folder = path.resolve(cwd ?? '.');
  if ((await probe(readyUrl)) !== 'nobody')
    throw new TargetError(
      `something answers at ${readyUrl} before the agent is started: end it, or give the agent another port, lest the gate ask the wrong one`,
    );
  const endpoint = openUrl(plan, options);
  const tree = await workTreeId(folder);
  const agentEnv = { ...options.env, ...env };
  const agent = startAgent(command, folder, agentEnv, options.logFile);
  const close = async (): Promise<void> => {
    await Promise.all([agent.stop(), endpoint.close()]);
  };
  try {
    await untilReady(agent, plan, options);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name: options.mask(told(command)),
    identity: JSON.stringify({ command, folder, env: settingsIn(agentEnv), endpoint: endpoint.identity, tree }),
    isContent: tree !== null,
    isRecorded: false,
    maxRepeats: Number.POSITIVE_INFINITY,
    prices: plan.prices,
    ask: async (asked, repeat, signal) => {
      const attempt = await endpoint.ask(asked, repeat, signal);
      if (agent.ended() !== null) throw endedBy(agent, plan, options.logFile, 'while it was asked');
      return attempt;
    },
    close,
  };
};
