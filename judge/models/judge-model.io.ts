import { z } from 'zod';
import type { Prompt } from '../questions/prompt.ts';
import type { AskModel } from './model-judge.ts';
import { createPost, type Endpoint, failed } from './endpoint.io.ts';

/** Null where the endpoint does not count them, or counts nonsense. */
const Tokens = z.number().int().nonnegative().max(1e9).nullable().catch(null);
/** A part that is no text, such as one of thinking, counts as an empty one. */
const Part = z
  .union([
    z.string(),
    z.object({ type: z.enum(['text', 'output_text']).optional(), text: z.string() }).transform(({ text }) => text),
  ])
  .catch('');
const Content = z.union([
  z.string(),
  z.array(Part).transform((parts) => parts.join('')),
  z.object({ type: z.enum(['text', 'output_text']), text: z.string() }).transform(({ text }) => text),
]);
const Completion = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: Content.nullish() }),
        finish_reason: z.string().nullish().catch(null),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: Tokens, completion_tokens: Tokens }).nullish().catch(null),
});

type Options = Endpoint & { name: string; replyFormat: 'json_object' | 'json_schema' | 'text' };

const formatOf = (replyFormat: Options['replyFormat'], { replySchema }: Prompt): object => {
  if (replyFormat === 'text') return {};
  if (replyFormat === 'json_object' || !replySchema) return { response_format: { type: 'json_object' } };
  const schema = { name: 'verdict', strict: true, schema: replySchema };
  return { response_format: { type: 'json_schema', json_schema: schema } };
};

/** By OpenAI's name and by those of others, which gateways let pass. */
const CUT: ReadonlySet<string> = new Set(['length', 'max_tokens', 'MAX_TOKENS']);

/** Asks a chat endpoint at temperature 0 for JSON. A reply that was cut at the model's limit counts as an empty one, but is paid for. */
export const createJudgeModel = ({ name, replyFormat, ...endpoint }: Options): AskModel => {
  const post = createPost(endpoint, 'chat/completions');
  return async (prompt) => {
    const { messages } = prompt;
    const posted = await post({ model: name, messages, temperature: 0, ...formatOf(replyFormat, prompt) });
    if (!posted.ok) return posted;
    const parsed = Completion.safeParse(posted.json);
    if (!parsed.success) return failed('did not answer with a chat completion', { isPaid: true });
    const { choices, usage } = parsed.data;
    const { message, finish_reason: finish } = choices[0]!;
    return {
      ok: true,
      content: CUT.has(finish ?? '') ? '' : (message.content ?? ''),
      promptTokens: usage?.prompt_tokens ?? null,
      completionTokens: usage?.completion_tokens ?? null,
    };
  };
};
