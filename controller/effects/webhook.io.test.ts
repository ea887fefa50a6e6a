import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../schemas/decision.ts';
import { sentenceOf } from '../../schemas/sentence/sentence.ts';
import { rolloutDocument, started } from '../test/play.fixture.ts';
import { createWebhook } from './webhook.io.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const decision: Decision = started(rolloutDocument({})).decisions[1]!;

/** A receiver that answers with the statuses in turn, the last one for ever. */
const receive = async (statuses: readonly number[]): Promise<{ url: string; bodies: string[] }> => {
  const bodies: string[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const status = statuses[Math.min(bodies.length, statuses.length - 1)] ?? 200;
      bodies.push(body);
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/hook`, bodies };
};

describe('the webhook', () => {
  const waits: number[] = [];
  const notify = createWebhook({ nowMs: () => 0, sleep: async (ms) => void waits.push(ms) });

  it('posts the decision as JSON, with its sentence', async () => {
    const { url, bodies } = await receive([200]);
    await notify(url, decision);
    expect(bodies.map((body) => JSON.parse(body) as unknown)).toEqual([{ ...decision, text: sentenceOf(decision) }]);
  });

  it.each([
    ['tries again after a failure', [500, 429, 204], 3, undefined],
    ['gives up after four attempts', [503], 4, /answered 503 \(attempt 4\)/],
    ['takes a refusal as final', [404], 1, /answered 404/],
    ['follows no redirect', [302], 1, /answered 302/],
  ])('%s', async (_, statuses, attempts, failure) => {
    const { url, bodies } = await receive(statuses);
    if (failure === undefined) await notify(url, decision);
    else await expect(notify(url, decision)).rejects.toThrow(failure);
    expect(bodies.length).toBe(attempts);
  });

  it('gives up on a receiver that is not there', async () => {
    await expect(notify('http://127.0.0.1:1/hook', decision)).rejects.toThrow(/attempt 4/);
  });
});
