import type { z } from 'zod';

type Value = string | number | boolean | string[] | undefined;

/** One thing that can be set from outside, by a variable of the environment. */
export type Option<T extends z.ZodType<Value> = z.ZodType<Value>> = {
  /** The variable's name. */
  name: string;
  /** What its text must be, what value it stands for, and its default; without a default the variable is needed. */
  type: T;
  /** What it means, with its unit. It ends a complaint, the help text and the README's table alike. */
  prose: string;
};

/** All options of a program, under the names by which its code knows their values. */
export type Options = Readonly<Record<string, Option>>;

export type Values<O extends Options> = { [K in keyof O]: z.output<O[K]['type']> };

export const option = <T extends z.ZodType<Value>>(name: string, type: T, prose: string): Option<T> => ({
  name,
  type,
  prose,
});

/** What is wrong with the environment: one line for each variable. */
export class EnvError extends Error {
  override name = 'EnvError';
}

/**
 * The values that the environment gives to the options. An empty variable counts as unset. Throws EnvError with one line
 * for each variable that is wrong or missing: its name and what it wants, never its value.
 */
export const readOptions = <O extends Options>(options: O, env: NodeJS.ProcessEnv): Values<O> => {
  const values: Record<string, unknown> = {};
  const complaints: string[] = [];
  for (const [key, one] of Object.entries(options)) {
    const read = one.type.safeParse(env[one.name] || undefined);
    if (read.success) values[key] = read.data;
    else complaints.push(complaintOf(one, env, read.error));
  }
  if (complaints.length > 0) throw new EnvError(complaints.join('\n'));
  return values as Values<O>;
};

const complaintOf = ({ name, prose }: Option, env: NodeJS.ProcessEnv, { issues }: z.ZodError): string => {
  const reasons = issues.map(({ message }) => message).join(', ');
  return `${name} ${env[name] ? `is wrong (${reasons})` : 'is missing'}; it wants ${prose}`;
};

/** An option's default in words: `needed` where there is none, `none` where nothing stands for it. */
const defaultOf = ({ type }: Option): string => {
  const read = type.safeParse(undefined);
  if (!read.success) return 'needed';
  if (read.data === Number.POSITIVE_INFINITY) return 'no limit';
  return String(read.data ?? '') || 'none';
};

/** A row for each option: the variable, its default in words, and what it means. */
export const optionRows = (options: Options): [name: string, fallback: string, prose: string][] =>
  Object.values(options).map((one) => [one.name, defaultOf(one), one.prose]);

/** What `--help` prints. */
export const helpText = (program: string, options: Options): string =>
  [
    `${program} is set by variables of its environment; an empty one counts as unset.`,
    ...optionRows(options).map(
      ([name, fallback, prose]) =>
        `\n${name} (${fallback === 'needed' ? fallback : `default: ${fallback}`})\n    ${prose}`,
    ),
    '',
  ].join('\n');
