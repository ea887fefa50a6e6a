import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createEmbeddings } from './embeddings.io.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

const answering = async (text: string, status = 200) => {
  let seen: unknown;
  const server = createServer((req, res) => {
    let sent = '';
    req.on('data', (chunk: Buffer) => (sent += chunk.toString()));
    req.on('end', () => {
      seen = { path: req.url, body: JSON.parse(sent) };
      res.writeHead(status).end(text);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return { ask: createEmbeddings({ url, name: 'e', apiKey: '', timeoutMs: 5_000 }), seen: () => seen, url };
};

describe('a call of the embedding model', () => {
  it('asks for one text’s vector', async () => {
    const reply = { data: [{ embedding: [0.5, -1] }], usage: { prompt_tokens: 3 } };
    const { ask, seen } = await answering(JSON.stringify(reply));
    expect(await ask('hi')).toEqual({ ok: true, vector: [0.5, -1], promptTokens: 3 });
    expect(seen()).toEqual({ path: '/v1/embeddings', body: { model: 'e', input: 'hi', encoding_format: 'float' } });
  });

  it('keeps the query of its endpoint behind the path', async () => {
    const { seen, url } = await answering('{"data":[{"embedding":[1]}]}');
    const ask = createEmbeddings({ url: `${url}/?api-version=2`, name: 'e', apiKey: '', timeoutMs: 5_000 });
    expect(await ask('hi')).toMatchObject({ ok: true });
    expect(seen()).toMatchObject({ path: '/v1/embeddings?api-version=2' });
  });

  it('does not take tokens that nobody counted for none', async () => {
    const { ask } = await answering(JSON.stringify({ data: [{ embedding: [1] }], usage: {} }));
    expect(await ask('hi')).toEqual({ ok: true, vector: [1], promptTokens: null });
  });

  it('is made without the encoding where that is refused', async () => {
    const server = createServer((req, res) => {
      let sent = '';
      req.on('data', (chunk: Buffer) => (sent += chunk.toString()));
      req.on('end', () => {
        if (sent.includes('encoding_format'))
          res.writeHead(422).end('{"detail":[{"loc":["body","encoding_format"],"type":"extra_forbidden"}]}');
        else res.end('{"data":[{"embedding":[1]}]}');
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    expect(await createEmbeddings({ url, name: 'e', apiKey: '', timeoutMs: 5_000 })('hi')).toMatchObject({ ok: true });
  });

  it.each([
    ['another shape', '{"data":[]}', 200],
    ['text', 'no', 200],
    ['an error', '{}', 500],
  ])('answered with %s fails', async (_, text, status) => {
    const { ask } = await answering(text, status);
    expect(await ask('hi')).toMatchObject({ ok: false, retryAfterMs: 200 });
  });
});
