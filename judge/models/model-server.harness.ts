import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;

export const completion = (content: unknown, usage?: unknown): string =>
  JSON.stringify({ choices: [{ message: { content } }], usage });

/** Answers by what was asked. */
export const byBody =
  (answer: (body: Json, res: ServerResponse) => void): RequestListener =>
  (req, res) => {
    let text = '';
    req.on('data', (chunk: Buffer) => (text += chunk.toString()));
    req.on('end', () => answer(JSON.parse(text) as Json, res));
  };

/** Servers in the place of a model's endpoint; `serve` gives the base URL of a new one. */
export const createModelServers = () => {
  const servers: Server[] = [];
  return {
    serve: async (handle: RequestListener): Promise<string> => {
      const server = createServer(handle);
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    },
    close: async (): Promise<void> => {
      for (const server of servers.splice(0)) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
};
