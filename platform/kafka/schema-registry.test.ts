import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../process/clock.ts';
import { createHttpRegistry, type SchemaRegistry, UnknownSchemaError } from './schema-registry.ts';

const schema = JSON.stringify({
  type: 'record',
  name: 'R',
  namespace: 'coalmine',
  fields: [{ name: 'a', type: 'long' }],
});

describe('the client of the schema registry', () => {
  let server: Server;
  let asked: string[];
  let credentials: Set<string | undefined>;
  let answer: (request: string) => { status: number; body: object };
  let nowMs: number;
  let registry: SchemaRegistry;
  const clock: Clock = { nowMs: () => nowMs, sleep: async () => {} };

  beforeEach(async () => {
    asked = [];
    credentials = new Set();
    nowMs = 0;
    answer = (path) =>
      path.endsWith('/1')
        ? { status: 200, body: { schema } }
        : { status: 404, body: { error_code: 40403, message: 'Schema not found' } };
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      credentials.add(request.headers.authorization);
      const { status, body } = answer(`${request.method} ${request.url}`);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    registry = createHttpRegistry(
      { registryUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/` },
      clock,
    );
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('asks for a schema once', async () => {
    expect((await registry.schema(1)).isValid({ a: 1 })).toBe(true);
    await registry.schema(1);
    expect(asked).toEqual(['GET /api/schemas/ids/1']);
  });

  it('remembers for a minute which ids there are not, so that garbage is no flood', async () => {
    for (let i = 0; i < 50; i++) await expect(registry.schema(9)).rejects.toThrow(UnknownSchemaError);
    expect(asked).toHaveLength(2);
    nowMs = 61_000;
    await expect(registry.schema(9)).rejects.toThrow(UnknownSchemaError);
    expect(asked).toHaveLength(4);
  });

  it('does not take an outage for an unknown id, and lets the registry breathe', async () => {
    answer = () => ({ status: 500, body: { message: 'down' } });
    for (let i = 0; i < 20; i++) await expect(registry.schema(1)).rejects.not.toBeInstanceOf(UnknownSchemaError);
    expect(asked).toHaveLength(6);
    nowMs = 2_001;
    answer = () => ({ status: 200, body: { schema } });
    expect((await registry.schema(1)).typeName).toBe('record');
  });

  it('does not take a refused connection for an unknown id', async () => {
    const nobody = createHttpRegistry({ registryUrl: 'http://127.0.0.1:1' }, clock);
    await expect(nobody.schema(1)).rejects.not.toBeInstanceOf(UnknownSchemaError);
  });

  it('does not take a wrong URL for an unknown id', async () => {
    answer = () => ({ status: 404, body: { error: 'no such page' } });
    await expect(registry.schema(1)).rejects.not.toBeInstanceOf(UnknownSchemaError);
  });

  it('asks nothing about ids that can’t be', async () => {
    await expect(registry.schema(-7)).rejects.toThrow(UnknownSchemaError);
    expect(asked).toEqual([]);
  });

  it('takes a schema of another kind for one that can’t be read', async () => {
    answer = () => ({ status: 200, body: { schemaType: 'JSON', schema: '{"type":"object"}' } });
    await expect(registry.schema(1)).rejects.toThrow(UnknownSchemaError);
  });

  it('registers under the subject, with every change held against all before it', async () => {
    answer = (path) =>
      path.startsWith('GET /api/config')
        ? { status: 404, body: { message: 'no config' } }
        : { status: 200, body: { id: 5 } };
    expect(await registry.register('coalmine.x-value', JSON.parse(schema) as never)).toBe(5);
    expect(asked).toEqual([
      'GET /api/config/coalmine.x-value',
      'POST /api/subjects/coalmine.x-value/versions',
      'PUT /api/config/coalmine.x-value',
    ]);
  });

  it('sends the user and password of its URL with every request, and puts them into no error', async () => {
    const { port } = server.address() as AddressInfo;
    const closed = createHttpRegistry({ registryUrl: `http://me:pa%3Ass@127.0.0.1:${port}/api` }, clock);
    await expect(closed.schema(9)).rejects.toThrow(UnknownSchemaError);
    const refusal: unknown = await closed
      .register('x-value', JSON.parse(schema) as never)
      .catch((error: unknown) => error);
    expect(String(refusal)).toMatch(new RegExp(`registry at http://127.0.0.1:${port}/api did not take`));
    expect([...credentials]).toEqual([`Basic ${Buffer.from('me:pa:ss').toString('base64')}`]);
  });

  it('says what the registry refused', async () => {
    answer = (path) =>
      path.startsWith('GET /api/config')
        ? { status: 200, body: { compatibilityLevel: 'BACKWARD_TRANSITIVE' } }
        : { status: 409, body: { message: 'new field without default' } };
    await expect(registry.register('coalmine.x-value', JSON.parse(schema) as never)).rejects.toThrow(
      /did not take the schema of coalmine.x-value: .*new field without default/,
    );
  });
});
