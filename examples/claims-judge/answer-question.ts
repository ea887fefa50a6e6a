import { z } from 'zod';
import { judgeClaims } from './claims.ts';
import { judgeParts } from './parts.ts';
import { judgeStatements } from './statements.ts';

const said = z.array(z.object({ role: z.string(), content: z.string() }));
const asked = z.discriminatedUnion('task', [
  z.object({
    task: z.literal('claims'),
    exchange: z.object({ context: said, answer: z.string() }),
    canary: z.string(),
  }),
  z.object({
    task: z.literal('relevancy'),
    exchange: z.object({ conversation: said, answer: z.string() }),
    canary: z.string(),
  }),
  z.object({
    task: z.literal('completion'),
    exchange: z.object({ conversation: said, results: z.array(z.string()), answer: z.string() }),
    canary: z.string(),
  }),
]);
type Asked = z.infer<typeof asked>;

/** The messages of a prompt; the last one's content is the JSON object that holds the task. */
export type AskedPrompt = { messages: readonly { role: string; content: string }[] };

/**
 * Answers a question of the built-in metrics (`task`: claims, relevancy or completion) in the JSON that it asks for, by
 * sentences and shared words alone: always the same answer to the same prompt, nothing in the exchange is followed. It makes the
 * pipeline run without a model; of how well a model judges it says nothing. Throws where the prompt holds no such task.
 */
export function answerQuestion({ messages }: AskedPrompt): string {
  const question = asked.parse(JSON.parse(messages.at(-1)?.content ?? ''));
  return JSON.stringify({ ...verdictsOf(question), canary: question.canary });
}

/** Whether a prompt holds a task that `answerQuestion` answers. */
export function isQuestion({ messages }: AskedPrompt): boolean {
  try {
    return asked.safeParse(JSON.parse(messages.at(-1)?.content ?? '')).success;
  } catch {
    return false;
  }
}

function verdictsOf(question: Asked): object {
  const { task, exchange } = question;
  if (task === 'claims') {
    const claims = judgeClaims(exchange.context, exchange.answer);
    return { claims, total: claims.length };
  }
  if (task === 'relevancy') {
    const statements = judgeStatements(exchange.conversation, exchange.answer);
    return { statements, total: statements.length };
  }
  const parts = judgeParts(exchange.conversation, exchange.results, exchange.answer);
  return { parts, total: parts.length };
}
