import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withTopics } from './topics.ts';

let server: Server;
beforeEach(async () => {
  server = createServer((_request, response) => {
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('KAFKA_BROKERS', '127.0.0.1:9');
  vi.stubEnv('SCHEMA_REGISTRY_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.close();
});

it('a registry whose URL lacks its path is told from one that is away', async () => {
  const reading = (): Promise<null> => withTopics('test', async () => null, 'http://127.0.0.1:9');
  await expect(reading()).rejects.toThrow(/answers 404 to GET \/subjects: .*Is a path missing\?.*\/apis\/ccompat\/v7/);
  server.close();
  server.closeAllConnections();
  await expect(reading()).rejects.toThrow('does not answer; is it running?');
});
