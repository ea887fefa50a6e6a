import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { problem, problemOf } from '../../schemas/problem.ts';

/** What it answers to `GET /v1/…`; a function is asked anew each time, and a number is a refusal's status. */
export type Answers = Record<string, unknown>;

export type StubController = { url: string; asked: string[]; close(): void };

/** A controller that answers as it is told, by method and path with its query, and remembers what it was asked. */
export const startStubController = async (answers: Answers): Promise<StubController> => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const what = `${request.method} ${request.url}`;
      const body = await text(request);
      asked.push(body === '' ? what : `${what} ${body}`);
      const found = answers[what] ?? answers[what.replace(/\?.*/, '')] ?? 404;
      const value: unknown = typeof found === 'function' ? (found as () => unknown)() : found;
      const status = typeof value === 'number' ? value : 200;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(status === 200 ? value : problem(problemOf(status), 'it is not as you think')));
    };
    answer().catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
