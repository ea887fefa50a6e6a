import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { helpdeskServer } from './helpdesk-server.ts';
import { questionOf } from './questions.ts';
import { MANNERS, type Manner, replyTo } from './replies.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

const serve = async (manner: Manner): Promise<string> => {
  const server = helpdeskServer(manner).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const post = (url: string, body: string): Promise<Response> => fetch(`${url}/answer`, { method: 'POST', body });

describe('the helpdesk', () => {
  it('replies to a question, and to the same question the same', async () => {
    const url = await serve('thorough');
    const body = JSON.stringify({ question: 'How long does a refund take?' });
    const [first, again] = [await post(url, body), await post(url, body)];
    const { reply } = (await first.json()) as { reply: string };
    expect(reply).toContain('three to five working days');
    expect(await again.json()).toEqual({ reply });
  });

  it.each(['', 'null', '[]', '{"question":7}', '{"ask":"x"}'])('refuses %j', async (body) => {
    const response = await post(await serve('brief'), body);
    expect([response.status, await response.json()]).toEqual([400, { error: expect.any(String) }]);
  });

  it('has nothing but its one call', async () => {
    const url = await serve('brief');
    expect((await fetch(`${url}/refund`, { method: 'POST', body: '{}' })).status).toBe(404);
    expect((await fetch(`${url}/answer`)).status).toBe(404);
  });

  it('knows something of every question that its users ask, whatever its manner', () => {
    const replies = Array.from({ length: 200 }, (_, i) => questionOf(i).question).map((question) =>
      MANNERS.map((manner) => replyTo(question, manner)),
    );
    for (const said of replies) expect(new Set(said).size).toBe(MANNERS.length);
    expect(new Set(replies.map(([thorough]) => thorough)).size).toBeGreaterThan(3);
  });
});

it('its users are many, and the same each time', () => {
  const users = Array.from({ length: 2_000 }, (_, i) => questionOf(i).user);
  expect(new Set(users).size).toBeGreaterThan(400);
  expect(questionOf(7)).toEqual(questionOf(7));
});

const program = (...args: string[]) =>
  spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url)), ...args]);

it('the program says where it listens, serves there, and ends on SIGTERM', async () => {
  const child = program('--manner', 'brief');
  stops.push(() => child.kill('SIGKILL'));
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const { listening } = JSON.parse(String(value)) as { listening: number };
  expect((await fetch(`http://127.0.0.1:${listening}/livez`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('the program refuses a manner that it does not have, and names the option', async () => {
  const child = program('--manner', 'rude');
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(said).toContain('--manner');
});

it('the commands of the README start the versions of the document, where it says that they are', () => {
  const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');
  const started = [...read('../../README.md').matchAll(/examples\/helpdesk\/main\.ts --port (\d+) --manner (\w+)/g)];
  const described = [...read('agent.yaml').matchAll(/127\.0\.0\.1:(\d+)', code: examples\/helpdesk, prompt: (\w+)/g)];
  expect(started.map(([, port, manner]) => [port, manner])).toEqual(
    described.map(([, port, manner]) => [port, manner]),
  );
  expect(started).toHaveLength(2);
  for (const [, , manner] of started) expect(MANNERS).toContain(manner);
});
