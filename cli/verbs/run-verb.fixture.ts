import { messageOf } from '../../schemas/error-message.ts';
import type { Command, CommanderError } from 'commander';
import { vi } from 'vitest';
import { commandOf, EXIT, type Verb } from './verb.ts';

export type Ended = { code: number; stdout: string; stderr: string };

const overrideExits = (command: Command): void => {
  command.exitOverride((error) => {
    throw error;
  });
  for (const one of command.commands) overrideExits(one);
};

const exitCodeNow = (): number => Number(process.exitCode ?? 0);

const isCommanders = (error: unknown): error is CommanderError => error instanceof Error && 'exitCode' in error;

/** Runs a verb in this process as the program would, with its output caught, and more in the environment. */
export const runVerb = async (
  verb: Verb,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  let [stdout, stderr] = ['', ''];
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((stdout += String(text))) || true);
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((stderr += String(text))) || true);
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    const command = commandOf(verb);
    overrideExits(command);
    await command.parseAsync([...args], { from: 'user' });
    return { code: exitCodeNow(), stdout, stderr };
  } catch (error) {
    if (isCommanders(error)) return { code: error.exitCode === 0 ? 0 : EXIT.usage, stdout, stderr };
    return {
      code: 1,
      stdout,
      stderr: `${stderr}coalmine: ${messageOf(error)}\n`,
    };
  } finally {
    process.exitCode = before;
    out.mockRestore();
    err.mockRestore();
    vi.unstubAllEnvs();
  }
};
