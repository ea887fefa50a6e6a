import type { Prompt } from '../questions/prompt.ts';
import { replyTokensOf } from './spend.ts';

/** A list has each piece as a sentence of its own, its verdict beside it. */
const REPLY_FACTOR = 4;
/** For models that think before they reply, whose thoughts count. */
const THINKING_TOKENS = 2_048;
/** Of a model that used all of it up by thinking. */
const LONG_THINKING_FACTOR = 4;
/** No verdict needs more, and few models take more. */
const MAX_TOKENS = 32_768;

/** The next power of two, so that requests have few forms: what a model takes is remembered by form. */
const rounded = (tokens: number): number => 2 ** Math.ceil(Math.log2(tokens));

/**
 * The most output tokens that a reply may have: four times what its form needs as a rule, and room to think. What an answer makes
 * the judge write costs no more than that.
 */
export const replyLimitOf = ({ listed = '' }: Prompt, thinksLong: boolean): number => {
  const usual = Math.min(MAX_TOKENS, rounded(REPLY_FACTOR * replyTokensOf(listed) + THINKING_TOKENS));
  return thinksLong ? Math.min(MAX_TOKENS, LONG_THINKING_FACTOR * usual) : usual;
};
