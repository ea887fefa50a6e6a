import { AsyncLocalStorage } from 'node:async_hooks';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { expect, it } from 'vitest';
import { startFrontDoor, until, viewOf } from '../../ingress/test/front-door.harness.ts';
import { HELLO, TOOL_RESULT } from './agent/script.ts';
import { startScriptedAgent } from './agent/scripted-agent.ts';
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

it('feedback reaches the exchange of each call, plain or streamed, by a fetch that keeps the header of its own call', async () => {
  const agent = await startScriptedAgent();
  const door = await startFrontDoor({ views: [viewOf(`${agent.origin}/v1`, `${agent.origin}/v1`, 0)] });
  const baseURL = `${door.url}/v1`;

  // As docs/clients.md says it.
  const call = new AsyncLocalStorage<{ exchangeId: string | null }>();
  const keepingFetch: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const current = call.getStore();
    if (current) current.exchangeId = response.headers.get('x-coalmine-exchange-id');
    return response;
  };
  const model = new ChatOpenAI({ model: AGENT, apiKey: 'a-key', configuration: { baseURL, fetch: keepingFetch } });
  const ask = (run: () => Promise<unknown>): Promise<string | null> => {
    const found = { exchangeId: null };
    return call.run(found, async () => {
      await run();
      return found.exchangeId;
    });
  };

  const ids = await Promise.all([
    ask(() => model.invoke(HELLO)),
    ask(() => model.invoke(HELLO)),
    ask(() => collected(async () => textsIn(await model.stream(HELLO), ({ text }) => text))),
  ]);
  await until(() => door.exchanges().length === ids.length, 'the exchanges');
  expect(ids.toSorted()).toEqual(
    door
      .exchanges()
      .map(({ exchangeId }) => exchangeId)
      .toSorted(),
  );
  for (const exchangeId of ids) {
    const body = JSON.stringify({ exchange_id: exchangeId, thumbs: 'up' });
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${baseURL}/feedback`, { method: 'POST', headers, body })).status).toBe(202);
  }
  await door.close();
  await agent.close();
});
