import { z } from 'zod';
import type { ChatRequest } from '../chat-api/chat-request.ts';
import { textOf } from '../chat-api/chat-request.ts';
import { applyRubric, compareByRubric, rubricSpec } from './rubric.ts';

/** A task has one answer to score, or two to compare. */
const scoring = z
  .looseObject({
    rubric: rubricSpec,
    exchange: z.looseObject({ request: z.string().default(''), answer: z.string() }),
    canary: z.string(),
  })
  .transform(({ rubric, exchange, canary }) => ({ ...applyRubric(rubric, exchange.answer), canary }));

const comparing = z
  .looseObject({
    rubric: rubricSpec,
    exchange: z.looseObject({ answers: z.looseObject({ first: z.string(), second: z.string() }) }),
    canary: z.string(),
  })
  .transform(({ rubric, exchange, canary }) => ({ ...compareByRubric(rubric, exchange.answers), canary }));

/** The reply to the task in a prompt, or what is wrong with it. */
export type Judged = { ok: true; reply: object } | { ok: false; message: string };

const formOf = (task: object): z.ZodType<object> => {
  const { exchange } = task as { exchange?: unknown };
  return typeof exchange === 'object' && exchange !== null && 'answers' in exchange ? comparing : scoring;
};

/**
 * Finds the task in the prompt and does it. Words may stand around the JSON object; of several objects the first that reads as
 * JSON and has a `rubric` counts. Objects are skipped whole, so that JSON inside an answer is never taken for the
 * task.
 */
export function judgeTask(request: ChatRequest): Judged {
  const asked = request.messages.findLast((entry) => entry.role === 'user');
  const text = asked === undefined ? '' : textOf(asked);
  for (const source of objectsIn(text)) {
    const value = readJson(source);
    if (typeof value !== 'object' || value === null || !('rubric' in value)) continue;
    const parsed = formOf(value).safeParse(value);
    if (parsed.success) return { ok: true, reply: parsed.data };
    const issue = parsed.error.issues[0];
    return { ok: false, message: `The task's ${(issue?.path ?? []).join('.')} is wrong: ${issue?.message ?? ''}.` };
  }
  const message = 'The last user message must hold one JSON object with "rubric" (or "task"), "exchange" and "canary".';
  return { ok: false, message };
}

/** The outermost {…} of a text, braces within JSON strings left aside. */
function* objectsIn(text: string): Generator<string> {
  let depth = 0;
  let start = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (inString && char === '\\') at += 1;
    else if (depth > 0 && char === '"') inString = !inString;
    else if (!inString && char === '{') {
      if (depth === 0) start = at;
      depth += 1;
    } else if (!inString && char === '}' && depth > 0) {
      depth -= 1;
      if (depth === 0) yield text.slice(start, at + 1);
    }
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
