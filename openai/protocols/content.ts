import { isObject, type Json } from '../json-value.ts';

export const stringOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What a model thinks before it speaks is no part of what it says: `thinking`, `redacted_thinking`, `reasoning_text`, `summary_text`. */
const UNSPOKEN = /^(?:(?:redacted_)?(?:think|thought|reasoning)|summary_text$)/i;

/** By its type, or by Gemini's mark of a thought. */
const isUnspoken = (part: Json): boolean => part['thought'] === true || UNSPOKEN.test(stringOf(part['type']));

const partsOf = (content: unknown): readonly unknown[] => (Array.isArray(content) ? content : [content]);

const textOfPart = (part: unknown): string => {
  if (!isObject(part)) return stringOf(part);
  if (isUnspoken(part)) return '';
  const { text } = part;
  return stringOf(isObject(text) ? text['value'] : text);
};

/** The text of a content: plain, one part, or a list of parts; '' of what is none of them. */
export const contentText = (content: unknown): string =>
  typeof content === 'string' ? content : partsOf(content).map(textOfPart).join('');

/** What the parts of a content say in the field for refusals. */
export const contentRefusal = (content: unknown): string =>
  typeof content === 'string'
    ? ''
    : partsOf(content)
        .map((part) => (isObject(part) ? stringOf(part['refusal']) : ''))
        .join('');

/** What people see or hear beside text, and what a client is to do beside calls of its tools, by the type of part or item. */
const MORE =
  /^(?:(?:input_|output_)?(?:image|image_url|audio|video|file|document)|(?:image_generation|computer|shell|local_shell|apply_patch|code_interpreter)_call|mcp_approval_request)$/;

/** Whether a part of a content, or an item of a response, is such a thing. */
export const isMore = (part: unknown): boolean => isObject(part) && MORE.test(stringOf(part['type']));

/** The same of any part of a content. */
export const hasMore = (content: unknown): boolean => Array.isArray(content) && content.some(isMore);

/** Whether a member can be a content at all. */
export const isContent = (content: unknown): boolean =>
  content === undefined || content === null || typeof content === 'string' || typeof content === 'object';

export const textOrNull = (text: string): string | null => (text === '' ? null : text);

/** A reason such as `finish_reason`: null where it is no text, or none. */
export const reasonOrNull = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

/** A value's JSON text; null if it is nested so deep that the stack does not hold it. */
export const jsonText = (value: unknown): string | null => {
  try {
    return JSON.stringify(value) ?? null;
  } catch {
    return null;
  }
};

/** The named member of an object, an object itself; undefined else. */
export const objectAt = (value: Json, name: string): Json | undefined => {
  const member = value[name];
  return isObject(member) ? member : undefined;
};
