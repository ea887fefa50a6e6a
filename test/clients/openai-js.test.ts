import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { TOOL_RESULT } from './agent/script.ts';
import { collected, leftAfterFirst, type Library, textsIn } from './library.ts';
import { AGENT, describeLibrary } from './matrix.ts';
import { OPENAI_TOOL, Weather } from './weather-tool.ts';

/** Much more of it is tried in ingress/door/openai-api.test.ts. */
const libraryAt = (baseURL: string): Library => {
  const api = new OpenAI({ baseURL, apiKey: 'a-key', maxRetries: 1 }).chat.completions;
  const asking = (content: string) => ({ model: AGENT, messages: [{ role: 'user' as const, content }] });
  const textOf = (chunk: OpenAI.ChatCompletionChunk) => chunk.choices[0]?.delta.content;
  return {
    plain: async (ask) => (await api.create(asking(ask))).choices[0]?.message.content ?? '',
    stream: (ask) => collected(async () => textsIn(await api.create({ ...asking(ask), stream: true }), textOf)),
    tools: async (ask) => {
      const { messages, model } = asking(ask);
      const tools = [OPENAI_TOOL];
      const { message } = (await api.create({ model, messages, tools })).choices[0]!;
      const call = message.tool_calls![0]!;
      if (call.type !== 'function') throw new Error(`a call of type ${call.type}`);
      const result = { role: 'tool' as const, tool_call_id: call.id, content: TOOL_RESULT };
      const answer = await api.create({ model, messages: [...messages, message, result], tools });
      return {
        called: { name: call.function.name, arguments: JSON.parse(call.function.arguments) as unknown },
        text: answer.choices[0]?.message.content ?? '',
      };
    },
    structured: async (ask) => {
      const answer = await api.parse({ ...asking(ask), response_format: zodResponseFormat(Weather, 'weather') });
      return answer.choices[0]?.message.parsed;
    },
    leave: async (ask) => {
      const stream = await api.create({ ...asking(ask), stream: true });
      return leftAfterFirst(textsIn(stream, textOf), () => stream.controller.abort());
    },
  };
};

describeLibrary('openai-js', async ({ openai }) => ({ library: libraryAt(openai), stop: async () => {} }));
