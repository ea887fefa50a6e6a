import { z } from 'zod';
import { readingOf } from '../../openai/answer.ts';
import { isObject } from '../../openai/json-value.ts';
import type { Said } from '../../openai/said.ts';
import { isThoughtAlone } from '../questions/objects-in-reply.ts';
import type { Prompt } from '../questions/prompt.ts';
import type { AskModel } from './model-judge.ts';
import type { LIMIT_NAMES } from './accepted-request.ts';
import { createPost, type Endpoint, failed } from './endpoint.io.ts';
import { roughTokens } from './spend.ts';

/** Null where the endpoint does not count them, or counts nonsense. */
const Tokens = z.number().int().nonnegative().max(1e9).nullable().catch(null);
const Usage = z.object({ prompt_tokens: Tokens, completion_tokens: Tokens });

/** The first that is told, be it of a stream that nobody asked for. */
const usageIn = (said: Said): z.output<typeof Usage> | null => {
  const values =
    said.form === 'events' ? said.events.map(({ value }) => value) : [said.form === 'document' && said.value];
  for (const value of values) {
    const usage = isObject(value) ? Usage.safeParse(value['usage']) : null;
    if (usage?.success) return usage.data;
  }
  return null;
};

type Options = Endpoint & { name: string; replyFormat: 'json_object' | 'json_schema' | 'text' };

const formatOf = (replyFormat: Options['replyFormat'], { replySchema }: Prompt): object => {
  if (replyFormat === 'text') return {};
  if (replyFormat === 'json_object' || !replySchema) return { response_format: { type: 'json_object' } };
  const schema = { name: 'verdict', strict: true, schema: replySchema };
  return { response_format: { type: 'json_schema', json_schema: schema } };
};

const ASKED = { path: '/v1/chat/completions', answerPath: '' };

/** By OpenAI's name and by those of others, which gateways let pass. */
const CUT: ReadonlySet<string> = new Set(['length', 'max_tokens', 'MAX_TOKENS']);

/** Some servers count a few tokens more than they were told to write. */
const IGNORED_FACTOR = 1.25;

/**
 * Asks a chat endpoint at temperature 0 for JSON of no more than so many output tokens. A reply that was cut has no content, and is
 * paid for. Older servers overlook the limit's newer name: one whose model writes far more than it may is told the older one.
 */
export const createJudgeModel = ({ name, replyFormat, ...endpoint }: Options): AskModel => {
  const post = createPost(endpoint, 'chat/completions');
  let limitName: (typeof LIMIT_NAMES)[number] = 'max_completion_tokens';
  return async (prompt, maxTokens) => {
    const { messages } = prompt;
    const limited = { model: name, messages, temperature: 0, [limitName]: maxTokens };
    const posted = await post({ ...limited, ...formatOf(replyFormat, prompt) });
    if (!posted.ok) return posted;
    const reading = readingOf(posted.said, ASKED);
    if (reading.kind === 'error') return failed('answered with an error', { isPaid: true });
    if (reading.kind !== 'answer') return failed('did not answer with a chat completion', { isPaid: true });
    const { finishReason } = reading.answer;
    const text = reading.answer.text ?? '';
    const usage = usageIn(posted.said);
    const tokens = { promptTokens: usage?.prompt_tokens ?? null, completionTokens: usage?.completion_tokens ?? null };
    if ((tokens.completionTokens ?? roughTokens(text)) > IGNORED_FACTOR * maxTokens) limitName = 'max_tokens';
    if (!CUT.has(finishReason ?? '')) return { ok: true, content: text, ...tokens };
    return { ok: true, content: '', cut: isThoughtAlone(text) ? 'in thought' : 'in words', ...tokens };
  };
};
