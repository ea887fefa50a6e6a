import type { Body } from '../schemas/exchange.ts';

/**
 * What is known of an answer that was too long to keep: `text` is its beginning, `end` its last bytes, '' where it went on and nobody
 * could read it. The two may overlap, and something between them may be missing.
 */
export type CutAnswer = Pick<Body, 'contentType' | 'text'> & { end: string };

/** An answer as far as it is known: all of it, or its two ends. */
export type KeptAnswer = Pick<Body, 'contentType' | 'text'> | CutAnswer;

export const isCut = (answer: KeptAnswer): answer is CutAnswer => 'end' in answer;
