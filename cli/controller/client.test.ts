import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { problem } from '../../schemas/problem.ts';
import { createControllerClient } from './client.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const serve = async (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> => {
  const server = createServer(answer);
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};

const answering = (status: number, body: string): Promise<string> =>
  serve((_, response) => response.writeHead(status).end(body));

describe('a call of the controller', () => {
  it('is sent as the contract says: parameters in the path, a query, who asks, JSON or plain text', async () => {
    const seen: unknown[] = [];
    const note = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const { 'content-type': type, authorization: by } = request.headers;
      seen.push([request.method, request.url, by, type, await text(request)]);
      response.end('{"decisions":[],"applied":[],"next":null}');
    };
    const url = await serve((request, response) => void note(request, response));
    const client = createControllerClient(url, 'cm_live_a');
    await client.listDecisions({ query: { agent: 'a b', limit: 3 } });
    await client.applyDocuments({ body: 'kind: Agent' });
    await client.applyDocuments({ body: 'kind: Rollout', query: { restart: 'true' } });
    await client.setStable({ params: { agent: 'x#2/y' }, body: { version: 'v1' } }).catch(() => {});
    expect(seen).toEqual([
      ['GET', '/v1/decisions?agent=a+b&limit=3', 'Bearer cm_live_a', undefined, ''],
      ['POST', '/v1/documents', 'Bearer cm_live_a', 'application/yaml', 'kind: Agent'],
      ['POST', '/v1/documents?restart=true', 'Bearer cm_live_a', 'application/yaml', 'kind: Rollout'],
      ['POST', '/v1/agents/x%232%2Fy/stable', 'Bearer cm_live_a', 'application/json', '{"version":"v1"}'],
    ]);
  });

  it('goes below the path of the controller’s URL and keeps its query; a URL with a password is refused unsaid', async () => {
    let asked: string | undefined;
    const url = await serve((request, response) => {
      asked = request.url;
      response.end('{"decisions":[],"next":null}');
    });
    await createControllerClient(`${url}base/?tenant=a`, null).listDecisions({ query: { agent: 'x' } });
    expect(asked).toBe('/base/v1/decisions?tenant=a&agent=x');
    const secret = createControllerClient('http://ann:secret@127.0.0.1:9', null).listAgents({});
    await expect(secret).rejects.toThrow(/^the controller’s URL has a user or a password in it(?!.*secret)/);
  });

  it('takes no redirect, so that no other server gets the key', async () => {
    const asked: unknown[] = [];
    const thief = await serve((request, response) => {
      asked.push(request.headers.authorization);
      response.end('{"agents":[]}');
    });
    const url = await serve((_, response) => response.writeHead(307, { location: thief }).end());
    await expect(createControllerClient(url, 'cm_live_a').listAgents({})).rejects.toThrow(/answered 307$/);
    expect(asked).toEqual([]);
  });

  it('that is refused fails with the controller’s own words', async () => {
    const url = await answering(409, JSON.stringify(problem('conflict', 'it is paused already')));
    const paused = createControllerClient(url, 'cm_live_a').pauseRollout({ params: { name: 'x' } });
    await expect(paused).rejects.toThrow(/^it is paused already$/);
  });

  it('that gets another answer than the contract’s says who is not understood', async () => {
    const strange = createControllerClient(await answering(502, 'Bad Gateway'), null).listAgents({});
    await expect(strange).rejects.toThrow(/^the controller at .* answered 502$/);
    const other = createControllerClient(await answering(200, '{"hello":1}'), null).listAgents({});
    await expect(other).rejects.toThrow(/is no controller of this version$/);
  });

  it('that nobody takes says how to name a controller, and one that takes too long says so', async () => {
    const nobody = createControllerClient('http://127.0.0.1:9', null).listAgents({});
    await expect(nobody).rejects.toThrow(
      'no controller answers at http://127.0.0.1:9; start one, or name it with --url',
    );
    const silent = createControllerClient(await serve(() => {}), null, 50).listAgents({});
    await expect(silent).rejects.toThrow(/did not answer within 0.05 s$/);
  });
});
