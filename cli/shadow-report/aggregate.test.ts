import { describe, expect, it } from 'vitest';
import type { Shadow } from '../../schemas/exchange.ts';
import type { ScoreSheet } from '../../schemas/score.ts';
import { createAggregate } from './aggregate.ts';
import { OTHER_FIELDS } from './field-table.ts';
import { pageOf } from './page.ts';
import { said, sheetOf, shadowOf } from './shadow.fixture.ts';

const reportOf = (shadows: readonly Shadow[], sheets: readonly ScoreSheet[] = [], wanted: object = {}) => {
  const aggregate = createAggregate({ rollout: 'support-v2', agent: null, limit: 20, ...wanted });
  for (const sheet of sheets) aggregate.addSheet(sheet);
  for (const shadow of shadows) aggregate.addShadow(shadow);
  return aggregate.report();
};
const many = (count: number, from: number, rest: Partial<Shadow>): Shadow[] =>
  Array.from({ length: count }, (_, i) => shadowOf(from + i, rest));
const ids = (report: ReturnType<typeof reportOf>): string[] => report?.exchanges.map((e) => e.exchangeId) ?? [];

describe('the fields', () => {
  it('count beyond what stable does to itself, scaled to the same number of pairs', () => {
    const report = reportOf([
      ...many(30, 0, { differences: ['content', 'tool_calls[0].arguments.order_id'] }),
      ...many(70, 100, { differences: ['content'] }),
      ...many(19, 200, { kind: 'noise', differences: ['content'] }),
      ...many(1, 300, { kind: 'noise', differences: ['tool_calls[1].arguments.order_id'] }),
    ]);
    expect(report).toMatchObject({ shadow: { pairs: 100, differing: 100 }, noise: { pairs: 20, differing: 20 } });
    expect(report?.fields).toMatchObject([
      { field: 'tool_calls[].arguments.order_id', raw: 30, noise: 1, noiseScaled: 5, verdict: 'beyond_noise' },
      { field: 'content', raw: 100, noise: 19, noiseScaled: 95, verdict: 'within_noise' },
    ]);
  });

  it('have no verdict without a noise floor', () => {
    expect(reportOf(many(3, 0, { differences: ['content'] }))?.fields).toEqual([
      { field: 'content', raw: 3, noise: 0, noiseScaled: null, chance: null, verdict: 'no_noise_floor' },
    ]);
  });

  it('count a list once a pair, however many of its elements differ', () => {
    expect(reportOf([shadowOf(1, { differences: ['a[0].b', 'a[1].b'] })])?.fields).toMatchObject([
      { field: 'a[].b', raw: 1 },
    ]);
  });

  it('beyond a bound are counted together', () => {
    const rows = reportOf(
      Array.from({ length: 1_200 }, (_, i) => shadowOf(i, { differences: [`content.k${i}`] })),
    )!.fields;
    expect(rows).toHaveLength(1_001);
    expect(rows.find(({ field }) => field === OTHER_FIELDS)?.raw).toBe(200);
  });
});

describe('the differing exchanges', () => {
  it('come worst first: by what their scores lost, then by the fields that differ beyond noise', () => {
    const shadows = [
      shadowOf(1, { differences: ['content'] }),
      shadowOf(2, { differences: ['content', 'tool_calls[0].name'] }),
      shadowOf(3, { differences: ['content'] }),
      shadowOf(4, { differences: ['content', 'finish_reason'] }),
      shadowOf(5),
      shadowOf(9, { kind: 'noise', differences: ['content', 'finish_reason'] }),
    ];
    const scores = [
      sheetOf(3, 'task_success', -1),
      sheetOf(3, 'empathy', 0.9),
      // Lower is better, so that this one lost, too; a measure has another scale and ranks nothing.
      sheetOf(1, 'refusal', 0.5),
      sheetOf(2, 'latency', 30),
    ];
    const report = reportOf(shadows, scores);
    expect(ids(report)).toEqual(['x-3', 'x-1', 'x-2', 'x-4']);
    expect(report?.exchanges[0]).toMatchObject({
      loss: -1,
      deltas: { task_success: -1, empathy: 0.9 },
      beyondNoise: 0,
    });
    expect(report?.exchanges[2]).toMatchObject({ loss: 0, beyondNoise: 1 });
  });

  it('have lost one where metrics apply to the live answer alone, however many, and none where to the shadow’s', () => {
    const shadows = [1, 2, 3].map((n) => shadowOf(n, { differences: ['content'] }));
    const not = { status: 'not_applicable', value: null, delta: null } as const;
    const scores = [
      sheetOf(1, 'empathy', 0, { ...not, notApplicableTo: 'live' }),
      sheetOf(2, 'tool_validity', 0, { ...not, notApplicableTo: 'this' }),
      sheetOf(2, 'json_validity', 0, { ...not, notApplicableTo: 'this' }),
      sheetOf(3, 'empathy', -0.5),
      sheetOf(3, 'tool_validity', 0, { ...not, notApplicableTo: 'both' }),
    ];
    const report = reportOf(shadows, scores);
    expect(report?.exchanges.map(({ exchangeId, loss }) => [exchangeId, loss])).toEqual([
      ['x-2', -1],
      ['x-3', -0.5],
      ['x-1', 0],
    ]);
    expect(report?.exchanges[0]?.deltas).toEqual({ 'tool_validity:applies': -1, 'json_validity:applies': -1 });
  });

  it('are no more than asked for, and the worst of all, however many there are', () => {
    const shadows = many(3_000, 0, { differences: ['content'] });
    const scores = [sheetOf(2_999, 'empathy', -0.4), sheetOf(17, 'empathy', -0.3), sheetOf(1_500, 'empathy', -0.5)];
    expect(ids(reportOf(shadows, scores, { limit: 3 }))).toEqual(['x-1500', 'x-2999', 'x-17']);
    expect(ids(reportOf(shadows, scores, { limit: 0 }))).toEqual([]);
  });

  it('show both texts around their first difference, and nothing that a terminal would obey', () => {
    const start = 'x'.repeat(300);
    const shadow = shadowOf(
      1,
      { differences: ['content'], responseBody: said(`${start} \u001b[31mred\nline`) },
      { responseBody: { ...said(`${start} [EMAIL]`), state: 'redacted' } },
    );
    const [one] = reportOf([shadow])!.exchanges;
    expect(one?.live).toBe(`…${'x'.repeat(38)} [EMAIL]`);
    expect(one?.shadow).toBe(`…${'x'.repeat(38)} [31mred line`);
  });

  it('show calls of tools, and of bodies that were not kept that they were not', () => {
    const call = { function: { name: 'lookup', arguments: '{"id":1}' } };
    const responseBody = { ...said(''), text: JSON.stringify({ choices: [{ message: { tool_calls: [call] } }] }) };
    const hashed = { ...said(''), state: 'hashed' as const, text: '' };
    const [one] = reportOf([shadowOf(1, { differences: ['body'], responseBody }, { responseBody: hashed })])!.exchanges;
    expect(one).toMatchObject({ live: '(the body is hashed)', shadow: 'lookup({"id":1})' });
  });
});

describe('the metrics', () => {
  it('tell better from worse by their direction, beside stable against itself', () => {
    const scores = [
      sheetOf(1, 'refusal', 1),
      sheetOf(2, 'refusal', -1),
      sheetOf(3, 'refusal', 1),
      sheetOf(4, 'refusal', 0),
      sheetOf(1, 'refusal', 0, { kind: 'noise' }),
      sheetOf(5, 'refusal', 1, { kind: 'live', shadowId: null }),
      sheetOf(6, 'refusal', 1, { status: 'error', delta: null }),
    ];
    expect(reportOf([shadowOf(1)], scores)?.metrics).toEqual([
      {
        metric: 'refusal',
        shadow: { pairs: 4, worse: 2, better: 1, meanDelta: 0.25 },
        noise: { pairs: 1, worse: 0, better: 0, meanDelta: 0 },
      },
    ]);
  });
});

describe('a metric without a live value', () => {
  it('is shown by its mean, and ranks nothing', () => {
    const near = (n: number, value: number, kind: 'shadow' | 'noise') =>
      sheetOf(n, 'semantic_similarity', 0, { kind, value, liveValue: null, delta: null });
    const report = reportOf([shadowOf(1)], [near(1, 0.5, 'shadow'), near(2, 0.7, 'shadow'), near(3, 1, 'noise')])!;
    expect(report.metrics).toEqual([]);
    expect(report.advisory).toMatchObject([
      { metric: 'semantic_similarity', shadow: { pairs: 2, mean: 0.6 }, noise: { pairs: 1, mean: 1 } },
    ]);
    expect(pageOf(report).join('\n')).toContain('semantic_similarity, which ranks nothing: 0.6 on average of 2 shadow');
  });
});

describe('a rollout', () => {
  it('without shadows has no report, whatever scores it has', () => {
    const live = sheetOf(1, 'empathy', 1, { kind: 'live', shadowId: null, rollout: 'support-v2#9' });
    expect(reportOf([], [live])).toBeNull();
    expect(reportOf([], [sheetOf(1, 'empathy', 1)])).toBeNull();
    expect(reportOf([shadowOf(1)], [live])).toMatchObject({ rollout: 'support-v2#7', shadow: { pairs: 1 } });
  });

  it('by its name is its latest run, by its id that one', () => {
    const of = (n: number, run: number) => shadowOf(n, { differences: ['content'] }, { rollout: `support-v2#${run}` });
    const shadows = [of(1, 7), of(2, 12), of(3, 9), of(4, 12)];
    expect(reportOf(shadows)).toMatchObject({ rollout: 'support-v2#12', shadow: { pairs: 2 } });
    expect(reportOf(shadows, [], { rollout: 'support-v2#9' })).toMatchObject({ shadow: { pairs: 1 } });
    expect(reportOf(shadows, [], { rollout: 'support' })).toBeNull();
    expect(reportOf(shadows, [sheetOf(1, 'empathy', -1)])?.metrics).toEqual([]);
  });

  it('can be confined to an agent', () => {
    const shadows = [shadowOf(1), shadowOf(2, {}, { agent: 'tools' })];
    expect(reportOf(shadows, [], { agent: 'tools' })).toMatchObject({ agents: ['tools'], shadow: { pairs: 1 } });
    expect(reportOf(shadows, [], { agent: 'none' })).toBeNull();
  });

  it('counts what comes again once', () => {
    const score = sheetOf(1, 'empathy', -1);
    const report = reportOf([shadowOf(1), shadowOf(1)], [score, score]);
    expect(report).toMatchObject({ shadow: { pairs: 1 }, metrics: [{ shadow: { pairs: 1 } }] });
  });
});

describe('the page', () => {
  it('says it all in lines', () => {
    const shadows = [
      ...many(3, 0, { differences: ['tool_calls[0].name'], similarity: 0.5 }),
      shadowOf(9, { kind: 'noise' }),
    ];
    const page = pageOf(reportOf(shadows, [sheetOf(0, 'task_success', -1)], { limit: 1 })!);
    expect(page).toEqual([
      'support-v2#7 (support): v2 in the shadow of live traffic',
      'shadow 3 pairs, 3 differ, mean similarity of texts 0.5',
      'noise  1 pairs, 0 differ, mean similarity of texts 1',
      '',
      'FIELD              RAW  NOISE  COUNTS  CHANCE',
      'tool_calls[].name    3      0     yes   0.422',
      'NOISE is stable against itself, scaled from 1 to 3 pairs. Only what is beyond it counts; CHANCE: how often luck alone gives as much.',
      '',
      'METRIC        PAIRS  WORSE  BETTER  DELTA  NOISE: PAIRS  WORSE  BETTER  DELTA',
      'task_success      1      1       0     -1             0      0       0      -',
      '',
      'Differing exchanges, the worst first:',
      '',
      '1. exchange x-0',
      '   shadow   shadow-0',
      '   loss     -1 (task_success -1)',
      '   differs  tool_calls[0].name (1 beyond noise)',
      '   live     Hello',
      '   shadow   Hullo',
    ]);
  });

  it('says so where nothing differs, nothing is scored and nobody knows the noise', () => {
    const page = pageOf(reportOf([shadowOf(1)])!);
    expect(page).toContain('No field differs.');
    expect(page).toContain('No scores of these shadows are there yet.');
    expect(pageOf(reportOf([shadowOf(1, { differences: ['a'] })])!).join('\n')).toContain('noiseSharePct');
  });
});
