import { jsonrepair } from 'jsonrepair';
import { z } from 'zod';
import { parseJson } from '../../openai/json-value.ts';
import type { Read } from '../answers/chat.ts';
import { objectsInReply } from './objects-in-reply.ts';

/** Objects with the canary that are tried, from the last. */
const MAX_CANDIDATES = 8;
const NO_OBJECT = 'the reply holds no JSON object';
const LACKS_CANARY = 'the reply lacks the canary: it may follow what is judged instead of the task';

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

const ESCAPABLE = '"\\/bfnrtu';

/** Line ends in strings and escapes that JSON does not know, which a long reason has most often; nothing else changes by it. */
const lightlyMended = (text: string): string =>
  text
    .replaceAll(/\p{Cc}/gu, ' ')
    .replaceAll(/\\(.)/gsu, (escape, escaped: string) => (ESCAPABLE.includes(escaped) ? escape : escaped));

const parsed = (text: string): unknown => parseJson(text) ?? parseJson(lightlyMended(text)) ?? repaired(text);

const readObject = <S extends z.ZodType>(schema: S, canary: string, text: string): Read<z.output<S>> => {
  const json = parsed(text);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return fail(NO_OBJECT);
  const echo = Echo.safeParse(json);
  if (!echo.success || echo.data.canary !== canary) return fail(LACKS_CANARY);
  const found = schema.safeParse(json);
  if (found.success) return { ok: true, value: found.data };
  const [issue] = found.error.issues;
  return fail(`the reply has no usable ${issue?.path.join('.') || 'content'}: ${issue?.message ?? 'it does not fit'}`);
};

/** Some write all of their reply as one JSON string. */
const asText = (reply: string): string => {
  const value = /^\s*"/.test(reply) ? parseJson(reply) : null;
  return typeof value === 'string' ? value : reply;
};

/**
 * The verdict in a model's reply: of the objects that stand side by side in it, outside of what it thought aloud, the last that
 * has the task's canary and fits the schema. Words, braces and fences around it are let pass, and so are the slips that
 * models make within it: line ends and odd escapes in strings; single quotes, trailing commas, comments up to 1,000 characters. What lacks its end is not repaired,
 * for a number that was cut is another number. Without the canary an object may be about something else, such as an instruction
 * in what is judged. Never throws.
 */
export const readReply = <S extends z.ZodType>(schema: S, canary: string, reply: string): Read<z.output<S>> => {
  const objects = objectsInReply(asText(reply));
  let reason = objects.length === 0 ? NO_OBJECT : LACKS_CANARY;
  const candidates = objects.filter((text) => text.includes(canary)).slice(-MAX_CANDIDATES);
  for (const [i, text] of candidates.toReversed().entries()) {
    const read = readObject(schema, canary, text);
    if (read.ok) return read;
    if (i === 0) ({ reason } = read);
  }
  return fail(reason);
};
