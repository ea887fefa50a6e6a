import { PII_KINDS, type PiiHit } from './pii-hit.ts';

/** What stands in a text in place of what is personal; nothing in it needs an escape in JSON. */
export const markOf = (kind: PiiHit['kind']): string => `[${kind.toUpperCase()}]`;

const anyOf = (kinds: readonly PiiHit['kind'][]): RegExp =>
  new RegExp(String.raw`\[(?:${kinds.map((kind) => kind.toUpperCase()).join('|')})\]`, 'g');

const ALL_KINDS: readonly PiiHit['kind'][] = [...PII_KINDS, 'cut'];
const ANY_MARK = anyOf(ALL_KINDS);

/** All marks of personal data in a text. */
export const MARKS = anyOf(PII_KINDS);

/** Every mark there is, that of a shortened text's end among them. */
export const ALL_MARKS: ReadonlySet<string> = new Set(ALL_KINDS.map(markOf));

/** Where marks stand in a text, whoever wrote them. */
export const marksIn = (text: string): { mark: string; start: number; end: number }[] =>
  [...text.matchAll(ANY_MARK)].map(({ 0: mark, index }) => ({ mark, start: index, end: index + mark.length }));

/** Such a mark where somebody else wrote it: in a text that something was masked in, no other looks like redaction's own. */
export const disowned = (mark: string): string => mark.toLowerCase();
