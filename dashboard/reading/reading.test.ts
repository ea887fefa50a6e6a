import { describe, expect, it } from 'vitest';
import { entry } from './entry.fixture.ts';
import { noMetricsText } from './headline.ts';
import { harmOf, harms } from './harm.ts';
import { lagStanding } from './lag.ts';
import { coverageOf, differenceText, differenceUnit, isWorse, metricGroups, strongest } from './metric-rows.ts';
import { fateLines } from './fates.ts';
import { sampledOf, sampledText } from './sampling.ts';
import { whyMayNot } from './may.ts';
import { answersThatShow } from './regressions.ts';
import { gainOf, pairText } from './shadows.ts';
import { legsOf } from './stages.ts';
import { verdictOf, wayToThreshold } from './verdict.ts';
import { addressOf } from '../api/contract.ts';
import { refusalOf } from '../api/refused.ts';
import { linkTo, routeOf } from '../route.ts';

describe('what a key may do', () => {
  it('is what its role covers, for all agents where something is of all; while nobody knows, the controller says', () => {
    const all = { role: 'operate', agents: ['*'] } as const;
    const mayNot = (change: Parameters<typeof whyMayNot>[0], who: object = {}): string | null =>
      whyMayNot(change, { ...all, agents: ['*'], ...who });
    expect(mayNot('/v1/rollouts/:name/pause')).toBeNull();
    expect(mayNot('/v1/rollouts/:name/pause', { role: 'admin', agents: ['support'] })).toBeNull();
    expect(mayNot('/v1/rollouts/:name/pause', { role: 'propose' })).toBe(
      'it takes a key with the role operate, and yours has propose',
    );
    expect(mayNot('/v1/dead-letters/replay')).toBeNull();
    expect(mayNot('/v1/dead-letters/replay', { agents: ['support'] })).toBe('it takes a key for all agents');
    expect(whyMayNot('/v1/dead-letters/replay', null)).toBeNull();
  });
});

describe('how much is judged', () => {
  const told = (...points: [startMs: number, count: number, sum: number][]) => ({
    series: [{ points: points.map(([startMs, count, sum]) => ({ startMs, count, sum })) }],
  });

  it('is a share over all arms in each minute, and what was mirrored is held against it; lately, the mean of three', () => {
    const [a, b] = [60_000, 120_000];
    const live = { series: [...told([a, 10, 10], [b, 10, 5]).series, ...told([b + 1_000, 30, 15]).series] };
    const sampled = sampledOf(live, told([b, 4, 1]), told([a, 5, 5]));
    expect(sampled).toEqual({ timesMs: [a, b], rules: [1, 0.5], models: [null, 0.25], mirrored: [0.5, null] });
    expect(sampledText(sampled)).toBe(
      'Lately the judge scores 75 % of the answers and 25 % of those planned for judge models, as it is behind. 50 % are mirrored.',
    );
    expect(sampledText(sampledOf(told([1, 5, 5]), told(), told()))).toBe(
      'Lately the judge scores 100 % of the answers. Nothing is mirrored.',
    );
    expect(sampledText(sampledOf(told(), told(), told()))).toMatch(/said nothing/);
  });
});

describe('what becomes of dead letters', () => {
  it('is said before and after, of each fate that any of them has, and what failed', () => {
    const fates = { replayed: 0, 'already replayed': 0, 'still not decodable': 1_200, 'of unknown origin': 0 };
    expect(fateLines({ fates, failed: 0 }, false)).toEqual([
      '0 will be sent back',
      '1,200 still can’t be decoded: left here',
    ]);
    expect(fateLines({ fates: { replayed: 3 }, failed: 2 }, true)).toEqual([
      '3 sent back',
      '2 could not be written: try again',
    ]);
  });
});

describe('answers that show a regression', () => {
  it('are those scored worse than before, on its slice, since then; of what is not scored, all since then', () => {
    const fact = { version: 'v3', metric: 'empathy', slice: '_all', sinceMs: 5, before: 0.9 };
    const since = { agent: 'support', version: 'v3', since: '5' };
    expect(answersThatShow('support', fact)).toEqual({ ...since, metric: 'empathy', below: '0.9' });
    expect(answersThatShow('support', { ...fact, metric: 'toxicity', before: 0.01, slice: 'language=de' })).toEqual({
      ...since,
      slice: 'language=de',
      metric: 'toxicity',
      above: '0.01',
    });
    expect(answersThatShow('support', { ...fact, metric: 'latency' })).toEqual(since);
  });
});

describe('harm', () => {
  it('is n(candidate) times the difference of the bad shares, whichever way is better', () => {
    expect(harmOf(entry())).toBeCloseTo(20);
    expect(harmOf(entry({ metric: 'task_success', candidateValue: 0.9, stableValue: 0.95 }))).toBeCloseTo(50);
    expect(harmOf(entry({ candidateValue: 0.005 }))).toBeCloseTo(-5);
  });

  it('is not told of what has no bad answers, of shadows that no user saw, or of what is not known', () => {
    expect(harmOf(entry({ metric: 'latency' }))).toBeNull();
    expect(harmOf(entry({ metric: 'empathy' }))).toBeNull();
    expect(harmOf(entry({ pairsWorse: 3, pairsBetter: 1 }))).toBeNull();
    expect(harmOf(entry({ stableValue: null }))).toBeNull();
  });

  it('is told of all answers alone, the worst first', () => {
    const rows = harms([entry({ metric: 'task_success', candidateValue: 1 }), entry(), entry({ slice: 'a=b' })]);
    expect(rows.map(({ metric }) => metric)).toEqual(['error_rate', 'task_success']);
  });
});

const judged = (more: object = {}): Parameters<typeof verdictOf>[0] => ({
  strategy: 'canary',
  state: 'canary',
  hold: null,
  logE: 0,
  logThreshold: Math.log(20),
  metrics: [entry()],
  last: { type: 'advance', reason: '', by: 'controller', timeMs: 1, metric: null, slice: null },
  approval: null,
  pause: null,
  candidateRequests: 10,
  live: true,
  limits: [],
  ...more,
});

describe('a verdict', () => {
  it.each([
    ['good', 'Not worse so far', {}],
    ['warn', 'Perhaps worse in errors', { logE: 0.6 * Math.log(20) }],
    ['bad', 'Worse in errors', { logE: Math.log(21) }],
    ['bad', 'Worse in errors', { logE: Math.log(21), hold: 'the judge is silent' }],
    ['warn', 'On hold', { hold: 'the judge is silent' }],
    ['wait', 'Paused', { state: 'paused' }],
    ['wait', 'Waits for a second person', { approval: { by: 'ann', arm: null, untilMs: 1 } }],
    ['calm', 'Nothing known yet', { metrics: [] }],
    ['calm', 'Undecided', { strategy: 'ab', logE: null, logThreshold: null }],
    ['calm', 'Undecided', { strategy: 'ab', logE: Math.log(30), logThreshold: Math.log(60) }],
    ['good', 'An arm has won', { strategy: 'ab', state: 'promoted' }],
    ['bad', 'Rolled back', { state: 'rolled_back' }],
    ['good', 'Promoted', { state: 'promoted' }],
    ['calm', 'Aborted', { state: 'aborted' }],
    ['warn', 'No verdict', { state: 'inconclusive' }],
  ])('is %s, in words %s', (tone, word, more) => {
    expect(verdictOf(judged(more))).toMatchObject({ tone, word });
  });

  it('names the slice that it shows most in, and the limit that stopped it', () => {
    const metrics = [entry({ logE: 5 }), entry({ slice: 'category=simple', logE: 6, weight: 0.01 })];
    expect(verdictOf(judged({ metrics, logE: 0.6 * Math.log(20) })).detail).toBe(
      'not proven, most where category is simple',
    );
    const last = { type: 'rollback', reason: '', by: 'controller', timeMs: 1, metric: 'latency_p95', slice: '_all' };
    const limits = [{ of: 'metric', name: 'latency_p95', standing: 'broken' }];
    expect(verdictOf(judged({ state: 'rolled_back', last, limits })).detail).toBe('beyond its limit of response time');
    expect(verdictOf(judged({ state: 'rolled_back', last })).detail).toBe('worse in response time');
  });

  it('goes by the way to the threshold on the scale by which evidence grows', () => {
    expect(wayToThreshold({ logE: Math.log(20) / 2, logThreshold: Math.log(20) })).toBeCloseTo(0.5);
    expect(wayToThreshold({ logE: -3, logThreshold: Math.log(20) })).toBe(0);
    expect(wayToThreshold({ logE: null, logThreshold: Math.log(20) })).toBeNull();
  });
});

describe('a rollout without metrics', () => {
  it.each([
    ['its gate', { state: 'gate' as const }],
    ['its smoke requests', { state: 'smoke' as const, strategy: 'bluegreen' }],
    ['no thresholds', { state: 'watch' as const, strategy: 'bluegreen' }],
    ['within a minute', {}],
    ['It ended before', { state: 'aborted' as const }],
  ])('says why: %s', (why, more) => {
    expect(noMetricsText({ state: 'canary', strategy: 'canary', ...more })).toContain(why);
  });
});

describe('the strongest metric', () => {
  it('is none of which nothing is known, though nothing is more than evidence for the candidate', () => {
    const silent = entry({ metric: 'cut_answer', candidateCount: 0, logE: 0 });
    expect(strongest([silent, entry({ logE: -1 })])?.metric).toBe('error_rate');
    expect(strongest([silent])).toBeNull();
  });

  it('is the one that adds most to the whole, by weight, in its strongest slice', () => {
    const light = entry({ metric: 'refusal', logE: 4, weight: 0.001 });
    const slice = entry({ slice: 'a=b', logE: 3, weight: 0.01 });
    expect(strongest([light, entry({ logE: 2 }), slice])).toBe(slice);
    expect(metricGroups([light, entry({ logE: 2 })]).live.map(({ metric }) => metric)).toEqual([
      'error_rate',
      'refusal',
    ]);
  });
});

describe('the way of a rollout', () => {
  const stages = [5, 50].map((weightPct) => ({ weightPct, durationMs: 1 }));
  const at = (more: object) =>
    legsOf({ state: 'canary', stage: 0, stages, strategy: 'canary', candidate: 'v2', ...more }, -1);
  it('shows what is done, where it is, and what is to come', () => {
    expect(at({ stage: 1 }).map(({ label, is }) => `${label} ${is}`)).toEqual([
      'shadow done',
      '5 % done',
      '50 % now',
      'stable next',
    ]);
    expect(at({ state: 'rolled_back', stage: 0 }).map(({ is }) => is)).toEqual(['done', 'stopped', 'next', 'next']);
    expect(at({ state: 'promoted', stage: 1 }).map(({ is }) => is)).toEqual(['done', 'done', 'done', 'done']);
  });
});

describe('rows of metrics', () => {
  it('are apart by what they are of, the most suspicious first, those without data last', () => {
    const groups = metricGroups([
      entry({ metric: 'latency', logE: 0.1 }),
      entry(),
      entry({ metric: 'empathy', candidateCount: 0 }),
      entry({ slice: 'a=b' }),
      entry({ pairsWorse: 1, pairsBetter: 0 }),
    ]);
    expect(groups.live.map(({ metric }) => metric)).toEqual(['error_rate', 'latency']);
    expect(groups.silent.map(({ metric }) => metric)).toEqual(['empathy']);
    expect([groups.shadow.length, groups.slices.length]).toEqual([1, 1]);
  });

  it('have no limits among them, which stand in a table of their own, and say nothing twice', () => {
    const limit = entry({ rule: 'plain threshold', stableValue: null, metric: 'latency_p95' });
    const threshold = entry({ rule: 'plain threshold', metric: 'cost' });
    const shadow = entry({ metric: 'empathy', pairsWorse: 1, pairsBetter: 0 });
    const groups = metricGroups([limit, threshold, shadow, entry({ metric: 'empathy', candidateCount: 0 })]);
    expect(groups.live).toEqual([threshold]);
    expect(groups.silent).toEqual([]);
  });

  it('put the slice first that speaks most against the candidate', () => {
    const slices = [0.5, 3, 1].map((logE, i) => entry({ slice: `a=${i}`, logE }));
    expect(metricGroups(slices).slices.map(({ slice }) => slice)).toEqual(['a=1', 'a=2', 'a=0']);
  });

  it('say how much of a metric was seen, in the arm of which less was', () => {
    const coverage = [
      { of: 'exchanges', candidate: 1, stable: 0.99 },
      { of: 'empathy', candidate: 0.97, stable: 1 },
    ];
    expect(['latency_p95', 'empathy', 'cost'].map((metric) => coverageOf(metric, coverage))).toEqual([
      0.99,
      0.97,
      null,
    ]);
  });

  it('say a difference with its sign, shares in points', () => {
    expect(differenceText('empathy', 1.1e-17)).toBe('0');
    expect(differenceText('error_rate', 0.0213)).toBe('+2.1');
    expect(differenceText('empathy', -0.004)).toBe('−0.004');
    expect(differenceText('event_sale', 0.1) + differenceUnit('event_sale')).toBe('+10%');
    expect(isWorse('error_rate', 0.1)).toBe(true);
    expect(isWorse('task_success', 0.1)).toBe(false);
  });
});

describe('a pair of answers', () => {
  it('is worse where the shadow is, by the metric’s own direction', () => {
    expect(gainOf({ metric: 'empathy', value: 0.2, liveValue: 0.9 })).toBeCloseTo(-0.7);
    expect(gainOf({ metric: 'latency', value: 1, liveValue: 2 })).toBe(1);
    expect(gainOf({ metric: 'empathy', value: null, liveValue: 1 })).toBeNull();
    expect(pairText({ metric: 'empathy', value: 0.23, liveValue: 0.91 })).toBe('0.91 → 0.23');
  });
});

describe('a group’s lag', () => {
  const row = { members: 1, behind: 500, waitedMs: 60_000, trendPerSecond: 3 };
  it.each([
    ['Keeps up', { behind: 0, waitedMs: null }],
    ['Keeps up', { waitedMs: 2_000 }],
    ['Falls behind', {}],
    ['Falls behind', { trendPerSecond: null }],
    ['Catches up', { trendPerSecond: -2 }],
    ['Nobody reads', { members: 0 }],
  ])('is in a word: %s', (word, more) => {
    expect(lagStanding({ ...row, ...more }).word).toBe(word);
  });
});

describe('addresses', () => {
  it('keep whatever names hold, there and back', () => {
    const name = 'support/v2#3?x=1&y=%zz';
    expect(routeOf(linkTo('rollouts', [name], { metric: 'a b', slice: '' }))).toEqual({
      view: 'rollouts',
      rest: [name],
      query: { metric: 'a b' },
    });
    expect(addressOf('/v1/rollouts/:name/pause', { params: { name } })).toBe(
      `/v1/rollouts/${encodeURIComponent(name)}/pause`,
    );
    expect(addressOf('/v1/x', { query: { a: '', b: undefined, c: 0 } })).toBe('/v1/x?c=0');
  });

  it('that nobody can have written are taken as they are', () => {
    expect(routeOf('#/versions/%zz')).toEqual({ view: 'versions', rest: ['%zz'], query: {} });
    expect(routeOf('')).toEqual({ view: '', rest: [], query: {} });
  });
});

describe('a refusal', () => {
  it('is told in the controller’s words, and by its status where somebody else answers', () => {
    expect(refusalOf(403, '{"detail":"this takes a key with the role operate"}').message).toMatch(/role operate/);
    expect(refusalOf(502, '<html>').message).toBe('the controller answered 502');
    expect(refusalOf(500, '{"detail":3}').message).toBe('the controller answered 500');
  });
});
