import { hash } from 'node:crypto';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { keyOf } from '../../schemas/api-key.fixture.ts';
import { KEY_PREFIX } from '../../schemas/api-key.ts';
import { NO_RULES } from '../../schemas/routing-view.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { answerJson, closedAfterEach, completion, until, viewOf } from '../test/front-door.harness.ts';
import { closeAfterEach, upstreamThat } from '../uws/socket-client.harness.ts';
import { echo } from '../uws/uws-websocket.harness.ts';

const { upstream, frontDoor } = closedAfterEach();
closeAfterEach();

const secretOf = (letter: string): string => `${KEY_PREFIX}${letter.repeat(43)}`;
const bearer = (letter: string) => ({ authorization: `Bearer ${secretOf(letter)}` });
const keyWith = (letter: string, roles: string[]) =>
  keyOf(letter, { sha256: hash('sha256', secretOf(letter), 'hex'), roles });
const KEYS = [keyWith('a', ['pin', 'operator']), keyWith('b', ['subjects'])];
const NAMES = Array.from({ length: 40 }, (_, i) => `u${i}`);

const setUp = async (more: Partial<RoutingView> = {}) => {
  const version = await upstream((res) => answerJson(res, completion('hello')));
  const door = await frontDoor({ views: [viewOf(version.url, version.url, 50, more)], keys: KEYS });
  door.applyPolicy({
    access: { anonymous: {}, trustedProxies: ['127.0.0.1'] },
    defaults: { capture: { mode: 'full' } },
  });
  const ask = async (user: string, headers: Record<string, string>): Promise<string> => {
    const body = JSON.stringify({ model: 'support', user, messages: [{ role: 'user', content: 'hi' }] });
    const response = await fetch(`${door.url}/v1/chat/completions`, { method: 'POST', headers, body });
    return response.headers.get('x-coalmine-exchange-id')!;
  };
  /** The exchanges of these ids, in their order; topics have several partitions. */
  const seen = async (ids: readonly string[]) => {
    await until(() => door.exchanges().length >= ids.length, `${ids.length} exchanges`);
    const byId = new Map(door.exchanges().map((one) => [one.exchangeId, one]));
    return ids.map((id) => byId.get(id)!);
  };
  return { door, ask, seen };
};

it('a caller without the role is one bucket and no evidence, however many names he gives, and his users stay sticky', async () => {
  const { door, ask, seen } = await setUp();
  const ids: string[] = [];
  for (const name of [...NAMES, ...NAMES]) ids.push(await ask(name, bearer('a')));
  const exchanges = await seen(ids);
  expect(new Set(exchanges.map(({ subjectBucket }) => subjectBucket)).size).toBe(1);
  expect(new Set(exchanges.map(({ vouched }) => vouched))).toEqual(new Set([false]));
  const armsOf = (part: typeof exchanges) => part.map(({ assignedArm }) => assignedArm);
  expect(armsOf(exchanges.slice(0, 40))).toEqual(armsOf(exchanges.slice(40)));
  expect(new Set(armsOf(exchanges))).toEqual(new Set(['stable', 'candidate']));
  await until(() => door.exchangeRecords.some(({ tick }) => tick?.counters['accepted'] === 80), 'a tick of all');
  expect(door.exchangeRecords.flatMap(({ tick }) => tick?.arms ?? [])).toEqual([]);
});

it('with the role each name is one, and counts', async () => {
  const { door, ask, seen } = await setUp();
  const ids: string[] = [];
  for (const name of NAMES) ids.push(await ask(name, bearer('b')));
  const exchanges = await seen(ids);
  expect(new Set(exchanges.map(({ subjectBucket }) => subjectBucket)).size).toBeGreaterThan(8);
  expect(exchanges.every(({ vouched }) => vouched)).toBe(true);
  const tick = await until(
    () => door.exchangeRecords.findLast((one) => one.tick?.counters['accepted'] === 40)?.tick,
    'a tick of all',
  );
  expect(tick.arms.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(40);
});

it('feedback is evidence as the exchange was that it is on', async () => {
  const { door, ask } = await setUp();
  for (const [letter, evidence] of [
    ['a', false],
    ['b', true],
  ] as const) {
    const body = JSON.stringify({ exchange_id: await ask('u1', bearer(letter)), thumbs: 'down' });
    await fetch(`${door.url}/v1/feedback`, { method: 'POST', headers: bearer(letter), body });
    const told = await until(() => door.feedback().find((one) => one.evidence === evidence), 'the feedback');
    expect(told.arm).toMatch(/stable|candidate/);
  }
});

it('without a key the address is the caller, of IPv6 the network of one customer', async () => {
  const { ask, seen } = await setUp();
  const addresses = ['2001:db8:1:2::1', '2001:db8:1:2:ffff:3:2:1', '2001:db8:1:3::1', '192.0.2.1'];
  const ids: string[] = [];
  for (const address of addresses) ids.push(await ask('', { 'x-forwarded-for': address }));
  ids.push(await ask('ann', { 'x-forwarded-for': addresses[0]! }));
  const exchanges = await seen(ids);
  const [one, same, other, ipv4, named] = exchanges.map(({ subject }) => subject);
  expect(same).toBe(one);
  expect(new Set([one, other, ipv4, named]).size).toBe(4);
  expect(exchanges[4]!.subjectBucket).toBe(exchanges[0]!.subjectBucket);
  expect(exchanges.some(({ vouched }) => vouched)).toBe(false);
});

it('rules for subjects hear only names from those who may give them: nobody names himself onto a beta list', async () => {
  const { ask, seen } = await setUp({ rules: { ...NO_RULES, betaSubjects: NAMES } });
  const ids: string[] = [];
  for (const letter of ['a', 'b']) for (const name of NAMES.slice(0, 5)) ids.push(await ask(name, bearer(letter)));
  const assignments = (await seen(ids)).map(({ assignment }) => assignment);
  expect(assignments).toEqual([...Array<string>(5).fill('weight'), ...Array<string>(5).fill('beta')]);
});

it('a WebSocket’s turns are its caller’s in the same way', async () => {
  const talking = await upstreamThat(echo);
  const door = await frontDoor({ views: [viewOf(talking.url, talking.url, 50)], keys: KEYS });
  for (const letter of ['a', 'b'])
    for (const name of NAMES.slice(0, 12)) {
      const headers = { ...bearer(letter), 'x-coalmine-subject': name };
      const socket = new WebSocket(`${door.url.replace('http', 'ws')}/agents/support/talk`, { headers });
      await once(socket, 'open');
      socket.send('hi');
      await once(socket, 'message');
      socket.close();
    }
  const exchanges = await until(() => door.exchanges().length >= 24 && door.exchanges(), 'the turns');
  const bucketsOf = (isVouched: boolean) =>
    new Set(exchanges.filter(({ vouched }) => vouched === isVouched).map(({ subjectBucket }) => subjectBucket)).size;
  expect(bucketsOf(false)).toBe(1);
  expect(bucketsOf(true)).toBeGreaterThan(3);
});
