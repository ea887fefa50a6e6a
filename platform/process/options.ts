import { readFileSync } from 'node:fs';
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
  /** A secret may also stand in a file, named by the variable with `_FILE` at its end; its value is a `Secret`. */
  isSecret?: boolean;
};

/**
 * A password, token or key, and where it came from. One that stands in a file is read anew at each use, so that a changed
 * file counts from the next connection on. Plain data: it can be handed to a worker, and says nothing when it is printed.
 */
export type Secret = { variable: string } & ({ file: string } | { hidden: Uint8Array });

/** All options of a program, under the names by which its code knows their values. */
export type Options = Readonly<Record<string, Option>>;

export type Values<O extends Options> = {
  [K in keyof O]: O[K] extends { isSecret: true } ? Secret | null : z.output<O[K]['type']>;
};

export const option = <T extends z.ZodType<Value>>(name: string, type: T, prose: string): Option<T> => ({
  name,
  type,
  prose,
});

/** An option that is a secret. `type` is what its text must be; a secret has no default but none. */
export const secretOption = <T extends z.ZodType<string | undefined>>(
  name: string,
  type: T,
  prose: string,
): Option<T> & { isSecret: true } => ({ name, type, prose, isSecret: true });

/** What is wrong with the environment: one line for each variable. */
export class EnvError extends Error {
  override name = 'EnvError';
}

const fileVariable = (name: string): string => `${name}_FILE`;

/** Editors end a file with a line break, which belongs to no password. */
const textOfFile = (file: string): string => readFileSync(file, 'utf8').replace(/\r?\n$/, '');

/** The secret as it is now. Throws a line that names the variable, not the secret, where its file can't be read. */
export const secretText = (secret: Secret): string => {
  if ('hidden' in secret) return Buffer.from(secret.hidden).toString();
  try {
    return textOfFile(secret.file);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new Error(`the file of ${fileVariable(secret.variable)} can't be read (${reason})`, { cause: error });
  }
};

/** The secret that a variable or its file gives; a string is what is wrong with it. */
const readSecret = ({ name, type, prose }: Option, env: NodeJS.ProcessEnv): Secret | null | string => {
  const [text, file] = [env[name], env[fileVariable(name)]];
  if (text && file) return `${name} and ${fileVariable(name)} are both set; keep one`;
  const secret: Secret | null = file
    ? { variable: name, file }
    : text
      ? { variable: name, hidden: new TextEncoder().encode(text) }
      : null;
  try {
    const read = type.safeParse(secret === null ? undefined : secretText(secret) || undefined);
    if (read.success) return secret;
    const reasons = read.error.issues.map(({ message }) => message).join(', ');
    if (secret === null) return `${name} is missing; it wants ${prose}`;
    return `${file ? fileVariable(name) : name} is wrong (${reasons}); it wants ${prose}`;
  } catch (error) {
    return (error as Error).message;
  }
};

/**
 * The values that the environment gives to the options. An empty variable counts as unset. Throws EnvError with one line
 * for each variable that is wrong or missing: its name and what it wants, never its value.
 */
export const readOptions = <O extends Options>(options: O, env: NodeJS.ProcessEnv): Values<O> => {
  const values: Record<string, unknown> = {};
  const complaints: string[] = [];
  for (const [key, one] of Object.entries(options)) {
    if (one.isSecret) {
      const secret = readSecret(one, env);
      if (typeof secret === 'string') complaints.push(secret);
      else values[key] = secret;
      continue;
    }
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
  Object.values(options).map((one) => [
    one.name,
    defaultOf(one),
    one.isSecret ? `${one.prose}; or ${fileVariable(one.name)}, a file that holds it` : one.prose,
  ]);

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
