import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { closedAfterEach, until, viewOf } from '../test/front-door.harness.ts';
import type { FrontDoorOptions, TestFrontDoor } from '../test/front-door.harness.ts';
import { callRaw, mirror, mirrored, RawClient, startRawVersion } from '../test/raw-http.harness.ts';
import type { RawVersion } from '../test/raw-http.harness.ts';

const { closed, frontDoor } = closedAfterEach();
type Answer = (req: IncomingMessage, res: ServerResponse) => void;
const version = async (answer: Answer): Promise<RawVersion> => closed(await startRawVersion(answer));
const setUp = async (answer: Answer, options: Partial<FrontDoorOptions> = {}) => {
  const v1 = await version(answer);
  const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)], ...options });
  return { v1, door };
};
const exchange = (door: TestFrontDoor) => until(() => door.exchanges()[0], 'the exchange');
const codeOf = ({ body }: { body: Buffer }): string =>
  (JSON.parse(body.toString()) as { error: { code: string } }).error.code;

describe('an upload', () => {
  it.each(['in chunks', 'with a length'])('over the limit, %s, gets 413, and its connection is closed', async (how) => {
    const { v1, door } = await setUp((req) => void req.resume(), { policy: { limits: { maxBodyBytes: 500_000 } } });
    const client = new RawClient(door.server.port);
    const head = how === 'in chunks' ? 'transfer-encoding: chunked' : 'content-length: 600000';
    client.write(`POST /agents/support/ HTTP/1.1\r\nhost: a\r\n${head}\r\n\r\n`);
    if (how === 'in chunks') for (let i = 0; i < 6; i++) client.write(`186a0\r\n${'x'.repeat(100_000)}\r\n`);
    await client.closed();
    expect(client.answers[0]?.status).toBe(413);
    expect(codeOf(client.answers[0]!)).toBe('body_too_large');
    expect(v1.requests.length).toBe(how === 'in chunks' ? 1 : 0);
    await until(() => v1.sockets.size === 0, 'the call upstream to be cancelled');
  });

  it('that is whole goes to stable when the candidate fails; one on its way does not, and says so', async () => {
    const stable = await version(mirror);
    const broken = await version((req, res) => void req.once('data', () => res.destroy()));
    const door = await frontDoor({ views: [viewOf(stable.url, broken.url, 100)], captureLimitBytes: 10_000 });
    const headers = (length: number) => ({ headers: { 'content-length': length } });
    const small = await callRaw(`${door.url}/agents/support/`, { method: 'POST', ...headers(5) }, 'small');
    expect([small.status, mirrored(small.body).body]).toEqual([200, 'small']);
    const large = await callRaw(
      `${door.url}/agents/support/`,
      { method: 'POST', ...headers(20_000) },
      'x'.repeat(20_000),
    );
    expect([large.status, codeOf(large), large.headers['x-should-retry']]).toEqual([502, 'upstream_broken', 'false']);
    expect(stable.requests).toHaveLength(1);
  });

  it.each([
    ['whole', (res: ServerResponse) => res.writeHead(403, { 'content-length': 2 }).end('no')],
    ['in chunks', (res: ServerResponse) => res.writeHead(403).end('no')],
  ])(
    'that is answered before it is read, %s: the answer arrives, and the connection is of use again or closed',
    async (_how, answer) => {
      const { door } = await setUp((req, res) => void answer(req.pause() && res));
      const client = new RawClient(door.server.port);
      client.write('POST /agents/support/ HTTP/1.1\r\nhost: a\r\ncontent-length: 3000000\r\n\r\n');
      for (let i = 0; i < 30; i++) client.write('x'.repeat(100_000));
      await until(() => client.received.includes('\r\n\r\n'), 'the head');
      await client.answered();
      expect(client.answers[0]).toMatchObject({ status: 403, body: Buffer.from('no') });
      client.write('GET /livez HTTP/1.1\r\nhost: a\r\n\r\n');
      await until(() => client.isClosed || client.answers.length === 2, 'an answer or the end');
      client.destroy();
      await until(() => door.server.pending() === 0, 'nothing to be pending');
      expect((await exchange(door)).status).toBe(403);
    },
  );
});
