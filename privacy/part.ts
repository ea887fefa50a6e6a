/** A part of a body, in UTF-16 units, `end` exclusive. */
export type Part = { start: number; end: number };
