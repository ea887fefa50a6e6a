import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import type { Decision } from '../../schemas/decision.ts';
import { accessWith, bearer, keyFor } from '../test/api-access.fixture.ts';
import { person } from '../test/person.fixture.ts';
import {
  AGENT_YAML,
  createSimulation,
  rolloutYaml,
  type SimulatedController,
  startSimulated,
} from '../test/simulation.fixture.ts';
import { createAccessEvents } from './access-events.ts';
import { createEventStreams } from './event-streams.io.ts';
import { serveApi } from './http-api.io.ts';

const TIMING = { lookEveryMs: 10, heartbeatMs: 20 };
const simulation = createSimulation(51);
const other = keyFor('other', { agents: ['other'] });
const ann = keyFor('ann');
const access = accessWith(ann, keyFor('zoe'), other);
const known = new Map([ann, keyFor('zoe'), other].map((key) => [key.sha256, key]));
let controller: SimulatedController;
let api: Awaited<ReturnType<typeof serveApi>>;
let url: string;
beforeAll(async () => {
  controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
  const keys = { ...access.keys, find: (sha256: string) => known.get(sha256) };
  api = await serveApi({ controller, ...access, keys, streamTiming: TIMING });
  url = `http://127.0.0.1:${api.port}`;
  await apply(AGENT_YAML);
});
afterAll(async () => {
  await api.stop();
  await controller.stop();
});

const apply = async (text: string): Promise<void> => {
  const given = { method: 'POST', headers: { ...bearer('zoe'), 'content-type': 'application/yaml' }, body: text };
  expect((await fetch(`${url}/v1/documents`, given)).status).toBe(200);
};
const command = async (path: string): Promise<void> => {
  expect((await fetch(`${url}/v1/rollouts/${path}`, { method: 'POST', headers: bearer('zoe') })).status).toBe(200);
};

type Heard = { event?: string | undefined; id?: string | undefined; data: string };
/** A stream of events, and all that was heard on it so far. */
const listen = async (headers: Record<string, string>, at = url) => {
  const leaving = new AbortController();
  const response = await fetch(`${at}/v1/events`, { headers, signal: leaving.signal });
  const heard: Heard[] = [];
  let comments = 0;
  let isOver = false;
  const read = async (): Promise<void> => {
    const onComment = (): void => void (comments += 1);
    const parser = new EventSourceParserStream({ onComment });
    for await (const event of response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(parser))
      heard.push(event);
  };
  void read()
    .catch(() => {})
    .finally(() => (isOver = true));
  return {
    status: response.status,
    heard,
    comments: () => comments,
    isOver: () => isOver,
    told: (event: string) => heard.filter((one) => one.event === event).map(({ data }) => JSON.parse(data) as Decision),
    lastId: () => heard.findLast(({ id }) => id !== undefined)?.id ?? '',
    leave: () => leaving.abort(),
  };
};

describe('a stream of events', () => {
  it('tells each decision once, and views when they have changed', async () => {
    const stream = await listen(bearer('ann'));
    await vi.waitFor(() => expect(stream.told('agent')).toMatchObject([{ name: 'support', stable: 'v1' }]));
    await apply(rolloutYaml('', 'one'));
    await command('one/pause');
    await vi.waitFor(() => expect(stream.told('decision').map(({ type }) => type)).toEqual(['start', 'pause']));
    await vi.waitFor(() => expect(stream.told('rollout').at(-1)).toMatchObject({ name: 'one', state: 'paused' }));
    await vi.waitFor(() => expect(stream.comments()).toBeGreaterThan(2));
    expect(stream.told('decision')[0]).toMatchObject({ sentence: expect.stringMatching(/./) });
    stream.leave();
  });

  it('goes on behind what was heard last, and loses nothing of what came meanwhile', async () => {
    const first = await listen(bearer('ann'));
    await vi.waitFor(() => expect(first.lastId()).toBe('support#3'));
    first.leave();
    await command('one/resume');
    await command('one/abort');
    const second = await listen({ ...bearer('ann'), 'last-event-id': 'support#3' });
    await vi.waitFor(() => expect(second.told('decision').map(({ sequence }) => sequence)).toEqual([4, 5]));
    expect(second.lastId()).toBe('support#5');
    second.leave();
    const whole = await listen({ ...bearer('ann'), 'last-event-id': '' });
    await vi.waitFor(() => expect(whole.told('decision').map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]));
    whole.leave();
    const ahead = await listen({ ...bearer('ann'), 'last-event-id': 'support#900,gone#2' });
    await vi.waitFor(() => expect(ahead.lastId()).toBe('support#5'));
    ahead.leave();
  });

  it('tells nothing of an agent that the key is not for', async () => {
    const stream = await listen(bearer('other'));
    await apply(AGENT_YAML.replace('name: support', 'name: other'));
    await apply(rolloutYaml('', 'unseen'));
    await command('unseen/abort');
    await vi.waitFor(() => expect(stream.told('decision').map(({ agent }) => agent)).toEqual(['other']));
    await vi.waitFor(() => expect(stream.told('agent')).toMatchObject([{ name: 'other' }]));
    expect(JSON.stringify(stream.heard)).not.toContain('support');
    stream.leave();
  });

  it('is refused without a key, by an id that is none, and where too many are open', async () => {
    expect((await listen({})).status).toBe(401);
    for (const id of ['x', 'support#', 'support#1;other#2']) {
      const refused = await listen({ ...bearer('ann'), 'last-event-id': id });
      expect(refused.status).toBe(400);
    }
    const open = await Promise.all(Array.from({ length: 10 }, () => listen(bearer('zoe'))));
    expect(open.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect((await listen(bearer('zoe'))).status).toBe(429);
    for (const stream of open) stream.leave();
    await vi.waitFor(async () => {
      const again = await listen(bearer('zoe'));
      again.leave();
      expect(again.status).toBe(200);
    });
  });

  it('ends when its key is revoked, and when the controller stops', async () => {
    const stream = await listen(bearer('ann'));
    known.set(ann.sha256, { ...ann, revokedAtMs: 1 });
    await vi.waitFor(() => expect(stream.isOver()).toBe(true));
    known.set(ann.sha256, ann);
    const second = await serveApi({ controller, ...access });
    const last = await listen(bearer('ann'), `http://127.0.0.1:${second.port}`);
    await vi.waitFor(() => expect(last.told('agent')).toHaveLength(2));
    await second.stop();
    await vi.waitFor(() => expect(last.isOver()).toBe(true));
  });
});

it('a reader who takes nothing is dropped, and that is told by a metric; no time is kept after the last has left', async () => {
  let tell: (decision: Decision) => void = () => {};
  let isFollowed = false;
  const stub = {
    agents: () => [],
    rollout: () => null,
    decisions: () => [],
    follow: (listener: (decision: Decision) => void) => {
      [tell, isFollowed] = [listener, true];
      return () => void (isFollowed = false);
    },
  };
  const metrics = createMetrics('controller');
  const events = createAccessEvents(silentLog, metrics);
  const streams = createEventStreams({ controller: stub, events, timing: TIMING });
  const server = createServer((_, response) => streams.open(response, person('ann'), async () => true, undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.pause().write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await vi.waitFor(() => expect(isFollowed).toBe(true));
  const [like] = controller.decisions('support', 1)!;
  await vi.waitFor(
    () => {
      tell({ ...like!, reason: 'x'.repeat(1_000_000), sequence: (like!.sequence += 1) });
      expect(isFollowed).toBe(false);
    },
    { timeout: 20_000, interval: 1 },
  );
  expect(await metrics.text()).toContain('event_streams_ended_total{reason="slow"} 1');
  expect(await metrics.text()).toContain('coalmine_controller_event_streams 0');
  socket.destroy();
  server.closeAllConnections();
  server.close();
});
