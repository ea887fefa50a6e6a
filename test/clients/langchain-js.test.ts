import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { TOOL_RESULT } from './agent/script.ts';
import { collected, leftAfterFirst, type Library, textsIn } from './library.ts';
import { AGENT, describeLibrary } from './matrix.ts';
import { OPENAI_TOOL, Weather } from './weather-tool.ts';

const libraryAt = (baseURL: string): Library => {
  const model = new ChatOpenAI({ model: AGENT, apiKey: 'a-key', maxRetries: 1, configuration: { baseURL } });
  const textOf = ({ text }: { text: string }) => text;
  return {
    plain: async (ask) => (await model.invoke(ask)).text,
    stream: (ask) => collected(async () => textsIn(await model.stream(ask), textOf)),
    tools: async (ask) => {
      const offered = model.bindTools([OPENAI_TOOL]);
      const question = new HumanMessage(ask);
      const message = await offered.invoke([question]);
      const call = message.tool_calls![0]!;
      const result = new ToolMessage({ content: TOOL_RESULT, tool_call_id: call.id ?? '' });
      const answer = await offered.invoke([question, message, result]);
      return { called: { name: call.name, arguments: call.args }, text: answer.text };
    },
    structured: (ask) => model.withStructuredOutput(Weather, { method: 'jsonSchema' }).invoke(ask),
    leave: async (ask) => {
      const leaving = new AbortController();
      const stream = await model.stream(ask, { signal: leaving.signal });
      return leftAfterFirst(textsIn(stream, textOf), () => leaving.abort());
    },
  };
};

describeLibrary('langchain-js', async ({ openai }) => ({ library: libraryAt(openai), stop: async () => {} }));
