import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../platform/process/clock.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMemoryBus, type MemoryBus } from '../platform/kafka/memory-bus.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import type { Exchange, ShadowRecord } from '../schemas/exchange.ts';
import { deadLetterTopic, EXCHANGES, GROUPS, SHADOWS, topicsReadBy } from '../schemas/topics.ts';
import { body, exchangeOf } from '../schemas/exchange.fixture.ts';
import { viewOf } from './view.fixture.ts';
import type { Answer } from './plan.ts';
import { createMirrorEvents } from './events.ts';
import { type MirrorConfig, type MirrorDeps, startMirror } from './service.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const USAGE = { prompt_tokens: 100, completion_tokens: 50 };
const ANSWER: Answer = {
  status: 200,
  outcome: 'ok',
  latencyMs: 100,
  firstByteMs: 10,
  responseBody: body('{"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":50}}'),
};

const LIMITS: MirrorConfig = { instance: 'mirror-1', concurrency: 4, maxUsdPerHour: 1e9, maxPerUpstream: 64 };

const setUp = async (
  rest: Partial<MirrorDeps> = {},
  config: Partial<MirrorConfig> = {},
  bus: MemoryBus = createMemoryBus(),
) => {
  const sent: string[] = [];
  const events = createMirrorEvents(silentLog, createMetrics('mirror'));
  const send: MirrorDeps['send'] = async (upstream, path) => {
    sent.push(`${upstream}${path}`);
    return ANSWER;
  };
  const views = new Map([['support', viewOf({ noiseSharePct: 0 })]]);
  const deps = { bus, clock: systemClock, log: silentLog, events, views, isRoutingKnown: () => true, send, ...rest };
  const mirror = await startMirror(deps, { ...LIMITS, ...config });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= mirror.stop());
  stops.push(() => bus.close(0), stop);
  return { bus, sent, stop };
};

let sequence = 0;
const feed = (bus: MemoryBus, ...exchanges: Exchange[]): Promise<unknown> =>
  Promise.all(
    exchanges.map((event) => {
      const record = { source: 'test', sequence: (sequence += 1), timeMs: 1, event, tick: null };
      return bus.append(EXCHANGES, bus.partitionFor(event.exchangeId, EXCHANGES.partitions), [record]);
    }),
  );
const exchanges = (count: number): Exchange[] =>
  Array.from({ length: count }, (_, i) => exchangeOf({ exchangeId: `x-${i}` }));

const recordsIn = async (bus: MemoryBus): Promise<ShadowRecord[]> => {
  const found: ShadowRecord[] = [];
  for (let p = 0; p < SHADOWS.partitions; p++) await bus.readToEnd(SHADOWS, p, 0, ({ value }) => found.push(value));
  return found;
};
const shadowsIn = async (bus: MemoryBus) => (await recordsIn(bus)).flatMap(({ event }) => event ?? []);
const waitForShadows = (bus: MemoryBus, count: number) =>
  vi.waitFor(
    async () => {
      const shadows = await shadowsIn(bus);
      expect(new Set(shadows.map((s) => s.shadowId)).size).toBe(count);
      return shadows;
    },
    { timeout: 10_000, interval: 10 },
  );
const lastCounters = async (bus: MemoryBus) =>
  (await recordsIn(bus)).flatMap(({ tick }) => (tick ? [tick.counters] : [])).at(-1);

describe('the mirror', () => {
  it('publishes a shadow with the candidate’s answer, its price and the whole exchange', async () => {
    const { bus, sent } = await setUp();
    await feed(bus, exchangeOf());
    const [shadow] = await waitForShadows(bus, 1);
    expect(sent).toEqual(['http://v2/v1/chat/completions']);
    expect(shadow).toMatchObject({
      kind: 'shadow',
      version: 'v2',
      arm: 'candidate',
      promptTokens: 100,
      completionTokens: 50,
      outcome: 'ok',
    });
    expect(shadow?.costUsd).toBeCloseTo(0.2);
    expect(shadow?.exchange).toEqual(exchangeOf());
  });

  it('replays to stable once more for the noise floor', async () => {
    const { bus } = await setUp({ views: new Map([['support', viewOf({ noiseSharePct: 100 })]]) });
    await feed(bus, exchangeOf());
    const shadows = await waitForShadows(bus, 2);
    expect(shadows.map((s) => `${s.kind} ${s.version} ${s.arm}`).toSorted()).toEqual([
      'noise v1 stable',
      'shadow v2 candidate',
    ]);
  });

  it('publishes a failed replay too: it is an answer like any other', async () => {
    const failed: Answer = { ...ANSWER, status: 502, outcome: 'upstream_error', responseBody: body('') };
    const { bus } = await setUp({ send: async () => failed });
    await feed(bus, exchangeOf());
    expect(await waitForShadows(bus, 1)).toMatchObject([{ outcome: 'upstream_error', status: 502, costUsd: null }]);
  });

  it('accounts for every exchange and every replay in its ticks', async () => {
    const views = new Map([['support', viewOf({ noiseSharePct: 100, maxPerSecond: 3 })]]);
    const { bus, stop } = await setUp({ views, clock: { ...systemClock, nowMs: () => 5_000 } });
    const cut = { ...body('{'), state: 'truncated' as const };
    await feed(
      bus,
      ...exchanges(4),
      exchangeOf({ exchangeId: 'cut', requestBody: cut }),
      exchangeOf({ exchangeId: 'other', agent: 'tools' }),
    );
    await waitForShadows(bus, 3);
    await vi.waitFor(async () => expect(await lastCounters(bus)).toMatchObject({ received: 6 }), { timeout: 5_000 });
    await stop();
    expect(await lastCounters(bus)).toEqual({
      received: 6,
      stopped: 1,
      skipped: 1,
      not_replayable: 1,
      done: 3,
      failed: 0,
      shed: 5,
    });
  });

  it('compares answers to a redacted request with each other, and keeps nothing personal of them', async () => {
    const answers = ['from stable, call +49 171 1234567', 'from v2, write to ann@example.com'];
    const { bus, sent, stop } = await setUp({
      send: async (upstream) => {
        sent.push(upstream);
        return {
          ...ANSWER,
          responseBody: body(JSON.stringify({ content: answers[upstream.startsWith('http://v1/') ? 0 : 1] })),
        };
      },
    });
    const requestBody = { ...body('{"messages":["I am [EMAIL]"]}'), state: 'redacted' as const };
    await feed(bus, exchangeOf({ capture: 'redacted', requestBody }));
    const [shadow] = await waitForShadows(bus, 1);
    await stop();
    expect(sent).toHaveLength(2);
    expect(shadow?.responseBody).toMatchObject({ state: 'redacted', text: '{"content":"from v2, write to [EMAIL]"}' });
    expect(shadow?.exchange.responseBody.text).toBe('{"content":"from stable, call [PHONE]"}');
  });

  it('says where the answers differ, of the candidate and of stable against itself', async () => {
    const says = (content: string) => body(JSON.stringify({ choices: [{ message: { content } }] }));
    const { bus } = await setUp({
      views: new Map([['support', viewOf({ noiseSharePct: 100 })]]),
      send: async (upstream) => ({
        ...ANSWER,
        responseBody: says(upstream.startsWith('http://v1/') ? 'Hello' : 'Hullo'),
      }),
    });
    await feed(bus, exchangeOf({ responseBody: says('Hello') }));
    const shadows = await waitForShadows(bus, 2);
    expect(shadows.find(({ kind }) => kind === 'shadow')).toMatchObject({
      differences: ['content'],
      similarity: 0.8,
      rounds: 1,
    });
    expect(shadows.find(({ kind }) => kind === 'noise')).toMatchObject({ differences: [], similarity: 1 });
  });

  it.each([
    ['plain', (message: object) => body(JSON.stringify({ choices: [{ message }], usage: USAGE }))],
    [
      'streamed',
      (delta: object) =>
        body(
          `data: ${JSON.stringify({ choices: [{ delta }] })}\n\ndata: ${JSON.stringify({ choices: [], usage: USAGE })}\n\ndata: [DONE]\n\n`,
          'text/event-stream',
        ),
    ],
  ])('stubs calls of tools from the live conversation, %s, and adds up what the rounds took', async (how, answerOf) => {
    const calling = (id: string) => ({
      role: 'assistant',
      content: null,
      tool_calls: [{ id, type: 'function', function: { name: 'lookup', arguments: '{}' } }],
    });
    const messages = [
      { role: 'user', content: 'Hi' },
      calling('a'),
      { role: 'tool', tool_call_id: 'a', content: 'shipped' },
    ];
    const requests: { stream: boolean; messages: object[] }[] = [];
    const { bus } = await setUp({
      views: new Map([['support', { ...viewOf({ noiseSharePct: 0 }), shadowTools: 'stub' as const }]]),
      send: async (_upstream, _path, text) => {
        requests.push(JSON.parse(text) as (typeof requests)[number]);
        return {
          ...ANSWER,
          responseBody: answerOf(requests.length === 1 ? calling('b') : { content: 'It is on its way.' }),
        };
      },
    });
    const stream = how === 'streamed';
    await feed(bus, exchangeOf({ stream, requestBody: body(JSON.stringify({ model: 'support', stream, messages })) }));
    const [shadow] = await waitForShadows(bus, 1);
    expect(requests).toMatchObject([
      { stream, messages },
      { stream, messages: [...messages, calling('b'), { role: 'tool', tool_call_id: 'b', content: 'shipped' }] },
    ]);
    expect(shadow).toMatchObject({
      rounds: 2,
      promptTokens: 200,
      completionTokens: 100,
      latencyMs: 200,
      firstByteMs: 110,
    });
    expect(shadow?.costUsd).toBeCloseTo(0.4);
    expect(shadow?.responseBody.text).toContain('It is on its way.');
  });

  it('ends a replay that calls for ever with its last call as the answer', async () => {
    const call = { id: 'a', type: 'function', function: { name: 'lookup', arguments: '{}' } };
    const messages = [
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: '1' },
    ];
    const { bus } = await setUp({
      views: new Map([['support', { ...viewOf({ noiseSharePct: 0 }), shadowTools: 'stub' as const }]]),
      send: async () => ({
        ...ANSWER,
        responseBody: body(JSON.stringify({ choices: [{ message: { tool_calls: [call] } }] })),
      }),
    });
    const path = '/v1/chat/completions?api-version=2';
    await feed(bus, exchangeOf({ path, requestBody: body(JSON.stringify({ messages })) }));
    const [shadow] = await waitForShadows(bus, 1);
    expect(shadow).toMatchObject({ rounds: 4, costUsd: null });
    expect(shadow?.responseBody.text).toContain('tool_calls');
  });

  it('strips tools, and compares with what stable says without them', async () => {
    const texts: string[] = [];
    const { bus } = await setUp({
      views: new Map([['support', { ...viewOf({ noiseSharePct: 0 }), shadowTools: 'strip' as const }]]),
      send: async (upstream, _path, text) => {
        texts.push(text);
        return { ...ANSWER, responseBody: body(`{"choices":[{"message":{"content":"from ${upstream}"}}]}`) };
      },
    });
    await feed(
      bus,
      exchangeOf({ requestBody: body('{"model":"support","tools":[{"type":"function"}],"messages":[]}') }),
    );
    const [shadow] = await waitForShadows(bus, 1);
    expect(texts).toEqual(['{"model":"support","messages":[]}', '{"model":"support","messages":[]}']);
    expect(shadow?.exchange.responseBody.text).toContain('from http://v1/v1');
    expect(shadow?.exchange.requestBody.text).toContain('tools');
    expect(shadow?.differences).toEqual(['content']);
  });

  it('has no more than so many replays under way to one upstream, sheds the rest, and gives the places back', async () => {
    const waiting: (() => void)[] = [];
    const { bus, stop } = await setUp(
      { send: () => new Promise<Answer>((resolve) => void waiting.push(() => resolve(ANSWER))) },
      { maxPerUpstream: 2, concurrency: 4 },
    );
    await feed(bus, ...exchanges(4));
    await vi.waitFor(async () => expect(await lastCounters(bus)).toMatchObject({ received: 4, shed: 2 }), {
      timeout: 5_000,
    });
    expect(waiting).toHaveLength(2);
    for (const answer of waiting.splice(0)) answer();
    await waitForShadows(bus, 2);
    await feed(bus, exchangeOf({ exchangeId: 'later' }));
    await vi.waitFor(() => expect(waiting).toHaveLength(1));
    for (const answer of waiting.splice(0)) answer();
    await waitForShadows(bus, 3);
    await stop();
    expect(await lastCounters(bus)).toMatchObject({ received: 5, done: 3, shed: 2 });
  });

  it('gives an upstream that is near its limits no shadows on top', async () => {
    const { bus, sent, stop } = await setUp({});
    await feed(bus, exchangeOf({ exchangeId: 'busy', busy: true }), exchangeOf({ exchangeId: 'calm' }));
    await waitForShadows(bus, 1);
    await vi.waitFor(async () => expect(await lastCounters(bus)).toMatchObject({ received: 2 }), { timeout: 5_000 });
    await stop();
    expect(sent).toHaveLength(1);
    expect((await lastCounters(bus))?.['shed']).toBeGreaterThan(0);
  });

  it('stops replaying when the hour’s money is spent', async () => {
    const { bus, sent, stop } = await setUp({}, { maxUsdPerHour: 0.5, concurrency: 1 });
    await feed(bus, ...exchanges(10));
    await vi.waitFor(async () => expect(await lastCounters(bus)).toMatchObject({ received: 10 }), { timeout: 5_000 });
    await stop();
    expect(sent).toHaveLength(3);
    expect(await lastCounters(bus)).toMatchObject({ done: 3, shed: 7 });
  });

  it('has no more than `concurrency` exchanges under way', async () => {
    let underWay = 0;
    let most = 0;
    const send = async (): Promise<Answer> => {
      most = Math.max(most, (underWay += 1));
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return ANSWER;
    };
    const { bus } = await setUp({ send }, { concurrency: 3 });
    await feed(bus, ...exchanges(50));
    await waitForShadows(bus, 50);
    expect(most).toBe(3);
  });

  it('waits for the routing views instead of taking every exchange for one without a plan', async () => {
    let isKnown = false;
    const views = new Map<string, ReturnType<typeof viewOf>>();
    const { bus } = await setUp({ views, isRoutingKnown: () => isKnown });
    await feed(bus, ...exchanges(5));
    await vi.waitFor(async () => expect(await lastCounters(bus)).toMatchObject({ received: 0 }), { timeout: 5_000 });
    views.set('support', viewOf({ noiseSharePct: 0 }));
    isKnown = true;
    await waitForShadows(bus, 5);
  });

  it('sends what it can’t decode to the dead-letter topic and goes on', async () => {
    const bus = createMemoryBus();
    bus.produceRaw(EXCHANGES.name, bus.partitionFor('x-1', EXCHANGES.partitions), Buffer.from([0, 0, 0, 9, 9, 1]));
    await setUp({}, {}, bus);
    await feed(bus, exchangeOf());
    await waitForShadows(bus, 1);
    expect([0, 1].flatMap((p) => bus.raw(deadLetterTopic(GROUPS.mirror), p))).toHaveLength(1);
  });

  it('stopped within a replay leaves it to the next, under the same id', async () => {
    const { bus, stop } = await setUp({
      send: () => new Promise<Answer>(() => {}),
      clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 50), signal) },
    });
    await feed(bus, ...exchanges(20));
    await stop();
    expect(await shadowsIn(bus)).toEqual([]);
    const again = await setUp({}, {}, bus);
    const shadows = await waitForShadows(again.bus, 20);
    expect(shadows).toHaveLength(20);
  });

  it('reads the topics that the table of topics says', async () => {
    const { bus } = await setUp();
    expect(bus.subscribed(GROUPS.mirror)).toEqual(topicsReadBy(GROUPS.mirror));
  });
});
