import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenChat } from '../chat-api/chat-server.ts';
import type { RunningServer } from '../chat-api/chat-server.ts';
import { TOOLS } from './customer-tools.ts';
import { customerRequest } from './customers.ts';
import { supportServer } from './support-server.ts';

let server: RunningServer;
let client: OpenAI;

beforeAll(async () => {
  server = await listenChat(supportServer({ version: 'v1', behaviour: 'polite', latencyScale: 0 }), 0);
  client = clientOf(server);
});
afterAll(() => server.close());

const question = { role: 'user', content: 'Where is order ORD-11176?' } as const;

describe('with the official SDK', () => {
  it('a plain answer has content, usage and the version as fingerprint', async () => {
    const completion = await client.chat.completions.create({ model: 'support', messages: [question] });
    expect(completion).toMatchObject({ object: 'chat.completion', model: 'support@v1', system_fingerprint: 'v1' });
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', message: { role: 'assistant' } });
    expect(completion.choices[0]?.message.content).toContain('ORD-11176');
    const usage = completion.usage;
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
  });

  it('a streamed answer says the same as a plain one, with the same usage', async () => {
    const plain = await client.chat.completions.create({ model: 'support', messages: [question] });
    const stream = client.chat.completions.stream({
      model: 'support',
      messages: [question],
      stream_options: { include_usage: true },
    });
    const streamed = await stream.finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toBe(plain.choices[0]?.message.content);
    expect(streamed.usage).toEqual(plain.usage);
  });

  it('a stream without include_usage has no usage chunk', async () => {
    const stream = await client.chat.completions.create({ model: 'support', messages: [question], stream: true });
    for await (const chunk of stream) {
      expect(chunk.choices).toHaveLength(1);
      expect(chunk.usage).toBeUndefined();
    }
  });

  it('tools lead to a tool call, plain and streamed alike', async () => {
    const body = { model: 'support', messages: [question], tools: TOOLS.map((tool) => ({ ...tool })) };
    const plain = await client.chat.completions.create(body);
    expect(plain.choices[0]?.finish_reason).toBe('tool_calls');
    expect(plain.choices[0]?.message).toMatchObject({
      content: null,
      tool_calls: [{ type: 'function', function: { name: 'lookup_order', arguments: '{"order_id":"ORD-11176"}' } }],
    });
    let name = '';
    let args = '';
    for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) {
      const call = chunk.choices[0]?.delta.tool_calls?.[0];
      name += call?.function?.name ?? '';
      args += call?.function?.arguments ?? '';
    }
    expect([name, args]).toEqual(['lookup_order', '{"order_id":"ORD-11176"}']);
  });

  it('an order system that is down is a 503 with an error code', async () => {
    const errors: unknown[] = [];
    for (let i = 0; i < 300 && errors.length === 0; i += 1) {
      const { stream: _, stream_options: __, ...body } = customerRequest('errors', i).body;
      const response = await post(server, body);
      if (response.status !== 200) errors.push([response.status, await response.json()]);
    }
    expect(errors).toEqual([[503, { error: expect.objectContaining({ code: 'order_system_timeout' }) }]]);
  });
});

describe('bad requests', () => {
  it.each([
    ['broken JSON', '{"messages":', 400, null],
    ['no messages', '{"model":"support"}', 400, 'messages'],
    ['an unknown role', '{"messages":[{"role":"boss","content":"hi"}]}', 400, 'messages.0.role'],
    ['an oversized body', JSON.stringify({ messages: [{ role: 'user', content: 'x'.repeat(1_100_000) }] }), 413, null],
  ])('%s is refused in an error envelope', async (_, body, status, param) => {
    const response = await post(server, body);
    expect(response.status).toBe(status);
    const error = { type: 'invalid_request_error', param, message: expect.any(String) };
    expect(await response.json()).toEqual({ error: expect.objectContaining(error) });
  });

  it('a wrong method is 405 with allow, a wrong path 404', async () => {
    const wrong = await fetch(`${base(server)}/chat/completions`);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${base(server)}/nothing`)).status).toBe(404);
  });

  it('the SDK reads the envelope as its own error', async () => {
    const failing = client.chat.completions.create({ model: 'support', messages: [] });
    await expect(failing).rejects.toBeInstanceOf(APIError);
    await expect(failing).rejects.toMatchObject({ status: 400, param: 'messages' });
  });
});

it('a swapped version label changes model and fingerprint and nothing else', async () => {
  const labels = ['v2', 'v3'];
  const servers = await Promise.all(
    labels.map((version) => listenChat(supportServer({ version, behaviour: 'rude', latencyScale: 0 }), 0)),
  );
  try {
    for (let i = 0; i < 60; i += 1) {
      const { body } = customerRequest('labels', i);
      const [one, two] = await Promise.all(
        servers.map(async (each, at) => {
          const response = await post(each, body);
          const text = (await response.text()).replaceAll(/"created":\d+/g, '"created":0');
          return [response.status, text.replaceAll(labels[at] ?? '', 'label')];
        }),
      );
      expect(one).toEqual(two);
    }
  } finally {
    await Promise.all(servers.map((each) => each.close()));
  }
});

function base(running: RunningServer): string {
  return `http://127.0.0.1:${running.port}/v1`;
}

function clientOf(running: RunningServer): OpenAI {
  return new OpenAI({ baseURL: base(running), apiKey: 'none', maxRetries: 0 });
}

function post(running: RunningServer, body: unknown): Promise<Response> {
  return fetch(`${base(running)}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
