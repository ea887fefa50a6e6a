import {
  generateText,
  type LanguageModel,
  Output,
  stepCountIs,
  streamText,
  type TextStreamPart,
  tool,
  type ToolSet,
} from 'ai';
import { TOOL, TOOL_RESULT } from './agent/script.ts';
import { collected, leftAfterFirst, type Library } from './library.ts';
import { Arguments, TOOL_DESCRIPTION, Weather } from './weather-tool.ts';

/** An error of a stream is told as a part of it, in the words of the agent. */
class ErrorPart extends Error {
  override name = 'an `error` part';
}

async function* textsOrError(stream: AsyncIterable<TextStreamPart<ToolSet>>): AsyncIterable<string> {
  for await (const part of stream) {
    if (part.type === 'error') throw new ErrorPart(JSON.stringify(part.error));
    if (part.type === 'text-delta') yield part.text;
  }
}

/** Vercel's AI SDK with a model of one of its providers. */
export const vercelLibrary = (model: LanguageModel): Library => {
  const asking = (prompt: string) => ({ model, prompt, maxRetries: 1 });
  return {
    plain: async (ask) => (await generateText(asking(ask))).text,
    stream: (ask) => collected(async () => textsOrError(streamText({ ...asking(ask), onError: () => {} }).fullStream)),
    tools: async (ask) => {
      const called: { name: string; arguments: unknown }[] = [];
      const weather = tool({
        description: TOOL_DESCRIPTION,
        inputSchema: Arguments,
        execute: async (input) => {
          called.push({ name: TOOL, arguments: input });
          return TOOL_RESULT;
        },
      });
      const { text } = await generateText({ ...asking(ask), tools: { [TOOL]: weather }, stopWhen: stepCountIs(3) });
      return { called: called[0]!, text };
    },
    structured: async (ask) =>
      (await generateText({ ...asking(ask), output: Output.object({ schema: Weather }) })).output,
    leave: async (ask) => {
      const leaving = new AbortController();
      const { textStream } = streamText({ ...asking(ask), abortSignal: leaving.signal, onError: () => {} });
      return leftAfterFirst(textStream, () => leaving.abort());
    },
  };
};
