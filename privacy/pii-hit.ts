/** What is looked for. */
export const PII_KINDS = ['email', 'phone', 'card', 'iban', 'ssn', 'ip', 'secret', 'birthdate'] as const;
export type PiiKind = (typeof PII_KINDS)[number];

/** A place in a text, in UTF-16 units, `end` exclusive. `cut`: what is left at the end of a shortened text of something that may be personal. */
export type PiiHit = { kind: PiiKind | 'cut'; start: number; end: number };
