import type { Server } from 'node:http';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from './dataset.ts';
import { createReplayServer } from './server.ts';

const answer = { content: null, calls: [], error: null, inputTokens: 12, outputTokens: 3, latencyMs: 5 };
const dataset: Dataset = {
  model: 'm',
  prompts: [],
  answers: new Map([
    ['text', { ...answer, content: 'Grüße 😀 '.repeat(40) }],
    [
      'calls',
      {
        ...answer,
        calls: [
          { name: 'f', arguments: '{"a":1}' },
          { name: 'g', arguments: '{}' },
        ],
      },
    ],
    ['failed', { ...answer, error: 'Error during inference: 429' }],
  ]),
  skipped: {},
  badRows: 0,
  unanswered: 0,
};

let server: Server;
let baseURL = '';
let client: OpenAI;
beforeAll(async () => {
  server = createReplayServer(dataset, 5);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  baseURL = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v1`;
  client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const asking = (id: string) => ({
  model: 'm',
  messages: [{ role: 'user' as const, content: 'hi' }],
  metadata: { reference_id: id },
});

describe('the replay server, asked by the official client', () => {
  it('answers with the recorded text and tokens', async () => {
    const { choices, usage, model } = await client.chat.completions.create(asking('text'));
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Grüße 😀 '.repeat(40) } });
    expect({ model, usage }).toEqual({
      model: 'm',
      usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
    });
  });

  it('answers with the recorded calls', async () => {
    const { choices } = await client.chat.completions.create(asking('calls'));
    expect(choices[0]?.finish_reason).toBe('tool_calls');
    expect(choices[0]?.message.tool_calls).toMatchObject([
      { type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
      { type: 'function', function: { name: 'g', arguments: '{}' } },
    ]);
  });

  it.each(['text', 'calls'])('streams to the same completion as it answers plainly: %s', async (id) => {
    const plain = await client.chat.completions.create(asking(id));
    const streamed = await client.chat.completions
      .stream({ ...asking(id), stream_options: { include_usage: true } })
      .finalChatCompletion();
    expect(streamed.usage).toEqual(plain.usage);
    expect(streamed.choices[0]?.finish_reason).toBe(plain.choices[0]?.finish_reason);
    expect(streamed.choices[0]?.message.content).toEqual(plain.choices[0]?.message.content);
    const calls = (made: typeof plain) =>
      made.choices[0]?.message.tool_calls?.map((call) => 'function' in call && call.function);
    expect(calls(streamed) ?? []).toMatchObject(calls(plain) ?? []);
  });

  it('sends usage in a stream only when asked', async () => {
    for await (const chunk of await client.chat.completions.create({ ...asking('text'), stream: true })) {
      expect(chunk.usage ?? null).toBe(null);
    }
  });

  it('answers 404 for a prompt it has no answer to, and 500 where a failure was recorded', async () => {
    await expect(client.chat.completions.create(asking('none'))).rejects.toMatchObject({
      status: 404,
      type: 'invalid_request_error',
    });
    await expect(client.chat.completions.create(asking('failed'))).rejects.toMatchObject({
      status: 500,
      type: 'server_error',
    });
  });

  it.each([
    ['not JSON', 'POST', '/chat/completions', '{', 400],
    ['no reference id', 'POST', '/chat/completions', '{}', 400],
    ['another path', 'POST', '/other', '{}', 404],
    ['another method', 'GET', '/chat/completions', undefined, 405],
  ])('refuses with an error envelope: %s', async (_, method, path, body, status) => {
    const response = await fetch(`${baseURL}${path}`, { method, ...(body === undefined ? {} : { body }) });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });
});
