import { describe, expect, it } from 'vitest';
import { body, exchangeOf } from '../../schemas/exchange.fixture.ts';
import { createMemoryBus } from '../../platform/kafka/memory-bus.ts';
import { EXCHANGES } from '../../schemas/topics.ts';
import { windowRow } from '../../schemas/window.fixture.ts';
import { findExchange } from './find-exchange.ts';
import { followTopic } from './follow.ts';
import { replayRequest } from './replay-request.ts';
import { createFigures } from './version-figures.ts';

describe('two versions side by side', () => {
  const row = (metric: string, version: string, sumMicro: number, more = {}) =>
    windowRow(metric, 'stable', { version, count: 10, sumMicro, ...more });

  it('are compared by the whole of each metric, what grew worse by its own direction first, each window once', () => {
    const figures = createFigures(['v1', 'v2'], ({ agent }) => agent === 'support');
    for (const one of [
      row('empathy', 'v1', 8_000_000),
      row('empathy', 'v1', 8_000_000),
      row('empathy', 'v1', 4_000_000, { startMs: 60_000 }),
      row('empathy', 'v2', 3_000_000),
      row('error_rate', 'v1', 1_000_000),
      row('error_rate', 'v2', 0),
      row('accepted', 'v1', 1_000_000),
      row('judge_lag', 'v1', 1_000_000),
      row('empathy', 'v2', 0, { slice: 'topic=late' }),
      row('empathy', 'v2', 0, { kind: 'shadow' }),
      row('empathy', 'v2', 0, { agent: 'other' }),
    ])
      figures.add(one);
    expect(figures.compared('v1', 'v2')).toEqual([
      {
        metric: 'empathy',
        one: { value: 0.6, count: 20 },
        other: { value: 0.3, count: 10 },
        change: -0.5,
        worse: true,
      },
      {
        metric: 'error_rate',
        one: { value: 0.1, count: 10 },
        other: { value: 0, count: 10 },
        change: -1,
        worse: false,
      },
    ]);
  });

  it('that share nothing have a value each, and no change', () => {
    const figures = createFigures(['v1', 'v2'], () => true);
    figures.add(row('empathy', 'v1', 8_000_000));
    expect(figures.compared('v1', 'v2')).toMatchObject([
      { other: { value: null, count: 0 }, change: null, worse: false },
    ]);
  });
});

describe('a request that is asked again', () => {
  const exchange = exchangeOf({ path: '/v1/chat/completions?trace=1', requestBody: body('{"model":"support"}') });

  it('goes below the version’s upstream, with the model that it wants', () => {
    expect(replayRequest(exchange, { upstreamModel: '' })).toMatchObject({
      path: '/chat/completions?trace=1',
      body: '{"model":"support"}',
    });
    expect(replayRequest(exchange, { upstreamModel: 'gpt' })).toMatchObject({ body: '{"model":"gpt"}' });
    const own = exchangeOf({ path: '/agents/support@v1/answer?lang=en', requestBody: body('{"q":1}', 'text/x') });
    expect(replayRequest(own, { upstreamModel: 'gpt' })).toEqual({
      path: '/answer?lang=en',
      body: '{"q":1}',
      contentType: 'text/x',
    });
  });

  it('is refused with the reason where it was not kept whole, or is no POST', () => {
    const cut = exchangeOf({ requestBody: { ...body('{'), state: 'truncated' } });
    expect(replayRequest(cut, { upstreamModel: '' })).toMatchObject({ reason: expect.stringContaining('truncated') });
    expect(replayRequest(exchangeOf({ method: 'GET' }), { upstreamModel: '' })).toHaveProperty('reason');
    expect(replayRequest(exchangeOf({ path: '/other' }), { upstreamModel: '' })).toHaveProperty('reason');
  });
});

describe('reading exchanges', () => {
  const bus = createMemoryBus();
  const write = (partition: number, id: string, timeMs: number): Promise<void> =>
    bus.append(EXCHANGES, partition, [
      { source: 's', sequence: 1, timeMs, tick: null, event: exchangeOf({ exchangeId: id }) },
    ]);

  it('finds one by its id in the partition where it must be', async () => {
    const id = 'wanted';
    const count = await bus.partitionCount(EXCHANGES);
    await write(bus.partitionFor(id, count), 'before', 1);
    await write(bus.partitionFor(id, count), id, 2);
    expect((await findExchange(bus, id, 0))?.exchangeId).toBe(id);
    expect(await findExchange(bus, 'other', 0)).toBeNull();
  });

  it('hands over what comes together in order of time, whatever the partition, and ends when it is enough', async () => {
    const own = createMemoryBus();
    const append = (partition: number, id: string, timeMs: number): Promise<void> =>
      own.append(EXCHANGES, partition, [
        { source: 's', sequence: 1, timeMs, tick: null, event: exchangeOf({ exchangeId: id }) },
      ]);
    await append(1, 'second', 2_000);
    await append(0, 'first', 1_000);
    await append(0, 'third', 3_000);
    const seen: string[] = [];
    const take =
      (most: number) =>
      ({ value }: { value: { event: { exchangeId: string } | null } }) => {
        seen.push(value.event?.exchangeId ?? '');
        return seen.length >= most ? ('enough' as const) : ('more' as const);
      };
    await followTopic(own, EXCHANGES, { sinceMs: 0, follows: false }, take(9));
    expect(seen).toEqual(['first', 'second', 'third']);
    seen.length = 0;
    await followTopic(own, EXCHANGES, { sinceMs: 1_500, follows: true }, take(2));
    expect(seen).toEqual(['second', 'third']);
  });
});
