import { describe, expect, it } from 'vitest';
import type { AdmissionPolicy } from '../admission/admission-call.ts';
import { createWatch } from '../admission/admission-watch.harness.ts';
import { notPermitted, rateLimited } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import { until } from '../test/front-door.harness.ts';
import {
  closeAfterEach,
  connected,
  doorTo,
  ended,
  nothingOpen,
  textOf,
  upstreamThat,
} from '../uws/socket-client.harness.ts';
import { echo, onlyView } from '../uws/uws-websocket.harness.ts';

closeAfterEach();

/** A policy that asks `answer` about each turn, watched. */
const forTurns = (answer: () => Refusal | null | Promise<Refusal | null>) => {
  const watch = createWatch();
  const policy: AdmissionPolicy = {
    name: 'turns',
    about: '',
    needs: 'agent',
    reserve: ({ kind }) => (kind === 'turn' ? answer() : null),
  };
  return { watch, policies: [watch.watched(policy)] };
};
const doorFor = async (policies: readonly AdmissionPolicy[], more: { maxBufferedBytes?: number } = {}) => {
  const upstream = await upstreamThat(echo);
  return { upstream, door: await doorTo({ view: onlyView(upstream.url), policies, ...more }) };
};

describe('a turn', () => {
  it('is settled with its outcome when it ends, each one once', async () => {
    const { watch, policies } = forTurns(() => null);
    const { door } = await doorFor(policies);
    const client = await connected(door);
    for (const text of ['a', 'b']) {
      client.send(text);
      await until(() => client.got.at(-1)?.text === text, 'the echo');
    }
    client.close();
    await nothingOpen(door);
    expect(watch.endings('turns')).toEqual(['turn ok', 'turn ok']);
    expect(watch.held()).toBe(0);
    watch.expectSettled();
  });

  it.each([
    ['a limit', rateLimited('Too much. Try again later.'), 1013],
    ['a rule', notPermitted('Not this.'), 1008],
  ])('that %s refuses ends the connection with a reason, and its message goes nowhere', async (_name, error, code) => {
    const { watch, policies } = forTurns(() => ({ error, headers: [] }));
    const { door, upstream } = await doorFor(policies);
    const heard: string[] = [];
    const client = await connected(door);
    await until(() => upstream.sockets.size === 1, 'the upstream');
    for (const socket of upstream.sockets) socket.on('message', (data) => heard.push(textOf(data)));
    client.send('a');
    expect(await ended(client)).toEqual({ code, reason: error.message });
    await nothingOpen(door);
    expect(heard).toEqual([]);
    expect(door.said).toContain(`refused ${error.code}`);
    expect(door.said).toContain('closed support v1 refused');
    expect(door.heads()).toEqual([]);
    watch.expectSettled();
  });

  it('that a policy has to think about waits with all its messages, in their order', async () => {
    let decide: ((refusal: null) => void) | undefined;
    const { watch, policies } = forTurns(() => new Promise((resolve) => (decide = resolve)));
    const { door } = await doorFor(policies);
    const client = await connected(door);
    for (const text of ['a', 'b', 'c']) client.send(text);
    const answer = await until(() => decide, 'the question');
    client.send('d');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(client.got).toEqual([]);
    answer(null);
    await until(() => client.got.length === 4, 'the echoes');
    expect(client.got.map(({ text }) => text)).toEqual(['a', 'b', 'c', 'd']);
    client.close();
    await nothingOpen(door);
    watch.expectSettled();
  });

  it('holds no more than the buffer while it waits', async () => {
    const { watch, policies } = forTurns(() => new Promise(() => {}));
    const { door } = await doorFor(policies, { maxBufferedBytes: 100_000 });
    const client = await connected(door);
    await until(() => {
      if (client.bufferedAmount < 1e6) client.send(Buffer.alloc(40_000));
      return client.end;
    }, 'the close');
    expect(client.end).toMatchObject({ code: 1013 });
    await nothingOpen(door);
    expect(watch.held()).toBe(0);
  });

  it('is settled when its connection overflows', async () => {
    const { watch, policies } = forTurns(() => null);
    const upstream = await upstreamThat((socket) => socket.pause());
    const door = await doorTo({ view: onlyView(upstream.url), policies, maxBufferedBytes: 200_000 });
    const client = await connected(door);
    await until(() => {
      if (client.bufferedAmount < 1e6) client.send(Buffer.alloc(65_536));
      return client.end;
    }, 'the close');
    await nothingOpen(door);
    expect(watch.endings('turns')).toEqual(['turn upstream_error']);
    watch.expectSettled();
  });
});
