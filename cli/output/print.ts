import { plainJson, plainLines } from './plain.ts';

/** Data, for whoever asked. Whatever a line is made of, it moves no cursor. */
export const print = (...lines: readonly (string | readonly string[])[]): void => {
  for (const line of lines.flat()) process.stdout.write(`${plainLines(line)}\n`);
};

/** One JSON value on a line of its own. */
export const printJson = (value: unknown): void => void process.stdout.write(`${plainJson(value)}\n`);

/** What is said beside the data: progress, remarks, what to do. */
export const say = (...lines: readonly string[]): void => {
  for (const line of lines) process.stderr.write(`${plainLines(line)}\n`);
};
