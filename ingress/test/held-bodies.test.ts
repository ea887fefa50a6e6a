import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { answerJson, closedAfterEach, completion, until, viewOf } from './front-door.harness.ts';
import type { FrontDoorOptions } from './front-door.harness.ts';
import { callRaw, RawClient } from './raw-http.harness.ts';

/** What many who hold their requests back cost the front door, and everyone else. */

const MIB = 1_048_576;
const { frontDoor, upstream, onClose } = closedAfterEach();

const limits = (maxHeldBytes: number): NonNullable<FrontDoorOptions['policy']> => ({ limits: { maxHeldBytes } });
const setUp = async (maxHeldBytes: number, answer: Parameters<typeof upstream>[0] = polite) => {
  const version = await upstream(answer);
  const door = await frontDoor({ views: [viewOf(version.url, version.url, 0)], policy: limits(maxHeldBytes) });
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, door.front.held.bytes)), 1);
  onClose(async () => clearInterval(watch));
  return { version, door, most: () => most };
};
const polite: Parameters<typeof upstream>[0] = (res) => answerJson(res, completion('hello'));

const START = Buffer.from('{"model":"support","user":"u","x":"');
const bodyOf = (bytes: number): Buffer =>
  Buffer.concat([START, Buffer.alloc(bytes - START.length - 2, 'x'), Buffer.from('"}')]);
const CHAT = 'POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n';

/** Sends all but the last byte of a body, and stays. */
const HOLDERS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  'with a length': (body) =>
    Buffer.concat([Buffer.from(`${CHAT}Content-Length: ${body.length}\r\n\r\n`), body.subarray(0, -1)]),
  'in chunks': (body) =>
    Buffer.concat([
      Buffer.from(`${CHAT}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`),
      body.subarray(0, -1),
    ]),
  'as feedback': (body) =>
    Buffer.concat([
      Buffer.from(`POST /v1/feedback HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`),
      body.subarray(0, -1),
    ]),
};

describe('answers that nobody reads', () => {
  it(
    'take no more than there is to be held, and whole ones come whole once they are read',
    { timeout: 60_000 },
    async () => {
      // More than the system's own buffers take.
      const big = bodyOf(14 * MIB);
      const version = await upstream((res) => res.writeHead(200, { 'content-length': big.length }).end(big));
      const door = await frontDoor({
        views: [viewOf(version.url, version.url, 0)],
        policy: limits(40 * MIB),
        captureLimitBytes: 16 * MIB,
      });
      const clients = Array.from({ length: 4 }, () => new RawClient(door.server.port));
      for (const client of clients) {
        client.socket.pause();
        client.write(`${CHAT}Content-Length: ${START.length + 2}\r\n\r\n${START.toString()}"}`);
      }
      await until(() => version.requests.length === 4 && door.server.pending() === 0, 'all to be answered', 20_000);
      expect(door.front.held.bytes).toBeGreaterThan(0);
      expect(door.front.held.bytes).toBeLessThanOrEqual(40 * MIB);
      for (const { socket } of clients) socket.resume();
      await until(
        () => clients.every(({ isClosed, answers }) => isClosed || answers.length === 1),
        'all to be read',
        15_000,
      );
      const whole = clients.filter(({ answers }) => answers[0]?.body.equals(big) === true);
      expect(whole.length).toBeGreaterThan(0);
      // One that came whole keeps its connection.
      whole[0]!.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n');
      await whole[0]!.answered(2);
      expect(whole[0]!.answers[1]?.status).toBe(200);
      for (const client of clients) client.destroy();
      await until(() => door.front.held.bytes === 0, 'all to be given back');
    },
  );
});

describe('the body of a caller whose limit is reached', () => {
  it('is not read: the head alone is refused, and nothing is charged for it', async () => {
    const version = await upstream(polite);
    let taken = 0;
    const result = { bucket: 'address:127.0.0.1', limit: 1, remaining: 0, resetMs: 60_000, retryAfterMs: 60_000 };
    const door = await frontDoor({
      views: [viewOf(version.url, version.url, 0)],
      limiter: { take: () => ({ ...result, allowed: (taken += 1) === 1 }) },
      policy: { limits: { perKey: { requests: 1, burst: 1 } } },
    });
    const asked = async () =>
      (await callRaw(`${door.url}/v1/chat/completions`, { method: 'POST' }, bodyOf(100))).status;
    expect([await asked(), await asked(), taken]).toEqual([200, 429, 2]);
    const client = new RawClient(door.server.port);
    client.write(`${CHAT}Content-Length: 4000000\r\n\r\n`);
    await client.closed();
    expect([client.answers[0]?.status, taken]).toEqual([429, 2]);
    expect(client.answers[0]?.head).toContain('\r\nretry-after: ');
    // Whose body is short goes on over the same connection.
    expect([await asked(), taken, version.requests.length]).toEqual([429, 2, 1]);
  });
});

describe('bodies that are held back', () => {
  it.each(Object.entries(HOLDERS))(
    '%s never take more than there is to be held; those without room are told, and others served once they are gone',
    async (_name, bytesOf) => {
      const { door, most } = await setUp(8 * MIB);
      const bytes = bytesOf(bodyOf(MIB));
      const clients = Array.from({ length: 40 }, () => new RawClient(door.server.port));
      for (const client of clients) client.write(bytes);
      await until(() => clients.filter(({ isClosed }) => isClosed).length >= 32, 'those without room to be refused');
      for (const { answers } of clients.filter(({ isClosed }) => isClosed)) {
        expect(answers[0]?.body.toString() ?? 'reset').toMatch(/"code":"overloaded"|^reset$/);
        expect(answers[0]?.head ?? '\r\nretry-after: 1').toContain('\r\nretry-after: 1');
      }
      expect(clients.some(({ answers }) => answers[0]?.status === 503)).toBe(true);
      expect(door.front.held.bytes).toBeGreaterThan(0);
      // Small ones fit beside them, since one caller has half of the room at most.
      const small = { method: 'POST' };
      expect((await callRaw(`${door.url}/v1/chat/completions`, small, bodyOf(1_000))).status).toBe(200);
      for (const client of clients) client.destroy();
      await until(() => door.front.held.bytes === 0, 'all to be given back');
      expect((await callRaw(`${door.url}/v1/chat/completions`, small, bodyOf(3 * MIB))).status).toBe(200);
      expect(most()).toBeLessThanOrEqual(8 * MIB);
      await until(() => door.front.held.bytes === 0 && door.server.pending() === 0, 'this one, too');
    },
  );

  it('cost no more memory than that, whoever sends how many of them', { timeout: 60_000 }, async () => {
    const { door } = await setUp(16 * MIB);
    const bytes = HOLDERS['with a length']!(bodyOf(4 * MIB));
    const before = process.memoryUsage().rss;
    let mostRss = before;
    const watch = setInterval(() => (mostRss = Math.max(mostRss, process.memoryUsage().rss)), 5);
    onClose(async () => clearInterval(watch));
    const clients = Array.from({ length: 100 }, () => new RawClient(door.server.port));
    for (const client of clients) client.write(bytes);
    const refused = (): boolean => clients.filter(({ isClosed }) => isClosed).length >= 98;
    await until(refused, 'those without room to be refused', 40_000);
    for (const client of clients) client.destroy();
    await until(() => door.front.held.bytes === 0, 'all to be given back');
    const grownMb = (mostRss - before) / 1e6;
    process.stderr.write(`100 bodies of 4 MiB held back: RSS grew by ${Math.round(grownMb)} MB\n`);
    // All of them would be 419 MB.
    expect(grownMb).toBeLessThan(150);
  });

  it('count until they are answered, once decoded as what they are then', async () => {
    const waiting: (() => void)[] = [];
    const { door, most } = await setUp(16 * MIB, (res) => waiting.push(() => answerJson(res, completion('hello'))));
    const zipped = gzipSync(bodyOf(2 * MIB));
    const send = () =>
      callRaw(
        `${door.url}/v1/chat/completions`,
        { method: 'POST', headers: { 'content-encoding': 'gzip' }, agent: false },
        zipped,
      );
    const answers = Array.from({ length: 12 }, send);
    await until(() => waiting.length >= 2 && door.server.pending() === waiting.length, 'what has room to be asked');
    expect(waiting.length).toBeLessThan(5);
    for (const answer of waiting) answer();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(waiting.length);
    expect(statuses.filter((status) => status !== 200).every((status) => status === 503)).toBe(true);
    expect(most()).toBeLessThanOrEqual(16 * MIB);
    expect(door.front.held.bytes).toBe(0);
  });

  it('of uploads count as far as they are kept, and one that finds no room is given up', async () => {
    const { door, version } = await setUp(MIB, () => {});
    const clients = Array.from({ length: 20 }, () => new RawClient(door.server.port));
    const head = 'PUT /agents/support/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunk = `30000\r\n${'x'.repeat(0x30000)}\r\n`;
    for (const client of clients) client.write(head + chunk);
    await until(() => clients.filter(({ isClosed }) => isClosed).length >= 15, 'those without room to be refused');
    expect(door.front.held.bytes).toBeLessThanOrEqual(MIB);
    const refused = clients.filter(({ answers }) => answers[0]?.status === 503);
    expect(refused.length).toBeGreaterThan(0);
    for (const client of clients) client.destroy();
    await until(() => door.front.held.bytes === 0 && door.server.pending() === 0, 'all to be given back');
    expect(version.requests.length).toBeLessThanOrEqual(20);
  });
});
