import { atPointer } from '../../schemas/json-pointer.ts';
import {
  MAX_EARLIER,
  type IdentitySpec,
  type ReportedIdentity,
  reportedText,
} from '../../schemas/reported-identity.ts';

/** Who is asked which version it is. */
export type IdentityCall = { url: string; version: string };
/** What came of it. */
export type IdentityAnswer =
  | { status: number; header: (name: string) => string | undefined; text: string }
  | { failure: string };

/** As git shows commits. */
const MIN_COMMIT_CHARACTERS = 7;
const MIN_ID_CHARACTERS = 12;
/** A longer text is a page, and no name of a version. */
const MAX_PLAIN_CHARACTERS = 255;

const ofBody = (text: string, at: string): string | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    const found = typeof value === 'object' ? atPointer(value, at) : value;
    return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
  } catch {
    return text.length <= MAX_PLAIN_CHARACTERS && !text.trim().includes('\n') ? text : undefined;
  }
};

/** Which version an answer says that it is from; `reason` tells why none. */
export const readIdentity = (
  answer: IdentityAnswer,
  { header, at }: IdentitySpec,
): { identity: string; reason: '' } | { identity: null; reason: string } => {
  if ('failure' in answer) return { identity: null, reason: answer.failure };
  const said = answer.header(header) ?? (answer.status < 300 ? ofBody(answer.text, at) : undefined) ?? '';
  const identity = reportedText(said);
  return identity === ''
    ? { identity: null, reason: `status ${answer.status}, without ${header} and without a text at ${at}` }
    : { identity, reason: '' };
};

type Made = { label: string; id: string; code: string };

const isBeginning = (reported: string, whole: string, minCharacters: number): boolean =>
  reported.length >= minCharacters && whole.startsWith(reported);

/** Whether what an upstream says names this version: by its label, its id or its code, or what its document expects. */
export const isIdentityOf = (reported: string, { label, id, code }: Made, { expect }: IdentitySpec): boolean => {
  if (expect !== undefined) return reported === expect;
  const commit = code.startsWith('git:') ? code.slice('git:'.length) : '';
  return (
    reported === label ||
    reported === code ||
    isBeginning(reported, id, MIN_ID_CHARACTERS) ||
    isBeginning(reported, commit, MIN_COMMIT_CHARACTERS)
  );
};

/** In words for whoever applies; '' where it is as registered. */
export const identityNote = ({ label, identity, reason, matches }: ReportedIdentity): string => {
  if (matches) return '';
  return identity === null
    ? `the upstream of ${label} does not say which version it is (${reason})`
    : `the upstream of ${label} says that it is ${JSON.stringify(identity)}, which is not what is registered`;
};

/** The next record of what an upstream says; null where it said the same the last time. */
export const nextIdentity = (before: ReportedIdentity | undefined, now: ReportedIdentity): ReportedIdentity | null => {
  if (before === undefined) return now;
  if (before.identity === now.identity && before.matches === now.matches) return null;
  const { identity, reason, matches, atMs, earlier } = before;
  return { ...now, earlier: [{ identity, reason, matches, atMs }, ...earlier].slice(0, MAX_EARLIER) };
};
