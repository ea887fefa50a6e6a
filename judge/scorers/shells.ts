import { parseJson } from '../../openai/json-value.ts';

/**
 * Texts that hold something and say nothing: white space of any kind, a thinking block alone, a code block around nothing, a
 * program's word for nothing. What an agent that is broken sends where an answer should be.
 */

/** A longer text is no shell, but for its thinking. */
const MAX_CHARACTERS = 300;

/** What nobody sees: white space, and signs without width or ink. */
const SEEN = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/u;
const UNSEEN_ENDS =
  /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]+|[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]+$/gu;
const isBlank = (text: string): boolean => !SEEN.test(text);

const THINKING = /^\s*<(think|thinking|thought|reasoning|scratchpad)>/i;
const THINKING_ENDS = ['</think>', '</thinking>', '</thought>', '</reasoning>', '</scratchpad>'];

/** What follows the thinking that models write into their text. Templates open it themselves, so that only its end may be there. */
export const withoutThinking = (text: string): string => {
  if (!text.includes('<')) return text;
  const end = Math.max(
    ...THINKING_ENDS.map((mark) => text.lastIndexOf(mark) + (text.includes(mark) ? mark.length : 0)),
  );
  if (end > 0) return text.slice(end);
  return THINKING.test(text) ? '' : text;
};

/** A code block that is all of the text. */
const FENCE = /^(`{3,}|~{3,})[\w+-]{0,20}(?:[ \t]*\n)?([\s\S]*?)\1$/;
/** What a template leaves. */
const TOKENS = /<\|[^|<>]{1,40}\|>|<\/?(?:s|eos|bos|pad|unk)>|\[\/?INST\]/g;
const LABEL =
  /^(?:\*\*)?(?:assistant|ai|bot|agent|answer|final answer|response|output|reply)(?:\*\*)?\s*[:：](?:\*\*)?$/i;
const EMPTY_ELEMENTS = /<(\w{1,20})[^<>]{0,60}>\s*<\/\1>|<br ?\/?>|&(?:nbsp|#160|zwnj|#8203);/gi;
/** Of one alone, people may have asked. */
const MARKS = /^(?:[.…]|[#*_>`~|=.…·•"'“”‘’«»‹›„–—\s-]{2,})$/;
const NOTHING_WORDS = /^["'`(<[]{0,2}(?:null|undefined|nil|NaN|\[?object Object\]?|None)["'`)>\]]{0,2}$/;

const holdsNothing = (value: unknown): boolean => {
  if (value === null || value === undefined) return true;
  if (typeof value === 'string') return isBlank(value);
  return typeof value === 'object' && Object.values(value).every(holdsNothing);
};

const isEmptyJson = (text: string): boolean => {
  if (!/^[[{"]/.test(text)) return false;
  const value = parseJson(text);
  return value !== undefined && holdsNothing(value);
};

type Shell = { kind: 'blank' | 'shell'; what: string } | null;

/**
 * What a text that says nothing is; null of one that says something. `blank`: there is nothing to be seen, whatever was asked.
 * `shell`: there is something that a person may have asked for, such as the empty list. The thinking is left out before.
 */
export const shellOf = (text: string): Shell => {
  if (isBlank(text)) return { kind: 'blank', what: 'there is nothing to be seen' };
  if (text.length > 2 * MAX_CHARACTERS) return null;
  const bare = text.replaceAll(UNSEEN_ENDS, '');
  if (bare.length > MAX_CHARACTERS) return null;
  const inFence = FENCE.exec(bare)?.[2];
  if (inFence !== undefined && isBlank(inFence)) return { kind: 'blank', what: 'a code block around nothing' };
  if (isBlank(bare.replaceAll(TOKENS, ''))) return { kind: 'blank', what: 'marks of a template' };
  if (LABEL.test(bare)) return { kind: 'blank', what: "a speaker's name and nothing said" };
  const inner = (inFence ?? bare).replaceAll(UNSEEN_ENDS, '');
  if (NOTHING_WORDS.test(inner)) return { kind: 'shell', what: "a program's word for nothing" };
  if (isEmptyJson(inner)) return { kind: 'shell', what: 'JSON with nothing in it' };
  if (MARKS.test(bare)) return { kind: 'shell', what: 'marks without a word' };
  if (isBlank(bare.replaceAll(EMPTY_ELEMENTS, ''))) return { kind: 'shell', what: 'HTML without a word' };
  return null;
};
