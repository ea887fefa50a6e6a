import type { Match } from '../../schemas/routing-view.ts';
import { headerText } from '../protocol/header-text.ts';

/** What rules may ask of whoever sent a request. Header names are in lower case. */
export type Caller = {
  /** Whom stickiness follows: as it is named, whoever named it. */
  subject: string;
  /** Who it is for certain: the same where the caller may name subjects, else the caller himself. Rules ask for this one. */
  known: string;
  headers: ReadonlyMap<string, string>;
  groups: readonly string[];
  claims: Readonly<Record<string, string>>;
};

const ANY = '*';

const isOneOf = (wanted: readonly string[], value: string | undefined): boolean =>
  value !== undefined && (wanted.includes(value) || wanted.includes(ANY));

const textIn = (headers: Caller['headers'], name: string): string | undefined => {
  const value = headers.get(name);
  return value === undefined ? undefined : headerText(value);
};

/** Whether every part of the match that is not empty holds. A match that asks for nothing is for everyone. */
export const matches = (match: Match, caller: Caller): boolean => {
  const { subjects, groups, headers, claims } = match;
  if (subjects.length > 0 && !subjects.includes(caller.known)) return false;
  if (groups.length > 0 && !groups.some((group) => caller.groups.includes(group))) return false;
  for (const name in headers) if (!isOneOf(headers[name]!, textIn(caller.headers, name))) return false;
  for (const name in claims) {
    if (!isOneOf(claims[name]!, Object.hasOwn(caller.claims, name) ? caller.claims[name] : undefined)) return false;
  }
  return true;
};
