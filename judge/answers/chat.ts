import { z } from 'zod';
import { joinedStream } from '../../openai/event-stream.ts';
import type { Body } from '../../schemas/exchange.ts';
import { offeredFunctions, type OfferedFunction, type ToolCall } from './tool-schema.ts';
import { parseJson } from '../../openai/json-value.ts';

/** One message of a request's history, as text; only an assistant's has calls. */
export type ChatMessage = { role: string; text: string; toolCalls: readonly ToolCall[] };

/**
 * What a scorer sees of a chat request. `lastUserText` is '' when no user spoke; `referenceAnswer` is the right answer as the
 * client knows it (`metadata.reference_answer`), null where it names none.
 */
export type ChatRequest = {
  lastUserText: string;
  messages: readonly ChatMessage[];
  offered: readonly OfferedFunction[];
  wantsJson: boolean;
  /** The JSON schema that a JSON answer was asked to fit; undefined where none was given. */
  responseSchema: unknown;
  referenceAnswer: string | null;
};

/** The whole answer, whether it came plain or as a stream. `refused`: the model said so in the API's own field for it. */
export type ChatAnswer = { text: string; toolCalls: readonly ToolCall[]; refused: boolean };

/** A body that can't be read is told apart from one that is not there, so that it can't pass for an empty answer. */
export type Read<T> = { ok: true; value: T } | { ok: false; reason: string };

const fail = (reason: string): { ok: false; reason: string } => ({ ok: false, reason });

const Content = z.union([z.string(), z.array(z.object({ text: z.string().optional() })), z.null()]).optional();
type Content = z.infer<typeof Content>;

const Call = z.object({
  index: z.number().int().nonnegative().max(255).optional(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).optional(),
});
const Request = z.object({
  messages: z.array(z.object({ role: z.string(), content: Content, tool_calls: z.array(Call).nullish().catch(null) })),
  tools: z.unknown().optional(),
  response_format: z
    .object({ type: z.string(), json_schema: z.object({ schema: z.unknown() }).nullish().catch(null) })
    .nullish(),
  metadata: z
    .object({ reference_answer: z.string().min(1) })
    .nullish()
    .catch(null),
});
const Message = z.object({ content: Content, refusal: z.string().nullish(), tool_calls: z.array(Call).nullish() });
const Completion = z.object({ choices: z.array(z.object({ message: Message })).min(1) });
const Chunk = z.object({
  choices: z
    .array(z.object({ index: z.number().optional(), delta: Message.nullish(), finish_reason: z.string().nullish() }))
    .nullish(),
});

const textOf = (content: Content): string =>
  typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('');

const callOf = ({ function: called }: z.infer<typeof Call>): ToolCall => ({
  name: called?.name ?? '',
  arguments: called?.arguments ?? '',
});

const unreadable = (body: Body): string | undefined =>
  body.state === 'full' || body.state === 'redacted' ? undefined : `the captured body is ${body.state}`;

/** A chat completion request's parts that scorers need. Never throws. */
export const readRequest = (body: Body): Read<ChatRequest> => {
  const gone = unreadable(body);
  if (gone) return fail(`request: ${gone}`);
  const parsed = Request.safeParse(parseJson(body.text));
  if (!parsed.success) return fail('the request is no chat completion request');
  const { messages, tools, response_format: format, metadata } = parsed.data;
  return {
    ok: true,
    value: {
      lastUserText: textOf(messages.findLast((m) => m.role === 'user')?.content),
      messages: messages.map(({ role, content, tool_calls: calls }) => ({
        role,
        text: textOf(content),
        toolCalls: (calls ?? []).map(callOf),
      })),
      offered: offeredFunctions(tools),
      wantsJson: format?.type === 'json_object' || format?.type === 'json_schema',
      responseSchema: format?.json_schema?.schema,
      referenceAnswer: metadata?.reference_answer ?? null,
    },
  };
};

/** The refusal is what the user got to read, so it is the text where there is no other. */
const answerOf = (text: string, refusal: string, calls: readonly ToolCall[]): Read<ChatAnswer> => ({
  ok: true,
  value: { text: text === '' ? refusal : text, toolCalls: calls, refused: refusal !== '' },
});

const readPlain = (text: string): Read<ChatAnswer> => {
  const parsed = Completion.safeParse(parseJson(text));
  if (!parsed.success) return fail('the answer is no chat completion');
  const { content, refusal, tool_calls: calls } = parsed.data.choices[0]!.message;
  return answerOf(textOf(content), refusal ?? '', (calls ?? []).map(callOf));
};

type Delta = z.infer<typeof Message>;

/** Adds one delta's pieces of tool calls. Without an index, a piece with an id begins the next call. */
const addCalls = (calls: { name: string; arguments: string }[], pieces: Delta['tool_calls']): void => {
  for (const piece of pieces ?? []) {
    const at = piece.index ?? (piece.id ? calls.length : Math.max(0, calls.length - 1));
    const call = (calls[at] ??= { name: '', arguments: '' });
    call.name += piece.function?.name ?? '';
    call.arguments += piece.function?.arguments ?? '';
  }
};

const readStream = (body: string): Read<ChatAnswer> => {
  let text = '';
  let refusal = '';
  let finished = false;
  const calls: { name: string; arguments: string }[] = [];
  const stream = joinedStream(body);
  for (const data of stream.events) {
    const json = parseJson(data);
    if (typeof json === 'object' && json !== null && 'error' in json && json.error)
      return fail('the stream ended in an error');
    const chunk = Chunk.safeParse(json);
    if (!chunk.success) return fail('a chunk of the stream is no chat completion chunk');
    for (const { index = 0, delta, finish_reason: finish } of chunk.data.choices ?? []) {
      if (index !== 0) continue;
      finished ||= typeof finish === 'string';
      text += textOf(delta?.content);
      refusal += delta?.refusal ?? '';
      addCalls(calls, delta?.tool_calls);
    }
  }
  return stream.done || finished ? answerOf(text, refusal, calls.filter(Boolean)) : fail('the stream has no end');
};

/** The first choice of a chat completion, plain or server-sent. A stream that did not end is no answer. Never throws. */
export const readAnswer = (body: Body): Read<ChatAnswer> => {
  const gone = unreadable(body);
  if (gone) return fail(`answer: ${gone}`);
  return body.contentType.includes('text/event-stream') ? readStream(body.text) : readPlain(body.text);
};
