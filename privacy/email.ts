import { type Effort, spend, STEPS } from './effort.ts';
import type { PiiHit } from './pii-hit.ts';

/**
 * Scripts that part words by spaces: in others an address would swallow the words around it. A label has at most 63
 * characters (RFC 1035, section 2.3.4).
 */
const LETTER = '\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}';
const LOCAL_CHARACTER = new RegExp(`[${LETTER}\\p{M}0-9._%+'-]`, 'u');
const MAX_LOCAL_CHARACTERS = 128;
const DOMAIN = new RegExp(
  ` ?((?:[${LETTER}0-9][${LETTER}\\p{M}0-9_-]{0,62}\\.){1,8}(?:xn--[a-z0-9-]{2,59}|[${LETTER}]{2,24}))`,
  'uy',
);
/** Spelled against harvesters: `jo (at) example (dot) com`. Plain words are out of reach, they are prose. */
const SPELLED_AT = /[([{] ?(?:at|arroba|ät) ?[)\]}]/giu;
const SPELLED_DOMAIN =
  / ?(?:[\p{L}\p{N}-]{1,63} ?(?:\.|[([{] ?(?:dot|punkt|punto|point) ?[)\]}]) ?){1,8}(?:[\p{L}]{2,24})/iuy;
/** `react@18.0.0-rc.x` and `logo@2x.png` are no addresses, and `git@` is nobody's. */
const NO_DOMAIN = /^\d{1,9}\.\d|^\d{1,2}x\.(?:png|jpe?g|gif|svg|webp)$/i;

const localBefore = (text: string, at: number): { start: number; name: string } | null => {
  const end = text[at - 1] === ' ' ? at - 1 : at;
  let start = end;
  const limit = Math.max(0, end - MAX_LOCAL_CHARACTERS);
  while (start > limit && LOCAL_CHARACTER.test(text[start - 1]!)) start -= 1;
  while (start < end && ".'%-".includes(text[start]!)) start += 1;
  return start === end ? null : { start, name: text.slice(start, end) };
};

/** Addresses, looked for from each `@` to both sides, so that every character is read a bounded number of times. */
export const findEmails = (text: string, hits: PiiHit[], effort: Effort): void => {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (!spend(effort, STEPS.sign)) return;
    DOMAIN.lastIndex = at + 1;
    const domain = DOMAIN.exec(text);
    if (domain === null || NO_DOMAIN.test(domain[1]!)) continue;
    const local = localBefore(text, at);
    if (!spend(effort, STEPS.hit)) return;
    if (local !== null && local.name !== 'git') hits.push({ kind: 'email', start: local.start, end: DOMAIN.lastIndex });
  }
  if (!text.includes('(') && !text.includes('[') && !text.includes('{')) return;
  for (const { 0: word, index } of text.matchAll(SPELLED_AT)) {
    if (!spend(effort, STEPS.candidate)) return;
    SPELLED_DOMAIN.lastIndex = index + word.length;
    const local = localBefore(text, index);
    if (local !== null && SPELLED_DOMAIN.test(text))
      hits.push({ kind: 'email', start: local.start, end: SPELLED_DOMAIN.lastIndex });
  }
};
