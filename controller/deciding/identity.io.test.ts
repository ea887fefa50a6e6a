import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { IdentitySpec } from '../../schemas/reported-identity.ts';
import { readIdentity } from '../registry/identity.ts';
import { createIdentityAsker } from './identity.io.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
const serve = async (answer: RequestListener): Promise<string> => {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
};
const ask = createIdentityAsker();
const signal = new AbortController().signal;
const identityAt = async (url: string, spec: object = {}) =>
  readIdentity(await ask({ url, version: 'v2' }, signal), IdentitySpec.parse(spec));

describe('what an upstream says that it is', () => {
  it.each([
    ['its header', 200, { 'x-agent-version': 'v2' }, '{"version":"other"}', {}, 'v2'],
    ['its header, also of an answer that is none', 404, { 'x-agent-version': 'v2' }, '', {}, 'v2'],
    ['another header', 200, { 'x-build': 'abc' }, '', { header: 'x-build' }, 'abc'],
    ['a field of JSON', 200, {}, '{"version":"v2"}', {}, 'v2'],
    ['a field of its own choosing', 200, {}, '{"build":{"commit":"abc"}}', { at: '/build/commit' }, 'abc'],
    ['plain text', 200, {}, 'v2\n', {}, 'v2'],
    ['a number', 200, {}, '7', {}, '7'],
  ])('stands in %s', async (_, status, headers, body, spec, identity) => {
    const url = await serve((__, response) => void response.writeHead(status, headers).end(body));
    expect(await identityAt(url, spec)).toEqual({ identity, reason: '' });
  });

  it.each([
    ['a page', 200, '<html>\n</html>'],
    ['JSON without the field', 200, '{"status":"ok"}'],
    ['a failure', 500, 'v2'],
    ['nothing', 200, ''],
  ])('does not stand in %s', async (_, status, body) => {
    const url = await serve((__, response) => void response.writeHead(status).end(body));
    expect(await identityAt(url)).toMatchObject({ identity: null, reason: expect.stringMatching(`status ${status}`) });
  });

  it('is asked for with the version that is meant, and with no credential', async () => {
    let seen: unknown;
    const url = await serve((request, response) => {
      seen = [request.method, request.headers['x-coalmine-version'], request.headers.authorization];
      response.end('v2');
    });
    await identityAt(url);
    expect(seen).toEqual(['GET', 'v2', undefined]);
  });

  it('follows no redirect, and reads no endless answer', async () => {
    let isAsked = false;
    const other = await serve((_, response) => {
      isAsked = true;
      response.end('v2');
    });
    const redirecting = await serve((_, response) => void response.writeHead(302, { location: other }).end());
    expect(await identityAt(redirecting)).toMatchObject({ identity: null });
    expect(isAsked).toBe(false);
    const endless = await serve((_, response) => void response.end('v'.repeat(70_000)));
    expect(await identityAt(endless)).toMatchObject({ identity: null, reason: expect.stringMatching(/longer than/) });
  });
});
