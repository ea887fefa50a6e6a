import { z } from 'zod';
import type { ModelReply, Prompt } from '../core/rubric.ts';

const Tokens = z.number().int().nonnegative().max(1e9).catch(0);
const Completion = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullish() }) })).min(1),
  usage: z.object({ prompt_tokens: Tokens, completion_tokens: Tokens }).nullish(),
});

const DEFAULT_RETRY_MS = 200;
const MAX_RETRY_MS = 5_000;
const MAX_REPLY_BYTES = 1_048_576;

const retryAfterMs = (headers: Headers): number => {
  const ms = Number.parseFloat(headers.get('retry-after-ms') ?? '');
  const seconds = Number.parseFloat(headers.get('retry-after') ?? '');
  const wanted = Number.isFinite(ms) ? ms : seconds * 1000;
  return Number.isFinite(wanted) ? Math.min(MAX_RETRY_MS, Math.max(0, wanted)) : DEFAULT_RETRY_MS;
};

const failed = (reason: string, retryMs: number | null = DEFAULT_RETRY_MS): ModelReply => ({
  ok: false,
  reason: `the judge model ${reason}`,
  retryAfterMs: retryMs,
});

const readText = async (response: Response): Promise<string | null> => {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_REPLY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const replyOf = (text: string): ModelReply => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return failed('did not answer in JSON');
  }
  const parsed = Completion.safeParse(json);
  if (!parsed.success) return failed('did not answer with a chat completion');
  const { choices, usage } = parsed.data;
  return {
    ok: true,
    content: choices[0]!.message.content ?? '',
    promptTokens: usage?.prompt_tokens ?? 0,
    completionTokens: usage?.completion_tokens ?? 0,
  };
};

const read = async (response: Response): Promise<ModelReply> => {
  if (response.ok) {
    const text = await readText(response);
    return text === null ? failed('answered with more than 1 MiB') : replyOf(text);
  }
  await response.body?.cancel();
  const again = response.status === 408 || response.status === 429 || response.status >= 500;
  return failed(`answered ${response.status}`, again ? retryAfterMs(response.headers) : null);
};

/**
 * Asks an OpenAI-compatible chat endpoint, temperature 0, JSON output; `url` is its base, such as `https://host/v1`. Never
 * throws and always ends within `timeoutMs`: what goes wrong is in the reply.
 */
export const createJudgeModel =
  (options: { url: string; name: string; apiKey: string; timeoutMs: number }) =>
  async (prompt: Prompt): Promise<ModelReply> => {
    const signal = AbortSignal.timeout(options.timeoutMs);
    try {
      const response = await fetch(`${options.url.replace(/\/$/, '')}/chat/completions`, {
        method: 'POST',
        redirect: 'error',
        signal,
        headers: {
          'content-type': 'application/json',
          ...(options.apiKey ? { authorization: `Bearer ${options.apiKey}` } : {}),
        },
        body: JSON.stringify({
          model: options.name,
          messages: prompt.messages,
          temperature: 0,
          response_format: { type: 'json_object' },
        }),
      });
      return await read(response);
    } catch (error) {
      if (signal.aborted) return failed(`did not answer within ${options.timeoutMs} ms`);
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      return failed(`can’t be reached: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  };
