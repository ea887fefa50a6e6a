import { z } from 'zod';

const part = z.looseObject({ type: z.string(), text: z.string().optional() });

const message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(part), z.null()]).optional(),
  tool_calls: z
    .array(z.looseObject({ function: z.looseObject({ name: z.string(), arguments: z.string() }).optional() }))
    .optional(),
});

/** The part of the OpenAI chat request that these servers read; what else a client sends is let through. */
const chatRequest = z.looseObject({
  model: z.string().optional(),
  messages: z.array(message).min(1),
  tools: z
    .array(z.looseObject({ type: z.string(), function: z.looseObject({ name: z.string() }).optional() }))
    .optional(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  user: z.string().optional(),
  seed: z.number().nullish(),
});

export type ChatRequest = z.infer<typeof chatRequest>;
export type ChatMessage = z.infer<typeof message>;

export type ParsedRequest =
  | { ok: true; request: ChatRequest }
  | { ok: false; message: string; param: string | null; code: string | null };

/** Reads a request body; what is wrong with it is told in OpenAI's terms (message, param, code). */
export function parseChatRequest(body: string): ParsedRequest {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { ok: false, message: 'The request body is not valid JSON.', param: null, code: null };
  }
  const parsed = chatRequest.safeParse(json);
  if (parsed.success) return { ok: true, request: parsed.data };
  const issue = parsed.error.issues[0];
  const path = (issue?.path ?? []).map(String).join('.');
  return {
    ok: false,
    message: `Invalid value for '${path === '' ? 'body' : path}': ${issue?.message ?? 'unreadable'}.`,
    param: path === '' ? null : path,
    code: 'invalid_value',
  };
}

/** A message's text; of content parts the texts are joined and the rest is left out. */
export function textOf(message: ChatMessage): string {
  if (typeof message.content === 'string') return message.content;
  return (message.content ?? []).map((part) => part.text ?? '').join(' ');
}
