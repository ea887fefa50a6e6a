import { PII_KINDS, type PiiHit } from './pii-hit.ts';

/** What stands in a text in place of what is personal; nothing in it needs an escape in JSON. */
export const markOf = (kind: PiiHit['kind']): string => `[${kind.toUpperCase()}]`;

const anyOf = (kinds: readonly PiiHit['kind'][]): string =>
  kinds.map((kind) => markOf(kind).replaceAll(/[[\]]/g, String.raw`\$&`)).join('|');

/** All marks of personal data in a text. */
export const MARKS = new RegExp(anyOf(PII_KINDS), 'g');
/** Any mark, that of a shortened text's end among them. */
export const ANY_MARK = new RegExp(anyOf([...PII_KINDS, 'cut']));
