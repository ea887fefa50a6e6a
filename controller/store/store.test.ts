import { describe, expect, it } from 'vitest';
import { body, exchangeOf } from '../../schemas/exchange.fixture.ts';
import { sheetWith } from '../../schemas/score.fixture.ts';
import { binIndex, quantile } from '../../schemas/sketch.ts';
import { windowRow } from '../../schemas/window.fixture.ts';
import { placeIn } from './cursor.ts';
import type { FoldedShadow } from './folded-shadow.ts';
import { asked, storesForEach, take } from './store.harness.ts';

const { makeFile, openAll } = storesForEach();
const said = (content: string) => body(JSON.stringify({ choices: [{ message: { content } }] }));
const exchange = (n: number, more: Parameters<typeof exchangeOf>[0] = {}) =>
  exchangeOf({ exchangeId: `x-${n}`, finishedAtMs: 1_000 + n, responseBody: said(`live ${n}`), ...more });
const shadow = (n: number, more: Partial<FoldedShadow> = {}): FoldedShadow => ({
  shadowId: `s-${n}`,
  kind: 'shadow',
  version: 'v2',
  arm: 'candidate',
  status: 200,
  outcome: 'ok',
  latencyMs: 100,
  firstByteMs: 10,
  responseBody: said(`shadow ${n}`),
  promptTokens: null,
  completionTokens: null,
  costUsd: null,
  rounds: 1,
  differences: [],
  similarity: 1,
  replayedAtMs: 2_000 + n,
  exchange: {
    exchangeId: `x-${n}`,
    agent: 'support',
    rollout: 'support-1',
    slices: {},
    path: '/v1/chat/completions',
    answerPath: '',
  },
  ...more,
});
const live = (n: number, metric: string, value: number, more: Parameters<typeof sheetWith>[0] = {}) =>
  sheetWith({
    sheetId: `l-${n}-${metric}`,
    exchangeId: `x-${n}`,
    rollout: 'support-1',
    metric,
    value,
    scoredAtMs: 3_000 + n,
    ...more,
  });
const paired = (n: number, metric: string, delta: number) =>
  live(n, metric, 0.5, {
    sheetId: `p-${n}-${metric}`,
    shadowId: `s-${n}`,
    kind: 'shadow',
    version: 'v2',
    arm: 'candidate',
    liveValue: 0.5 - delta,
    delta,
  });
const feedbackOf = (n: number, thumbs: 'up' | 'down') => ({
  feedbackId: `f-${n}`,
  exchangeId: `x-${n}`,
  agent: 'support',
  rollout: 'support-1',
  routingSequence: 3,
  version: 'v1',
  arm: 'stable',
  evidence: true,
  subjectBucket: 1,
  thumbs,
  rating: null,
  taskSuccess: null,
  tags: [],
  comment: "it's “fine”; DROP TABLE scores; --\u0000",
  labels: [],
  events: [],
  scores: [],
  exchangeAtMs: 1_000,
  receivedAtMs: 4_000 + n,
});

describe('what is folded', () => {
  it('is answered by id with all that belongs to it, as it is in the topics', () => {
    const { writer, reader } = openAll(makeFile());
    const { folds } = writer;
    take(writer, folds.sheet, live(1, 'empathy', 0.25), paired(1, 'empathy', -0.25));
    take(writer, folds.shadow, shadow(1));
    take(writer, folds.feedback, feedbackOf(1, 'down'));
    take(writer, folds.exchange, exchange(1), exchange(2));
    const found = reader.exchange({ agents: ['support'], id: 'x-1' });
    expect(found?.exchange).toEqual(exchange(1));
    expect(found?.scores).toMatchObject([{ metric: 'empathy', value: 0.25, shadowId: null, judge: 'lexicon@1' }]);
    expect(found?.feedback).toEqual([feedbackOf(1, 'down')]);
    expect(found?.shadows).toMatchObject([
      {
        shadowId: 's-1',
        worst: { metric: 'empathy', gain: -0.25 },
        scores: [{ delta: -0.25 }],
        responseBody: said('shadow 1'),
      },
    ]);
    expect(reader.exchange({ agents: ['support'], id: 'x-3' })).toBeNull();
    expect(reader.exchange({ agents: ['other'], id: 'x-1' })).toBeNull();
  });

  it('counts once however often it comes, the first in the log', () => {
    const { writer, reader } = openAll(makeFile());
    const { folds } = writer;
    take(writer, folds.exchange, exchange(1), exchange(1, { latencyMs: 9 }), exchange(1));
    take(writer, folds.sheet, live(1, 'empathy', 0.25), live(1, 'empathy', 0.75));
    expect(reader.exchanges(asked({})).exchanges).toMatchObject([{ latencyMs: 250, scores: { empathy: 0.25 } }]);
    expect(writer.rows()).toMatchObject({ exchanges: 1, scores: 1 });
  });

  it('is kept as it is, whatever is in it', () => {
    const { writer, reader } = openAll(makeFile());
    const hostile = `'; DROP TABLE exchanges; --\u0000\ud83d\ude00 ${'x'.repeat(300_000)}`;
    const odd = exchange(1, {
      exchangeId: "a' OR 1=1",
      servedVersion: 'v"; --',
      slices: { 'la"bel': "va'lue", $: '[0]' },
      requestBody: body(hostile),
      metadata: { [hostile.slice(0, 30)]: hostile.slice(0, 30) },
    });
    take(writer, writer.folds.exchange, odd);
    expect(reader.exchange({ agents: ['support'], id: "a' OR 1=1" })?.exchange).toEqual(odd);
    expect(reader.exchange({ agents: ['support'], id: 'a' })).toBeNull();
    const of = (slice: string) => reader.exchanges(asked({ slice })).exchanges.length;
    expect([of('la"bel=va\'lue'), of('$=[0]'), of('la"bel=other'), of("x=' OR 1=1")]).toEqual([1, 1, 0, 0]);
    expect(reader.exchanges(asked({ version: 'v"; --' })).exchanges).toHaveLength(1);
  });
});

describe('pages', () => {
  it('begin with the latest, follow each other without gap or repeat while rows come in, and end', () => {
    const { writer, reader } = openAll(makeFile());
    const add = (from: number, to: number) =>
      take(
        writer,
        writer.folds.exchange,
        ...Array.from({ length: to - from }, (_, i) => exchange(from + i, { finishedAtMs: 5_000 })),
      );
    add(0, 25);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = reader.exchanges(asked({ limit: 10 }, cursor === null ? null : placeIn(cursor)));
      seen.push(...page.exchanges.map(({ exchangeId }) => exchangeId));
      cursor = page.next;
      add(100 + seen.length, 103 + seen.length);
    } while (cursor !== null);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `x-${24 - i}`));
  });

  it('of several agents are one list', () => {
    const { writer, reader } = openAll(makeFile());
    take(
      writer,
      writer.folds.exchange,
      ...[0, 1, 2, 3, 4, 5].map((n) => exchange(n, { agent: n % 2 === 0 ? 'a' : 'b' })),
    );
    const ids = (after: string | null) => {
      const page = reader.exchanges({
        agents: ['a', 'b'],
        query: { limit: 4 },
        after: after === null ? null : placeIn(after),
      });
      return [page.exchanges.map(({ exchangeId }) => exchangeId), page.next] as const;
    };
    const [first, next] = ids(null);
    expect(first).toEqual(['x-5', 'x-4', 'x-3', 'x-2']);
    expect(ids(next)).toEqual([['x-1', 'x-0'], null]);
  });

  it('keep what the filters ask for', () => {
    const { writer, reader } = openAll(makeFile());
    const { folds } = writer;
    take(
      writer,
      folds.exchange,
      exchange(1),
      exchange(2, { outcome: 'upstream_error', servedVersion: 'v2', assignedArm: 'candidate' }),
      exchange(3, { rollout: 'support-2' }),
    );
    take(
      writer,
      folds.sheet,
      live(1, 'empathy', 0.1),
      live(2, 'empathy', 0.9),
      live(3, 'empathy', 0.5),
      live(1, 'refusal', 1),
    );
    const ids = (query: object) => reader.exchanges(asked(query)).exchanges.map(({ exchangeId }) => exchangeId);
    expect(ids({ outcome: 'upstream_error' })).toEqual(['x-2']);
    expect(ids({ version: 'v2', arm: 'candidate' })).toEqual(['x-2']);
    expect(ids({ rollout: 'support-1' })).toEqual(['x-2', 'x-1']);
    expect(ids({ since: 1_002 })).toEqual(['x-3', 'x-2']);
    expect(ids({ until: 1_002 })).toEqual(['x-1']);
    expect(ids({ metric: 'empathy', below: 0.6 })).toEqual(['x-3', 'x-1']);
    expect(ids({ metric: 'empathy', above: 0.2, below: 0.6 })).toEqual(['x-3']);
    expect(ids({ rollout: 'nothing' })).toEqual([]);
    const values = (query: object) => reader.scores(asked(query)).scores.map(({ metric, value }) => [metric, value]);
    expect(values({ metric: 'empathy', above: 0.3 })).toEqual([
      ['empathy', 0.5],
      ['empathy', 0.9],
    ]);
    expect(values({ rollout: 'support-1' })).toHaveLength(4);
    expect(values({ kind: 'noise' })).toEqual([]);
    take(writer, folds.feedback, feedbackOf(1, 'down'), feedbackOf(2, 'up'));
    expect(reader.feedback(asked({ thumbs: 'down' })).feedback).toEqual([feedbackOf(1, 'down')]);
  });
});

/** A sheet with a score of 0 for each metric; of 'failed' none could be given. */
const many = (n: number, metrics: readonly string[]) => {
  const sheet = live(n, '', 0);
  const scores = metrics.map((metric) => ({
    ...sheet.scores[0]!,
    metric,
    ...(metric === 'failed' ? ({ status: 'error', value: null, reason: 'timeout' } as const) : {}),
  }));
  return { ...sheet, scores };
};

describe('scores that came on one sheet', () => {
  const metrics = ['failed', ...Array.from({ length: 40 }, (_, i) => `metric-${i}`)];

  it('are pages of single ones, of each metric the first that was given, however many sheets there are', () => {
    const { writer, reader } = openAll(makeFile());
    const { folds } = writer;
    take(writer, folds.exchange, exchange(1), exchange(2));
    take(writer, folds.sheet, many(1, metrics), many(2, ['metric-7']));
    take(writer, folds.sheet, live(1, 'late', 0.5), live(1, 'late', 0.75), many(1, [...metrics, 'later']));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = reader.scores(asked({ limit: 7 }, cursor === null ? null : placeIn(cursor)));
      seen.push(...page.scores.map(({ exchangeId, metric }) => `${exchangeId} ${metric}`));
      cursor = page.next;
    } while (cursor !== null);
    expect(seen[0]).toBe('x-2 metric-7');
    expect(seen.slice(1).toSorted()).toEqual([...metrics, 'late', 'later'].map((metric) => `x-1 ${metric}`).toSorted());
    const found = reader.exchanges(asked({})).exchanges.find(({ exchangeId }) => exchangeId === 'x-1');
    expect(found?.scores).toMatchObject({ 'metric-0': 0, 'metric-39': 0, late: 0.5, later: 0 });
    expect(found?.scores).not.toHaveProperty('failed');
  });

  it('are found by one metric, a failed one by no value', () => {
    const { writer, reader } = openAll(makeFile());
    take(writer, writer.folds.exchange, exchange(1));
    take(writer, writer.folds.sheet, many(1, metrics));
    const told = (query: object) =>
      reader.scores(asked(query)).scores.map(({ metric, status, value }) => [metric, status, value]);
    expect(told({ metric: 'metric-39', above: -1, below: 1 })).toEqual([['metric-39', 'scored', 0]]);
    expect(told({ metric: 'failed' })).toEqual([['failed', 'error', null]]);
    expect(told({ metric: 'failed', above: 0 })).toEqual([]);
    expect(told({ metric: 'unheard' })).toEqual([]);
    expect(reader.exchanges(asked({ metric: 'failed' })).exchanges).toEqual([]);
    expect(reader.exchanges(asked({ metric: 'metric-39' })).exchanges).toHaveLength(1);
  });
});

describe('shadows', () => {
  it('come worst first by whichever metric was worst, or by one, beside the live answer', () => {
    const { writer, reader } = openAll(makeFile());
    const { folds } = writer;
    take(writer, folds.exchange, ...[1, 2, 3].map((n) => exchange(n)));
    take(writer, folds.shadow, ...[1, 2, 3].map((n) => shadow(n)), shadow(4, { kind: 'noise' }));
    take(
      writer,
      folds.sheet,
      paired(1, 'empathy', -0.1),
      // More refusals are worse.
      paired(1, 'refusal', 1),
      paired(2, 'empathy', -0.5),
      paired(3, 'empathy', 0.5),
      // Slower by 40 s, which is no value from 0 to 1.
      paired(3, 'latency', 40),
      paired(4, 'empathy', -1),
    );
    const page = (query: object) => reader.shadows(asked({ order: 'worst', kind: 'shadow', ...query })).shadows;
    expect(page({}).map(({ shadowId, worst }) => [shadowId, worst])).toEqual([
      ['s-1', { metric: 'refusal', gain: -1 }],
      ['s-2', { metric: 'empathy', gain: -0.5 }],
      ['s-3', { metric: 'empathy', gain: 0.5 }],
    ]);
    expect(page({ metric: 'empathy' }).map(({ shadowId }) => shadowId)).toEqual(['s-2', 's-1', 's-3']);
    expect(page({ order: 'newest' }).map(({ shadowId }) => shadowId)).toEqual(['s-3', 's-2', 's-1']);
    expect(page({ rollout: 'other' })).toEqual([]);
    expect(page({})[0]).toMatchObject({ live: { text: 'live 1' }, answer: { text: 'shadow 1' } });
  });

  it('are shown without the live answer where that is not kept', () => {
    const { writer, reader } = openAll(makeFile());
    take(writer, writer.folds.shadow, shadow(1));
    expect(reader.shadows(asked({ order: 'newest', kind: 'shadow' })).shadows).toMatchObject([
      { exchangeId: 'x-1', request: null, live: null, worst: null },
    ]);
  });
});

describe('a series', () => {
  it('has of each arm its windows, by metric and slice', () => {
    const { writer, reader } = openAll(makeFile());
    const bins = [0.1, 0.2, 0.3].map((value) => ({ index: binIndex(value), count: 1 }));
    take(
      writer,
      writer.folds.window,
      windowRow('latency', 'stable', { version: 'v1', count: 3, sumMicro: 600_000, bins }),
      windowRow('latency', 'candidate', { version: 'v2', count: 1, sumMicro: 100_000 }),
      windowRow('latency', 'stable', { slice: 'language=de', count: 9 }),
      windowRow('empathy', 'stable', { count: 9 }),
    );
    const { series } = reader.windows({ query: { agent: 'support', metric: 'latency', slice: '_all', kind: 'live' } });
    expect(series).toMatchObject(
      [
        { arm: 'candidate', version: 'v2', points: [{ count: 1, mean: 0.1, p50: null }] },
        {
          arm: 'stable',
          version: 'v1',
          points: [{ startMs: 0, endMs: 60_000, count: 3, sum: 0.6, p99: quantile(bins, 0.99) }],
        },
      ].toSorted((a, b) => a.arm.localeCompare(b.arm)),
    );
  });

  it('replaces a window that was written again, and merges neighbours exactly where there are more than 500', () => {
    const { writer, reader } = openAll(makeFile());
    const of = (i: number, more: object = {}) =>
      windowRow('latency', 'stable', {
        startMs: i * 60_000,
        endMs: (i + 1) * 60_000,
        count: 1,
        sumMicro: i,
        bins: [{ index: i % 7, count: 1 }],
        ...more,
      });
    const all = Array.from({ length: 1_700 }, (_, i) => of(i));
    take(writer, writer.folds.window, of(5, { count: 900 }), ...all);
    const { series, widthMs } = reader.windows({
      query: { agent: 'support', metric: 'latency', slice: '_all', kind: 'live' },
    });
    const points = series[0]!.points;
    expect(widthMs).toBe(240_000);
    expect(points.length).toBeLessThanOrEqual(500);
    expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(1_700);
    const bins = Object.entries(Object.groupBy([0, 1, 2, 3], (i) => i % 7)).map(([index]) => ({
      index: Number(index),
      count: 1,
    }));
    expect(points[0]).toMatchObject({ startMs: 0, endMs: 240_000, count: 4, sum: 6 / 1e6, p50: quantile(bins, 0.5) });
  });
});
