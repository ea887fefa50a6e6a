import { once } from 'node:events';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { rateOf, resultOf, takeAll } from '../admission/gcra.ts';
import type { RateLimiter } from '../admission/limits.ts';
import { createLocalBuckets } from '../admission/local-buckets.ts';
import { closedAfterEach, until, viewOf } from '../test/front-door.harness.ts';
import { closeAfterEach, upstreamThat } from '../uws/socket-client.harness.ts';
import { echo } from '../uws/uws-websocket.harness.ts';

const { frontDoor } = closedAfterEach();
closeAfterEach();

/** The product's buckets on a clock that stands still, at once or, as with Redis, a little later. */
const limiterOf = (isLate: boolean): RateLimiter => {
  const local = createLocalBuckets();
  return {
    take: (buckets) => {
      if (buckets.length === 0) return null;
      const names = buckets.map(({ name }) => name);
      const rates = buckets.map(({ limit }) => rateOf(limit));
      const { allowed, after } = takeAll(rates, local.backlogs(names, 0));
      if (allowed) local.keep(names, after, 0);
      const result = resultOf(
        allowed,
        rates.map((rate, i) => ({ bucket: names[i]!, rate, backlogUs: after[i]! })),
      );
      return isLate ? Promise.resolve(result) : result;
    },
  };
};

it.each([
  ['at once', false],
  ['a little later', true],
])('a connection has no more turns than its caller has requests, when the limit answers %s', async (_, isLate) => {
  const talking = await upstreamThat(echo);
  const door = await frontDoor({
    views: [viewOf(talking.url, talking.url, 0)],
    policy: { access: { anonymous: {} }, limits: { perKey: { requests: 5, per: '1m', burst: 5 } } },
    limiter: limiterOf(isLate),
  });
  const url = `${door.url.replace('http', 'ws')}/agents/support/talk`;
  const socket = new WebSocket(url);
  await once(socket, 'open');
  socket.on('message', () => socket.send('more'));
  socket.send('first');
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  expect([code, reason.toString()]).toEqual([1013, expect.stringContaining('The request limit')]);
  // One of the five was the handshake.
  await until(() => door.exchanges().length === 4, 'four turns');
  const again = new WebSocket(url);
  again.on('error', () => {});
  const [, response] = (await once(again, 'unexpected-response')) as [unknown, { statusCode: number }];
  expect(response.statusCode).toBe(429);
});

it('a turn is charged to whom its handshake was: key or address, user and agent', async () => {
  const talking = await upstreamThat(echo);
  const taken: string[][] = [];
  const door = await frontDoor({
    views: [viewOf(talking.url, talking.url, 0)],
    policy: {
      access: { anonymous: { roles: ['subjects'] } },
      limits: { perKey: { requests: 9 }, perUser: { requests: 9 } },
      defaults: { limit: { requests: 9 } },
    },
    limiter: { take: (buckets) => (taken.push(buckets.map(({ name }) => name)), null) },
  });
  const headers = { 'x-coalmine-subject': 'ann' };
  const socket = new WebSocket(`${door.url.replace('http', 'ws')}/agents/support/talk`, { headers });
  await once(socket, 'open');
  socket.send('hi');
  await once(socket, 'message');
  socket.close();
  expect(taken).toHaveLength(2);
  expect(taken[1]).toEqual(taken[0]);
  expect(taken[0]!.map((name) => name.split(':')[0])).toEqual(['address', 'user', 'agent']);
});
