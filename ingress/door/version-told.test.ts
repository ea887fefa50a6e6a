import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import { keyOf } from '../../schemas/api-key.fixture.ts';
import { KEY_PREFIX } from '../../schemas/api-key.ts';
import type { RoleName } from '../../schemas/roles.ts';
import { NO_RULES } from '../../schemas/routing-view.ts';
import { answerJson, closedAfterEach, completion, viewOf } from '../test/front-door.harness.ts';
import { openRaw } from '../uws/raw-websocket.harness.ts';
import { closeAfterEach, upstreamThat } from '../uws/socket-client.harness.ts';
import { echo } from '../uws/uws-websocket.harness.ts';

const { upstream, frontDoor } = closedAfterEach();
closeAfterEach();

const secretOf = (letter: string): string => `${KEY_PREFIX}${letter.repeat(43)}`;
const keyWith = (letter: string, roles: RoleName[]) =>
  keyOf(letter, { sha256: hash('sha256', secretOf(letter), 'hex'), roles });
const KEYS = [keyWith('a', []), keyWith('b', ['subjects', 'events', 'score', 'admin'])];
const TOLD = [keyWith('c', ['pin']), keyWith('d', ['operator'])];

/** Names that stand nowhere else, so that a search for them finds them wherever they are told. */
const NAMES = { v1: 'older-one', v2: 'newer-one', stable: 'resting', candidate: 'rising' };
const renamed = (url: string, socketUrl: string) =>
  JSON.parse(
    JSON.stringify(viewOf(url, socketUrl, 50, { rules: { ...NO_RULES, fallbackOn: [] } })).replaceAll(
      /"(v1|v2|stable|candidate)"/g,
      (_, name: keyof typeof NAMES) => `"${NAMES[name]}"`,
    ),
  ) as ReturnType<typeof viewOf>;

/** All that an HTTP client sees of answers of every kind: good, streamed, failed, not there, feedback, list of models. */
const seenBy = async (url: string, key: string): Promise<string> => {
  const seen: string[] = [];
  const call = async (path: string, body?: object): Promise<string | null> => {
    const response = await fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    seen.push(JSON.stringify([...response.headers]), await response.text());
    return response.headers.get('x-coalmine-exchange-id');
  };
  const ask = (content: string, user: string, stream = false) =>
    call('/v1/chat/completions', { model: 'support', stream, user, messages: [{ role: 'user', content }] });
  for (const user of ['u1', 'u2', 'u3', 'u4', 'u5', 'u6']) {
    const id = await ask('hi', user);
    seen.push(Buffer.from(id!, 'base64url').toString('latin1'));
    await ask('hi', user, true);
    await ask('fail', user);
    await ask('refuse', user);
    await call('/v1/feedback', { exchange_id: id, thumbs: 'up' });
    await call(`/agents/support/talk?as=${user}`);
  }
  await call('/v1/models');
  await call('/v1/models/support');
  return seen.join('\n');
};

const setUp = async () => {
  const version = await upstream((res, body) => {
    const { messages, stream } = JSON.parse(body || '{}') as { messages?: { content: string }[]; stream?: boolean };
    const content = messages?.[0]?.content ?? '';
    if (content === 'fail') return res.destroy();
    if (content === 'refuse') return answerJson(res, { error: { message: 'no' } }, 422);
    if (!stream) return answerJson(res, completion('hello'));
    res.writeHead(200, { 'content-type': 'text/event-stream', 'x-coalmine-version': 'older-one' });
    return res.end('data: {"choices":[{"delta":{"content":"hello"}}]}\n\ndata: [DONE]\n\n');
  });
  const door = await frontDoor({
    views: [renamed(version.url, version.url)],
    keys: [...KEYS, ...TOLD],
    policy: { access: { anonymous: {} } },
  });
  return door;
};
const ANY_NAME = /older-one|newer-one|resting|rising/g;

it.each(['', ...KEYS.map(({ id }) => secretOf(id.at(-1)!))])(
  'no answer tells a version or an arm to a caller without `pin` or `operator`: key %j',
  async (key) => {
    const door = await setUp();
    expect((await seenBy(door.url, key)).match(ANY_NAME)).toBeNull();
  },
);

it.each(TOLD.map(({ id, roles }) => [roles[0], secretOf(id.at(-1)!)] as const))(
  'the role `%s` is told which version answered, and the id tells it none either',
  async (_, key) => {
    const door = await setUp();
    const seen = await seenBy(door.url, key);
    expect(new Set(seen.match(ANY_NAME))).toEqual(new Set(['older-one', 'newer-one']));
    expect(seen).toContain('["x-coalmine-version","newer-one"]');
  },
);

it('a WebSocket’s handshake tells its version to no one else either', async () => {
  const talking = await upstreamThat(echo);
  const door = await frontDoor({ views: [renamed(talking.url, talking.url)], keys: [...KEYS, ...TOLD] });
  door.applyPolicy({ access: { anonymous: {} } });
  const headOf = async (key: string): Promise<string> => {
    const raw = await openRaw(door.server.port, '/agents/support/talk', { authorization: `Bearer ${key}` });
    raw.socket.destroy();
    return raw.head;
  };
  for (const { id } of KEYS) {
    const head = await headOf(secretOf(id.at(-1)!));
    expect(head).toContain('101 Switching');
    expect(head).toContain('x-coalmine-exchange-id');
    expect(head.match(ANY_NAME)).toBeNull();
  }
  expect(await headOf(secretOf('c'))).toMatch(/x-coalmine-version: (older|newer)-one/);
});
