import { statSync } from 'node:fs';
import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import { RESERVED_NAMES } from '../../schemas/actor.ts';
import { didYouMean } from '../../schemas/did-you-mean.ts';
import { Duration } from '../../schemas/duration.ts';
import { Limit } from '../../schemas/ingress-policy.ts';
import { plainUrlProblem } from '../../schemas/plain-url.ts';
import { ROLE_NAMES, type RoleName } from '../../schemas/roles.ts';
import { Name } from '../../schemas/routing-view.ts';

/** Values of options that may be given several times. */
export const collected = (text: string, before: readonly string[]): string[] => {
  if (text.trim() === '') throw new InvalidArgumentError('give a word');
  return [...before, text];
};

/** A name as documents have it. */
export const name = (text: string): string => {
  if (!Name.safeParse(text).success) throw new InvalidArgumentError('letters, digits, dot, dash, underscore');
  return text;
};

/** A name stands in the decision log, in sentences and in tables: one line, and none that a reader would take for ours. */
export const keyName = (text: string): string => {
  const name = text.trim();
  if (name === '' || name.length > 100) throw new InvalidArgumentError('give a name of 1 to 100 characters');
  if (/\p{C}/u.test(name)) throw new InvalidArgumentError('give a name without control characters');
  if (RESERVED_NAMES.includes(name.toLowerCase()))
    throw new InvalidArgumentError(`${name} is what coalmine calls a part of its own; take another name`);
  return name;
};

export const roles = (text: string, before: readonly RoleName[]): RoleName[] => {
  const role = ROLE_NAMES.find((name) => name === text);
  if (role === undefined)
    throw new InvalidArgumentError(
      `there is no role ${text}${didYouMean(text, ROLE_NAMES)} Roles: ${ROLE_NAMES.join(', ')}`,
    );
  return [...before, role];
};

export const agents = (text: string, before: readonly string[]): string[] => {
  if (text !== '*' && !Name.safeParse(text).success) throw new InvalidArgumentError("give an agent's name, or '*'");
  return [...before, text];
};

export const claims = (text: string, before: Readonly<Record<string, string>>): Record<string, string> => {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('give name=value');
  return { ...before, [name]: value };
};

/** An http or https URL without credentials. */
export const plainUrl = (text: string): string => {
  const problem = plainUrlProblem(text);
  if (problem !== null) throw new InvalidArgumentError(`it ${problem}`);
  return text;
};

/** A file that is to be written in the end: whether it can be is known before anything is done. */
export const fileToWrite = (text: string): string => {
  const folder = path.dirname(path.resolve(text));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new InvalidArgumentError(`there is no folder ${folder}`);
  if (statSync(text, { throwIfNoEntry: false })?.isDirectory()) throw new InvalidArgumentError('that is a folder');
  return text;
};

/** A whole number of a range. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`give a whole number from ${least} to ${most}`);
    return value;
  };

/** Milliseconds. */
export const duration = (text: string): number => {
  const parsed = Duration.safeParse(text);
  if (!parsed.success || parsed.data === 0) throw new InvalidArgumentError('give a duration like 90d or 12h');
  return parsed.data;
};

/** `100/1m`, or `100/1m:20` with a burst of 20. */
export const limit = (text: string): Limit => {
  const [, requests, per, burst] = /^(\d+)\/([^:]+)(?::(\d+))?$/.exec(text) ?? [];
  const given = { requests: Number(requests), per, ...(burst === undefined ? {} : { burst: Number(burst) }) };
  const parsed = Limit.safeParse(given);
  if (!parsed.success || parsed.data.per === 0)
    throw new InvalidArgumentError('give requests/duration, like 100/1m, and a burst if you like: 100/1m:20');
  return parsed.data;
};
