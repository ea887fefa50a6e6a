import { createInterface } from 'node:readline/promises';
import { plain } from './plain.ts';

/** Resolves if it may be done: `--yes` was given, or a person at the terminal says so. Rejects with what to do otherwise. */
export const confirmed = async (what: string, isYes: boolean): Promise<void> => {
  if (isYes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new Error(`${what}. If that is meant, say --yes`);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question(`${plain(what)}. Go on? [y/N] `).finally(() => asking.close());
  if (!/^y(es)?$/i.test(answer.trim())) throw new Error('nothing was done');
};
