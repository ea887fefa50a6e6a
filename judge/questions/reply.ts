import { jsonrepair } from 'jsonrepair';
import { z } from 'zod';
import type { Read } from '../answers/chat.ts';

const Echo = z.object({ canary: z.string().optional() });

const fail = (reason: string): { ok: false; reason: string } => ({ ok: false, reason });

/** Mending takes time by the cube of the length where quotes are amiss: 25 s of ten thousand characters. */
const MAX_REPAIRED_CHARACTERS = 1_000;
/** `1e`, `5.`, `-`: mending would make some other number of what is left of one. */
const BROKEN_NUMBER = /(?:[:[,\s][-+]|\d(?:\.|[eE][-+]?))\s*[,}\]]/;

const repaired = (text: string): unknown => {
  if (text.length > MAX_REPAIRED_CHARACTERS || BROKEN_NUMBER.test(text)) return undefined;
  try {
    return JSON.parse(jsonrepair(text));
  } catch {
    return undefined;
  }
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return repaired(text);
  }
};

/**
 * The one JSON object of a model's reply, by schema. Words and fences around it are let pass, and so are the slips that
 * models make within it (single quotes, trailing commas, comments), up to 1,000 characters. What lacks its end is not repaired,
 * for a number that was cut is another number; neither are two objects. Without the task's canary the reply may be about something else, such as
 * an instruction in what is judged. Never throws.
 */
export const readReply = <S extends z.ZodType>(schema: S, canary: string, reply: string): Read<z.output<S>> => {
  const json = parsed(reply.slice(reply.indexOf('{'), reply.lastIndexOf('}') + 1));
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return fail('the reply holds no JSON object');
  const echo = Echo.safeParse(json);
  if (!echo.success || echo.data.canary !== canary)
    return fail('the reply lacks the canary: it may follow what is judged instead of the task');
  const found = schema.safeParse(json);
  if (found.success) return { ok: true, value: found.data };
  const [issue] = found.error.issues;
  return fail(`the reply has no usable ${issue?.path.join('.') || 'content'}: ${issue?.message ?? 'it does not fit'}`);
};
