import Anthropic from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { TOOL, TOOL_RESULT } from './agent/script.ts';
import { collected, leftAfterFirst, type Library, textsIn } from './library.ts';
import { AGENT, describeLibrary } from './matrix.ts';
import { OPENAI_TOOL, TOOL_DESCRIPTION, Weather } from './weather-tool.ts';

const TOOLS = [{ name: TOOL, description: TOOL_DESCRIPTION, input_schema: OPENAI_TOOL.function.parameters }];

const libraryAt = (baseURL: string): Library => {
  const api = new Anthropic({ baseURL, apiKey: 'a-key', maxRetries: 1 }).messages;
  const asking = (content: string) => ({
    model: AGENT,
    max_tokens: 100,
    messages: [{ role: 'user' as const, content }],
  });
  const textIn = ({ content }: Anthropic.Message): string =>
    content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  const textOf = (part: Anthropic.RawMessageStreamEvent) =>
    part.type === 'content_block_delta' && part.delta.type === 'text_delta' ? part.delta.text : '';
  return {
    plain: async (ask) => textIn(await api.create(asking(ask))),
    stream: (ask) => collected(async () => textsIn(await api.create({ ...asking(ask), stream: true }), textOf)),
    tools: async (ask) => {
      const question = asking(ask);
      const { content } = await api.create({ ...question, tools: TOOLS });
      const call = content.find((block) => block.type === 'tool_use')!;
      const result = { type: 'tool_result' as const, tool_use_id: call.id, content: TOOL_RESULT };
      const messages = [
        ...question.messages,
        { role: 'assistant' as const, content },
        { role: 'user' as const, content: [result] },
      ];
      const answer = await api.create({ ...question, messages, tools: TOOLS });
      return { called: { name: call.name, arguments: call.input }, text: textIn(answer) };
    },
    structured: async (ask) => {
      const output_config = { format: zodOutputFormat(Weather) };
      return (await api.parse({ ...asking(ask), output_config })).parsed_output;
    },
    leave: async (ask) => {
      const stream = await api.create({ ...asking(ask), stream: true });
      return leftAfterFirst(textsIn(stream, textOf), () => stream.controller.abort());
    },
  };
};

describeLibrary('anthropic-js', async ({ anthropic }) => ({ library: libraryAt(anthropic), stop: async () => {} }));
