import { describe, expect, it } from 'vitest';
import { sentenceOf } from '../../schemas/sentence/sentence.ts';
import { start } from '../commands/start.ts';
import { metricNameIssues } from '../commands/metric-names.ts';
import type { RolloutDocument } from '../../schemas/documents.ts';
import { limitViews } from '../api/limit-views.ts';
import { play, registered, rolloutDocument, SHADOW, T0, worldOf } from './play.fixture.ts';
import type { World } from './traffic.fixture.ts';

const refusals = (limits: object[]): string[] => {
  const begun = start(registered().state, rolloutDocument({ limits }), { by: 'ann', timeMs: T0 });
  return begun.kind === 'refused' && 'issues' in begun.refusal
    ? (begun.refusal.issues ?? []).map(({ path, reason }) => `${path}: ${reason}`)
    : [];
};

describe('an absolute limit', () => {
  it('stops a candidate that is beyond it, however much stable is, and says metric, value, limit and how many requests', () => {
    const document = rolloutDocument({ limits: [{ metric: 'latency', p95Max: '500ms' }] });
    const slow = worldOf(200, { latency: 0.5 });
    const { decisions } = play(document, { ...slow, stable: { ...slow.stable, latency: 0.5 } }, 1);
    const last = decisions.at(-1)!;
    expect(last).toMatchObject({ type: 'rollback', metric: 'latency_p95', bounded: false, by: 'controller' });
    expect(last.reason).toMatch(
      /^latency_p95: candidate \d\.\d+ \(n=\d+\) is above 0\.5 \(max 0\.5\); an absolute limit, no bounded error$/,
    );
    expect(last.windowKeys.length).toBeGreaterThan(0);
    expect(sentenceOf(last)).toMatch(
      /^v2 breaks its threshold of response time: .*; at most 500 ms is allowed\. A threshold bounds no error/,
    );
  });

  it('is shown with the candidate’s value in this stage, and how it stands, while it is under way and after it', () => {
    const limits = [
      { metric: 'latency', p95Max: '500ms', minRequests: 10 },
      { metric: 'error_rate', max: 0.9, minRequests: 100_000 },
      { metric: 'empathy', min: 0.1, minRequests: 5 },
      { gauge: 'gpu', max: 0.9 },
    ];
    const shownOf = (document: RolloutDocument, world: World, windows: number, isLive: boolean) => {
      const { state, evidence } = play(document, world, 1, { windows });
      const run = state.run!;
      return limitViews(run, isLive ? evidence : null, new Map(), T0);
    };
    const document = rolloutDocument({ limits });
    const early = shownOf(document, worldOf(200, { latency: 0.1 }), 4, true);
    expect(early.map(({ name, standing }) => `${name} ${standing}`)).toEqual([
      'latency_p95 holds',
      'error_rate waits',
      'empathy holds',
      'gpu waits',
    ]);
    expect(early[0]).toMatchObject({ side: 'max', limit: 0.5, minRequests: 10 });
    expect(early[0]!.value).toBeLessThan(0.5);
    expect(early[1]!.count).toBeGreaterThan(0);
    expect(shownOf(document, worldOf(200, { latency: 0.1 }), 4, false).map(({ standing }) => standing)).toEqual([
      'holds',
      null,
      'holds',
      'waits',
    ]);
    const over = shownOf(document, worldOf(200, { latency: 2 }), 200, true);
    expect(over.map(({ name, standing }) => `${name} ${standing}`)).toEqual([
      'latency_p95 broken',
      'error_rate null',
      'empathy null',
      'gpu null',
    ]);
    expect(over[0]!.value).toBeGreaterThan(0.5);
  });

  it('says nothing of fewer requests than it needs: one bad answer of three stops nobody', () => {
    const bad = worldOf(60, { error: 0.2 });
    const at = (minRequests: number): number => {
      const document = rolloutDocument({ limits: [{ metric: 'error_rate', max: 0.01, minRequests }], alpha: 1e-9 });
      const { decisions } = play(document, bad, 2);
      return decisions.find(({ type }) => type === 'rollback')?.evidence[0]?.candidateCount ?? 0;
    };
    expect(at(50)).toBeGreaterThanOrEqual(50);
    expect(at(150)).toBeGreaterThanOrEqual(150);
  });

  it('lets a candidate within it pass, and the evidence still decides beside it', () => {
    const limits = [{ metric: 'error_rate', max: 0.9 }];
    expect(play(rolloutDocument({ limits }), worldOf(80), 1).decisions.at(-1)).toMatchObject({ type: 'promote' });
    const { decisions } = play(rolloutDocument({ limits }), worldOf(80, { error: 0.3 }), 1);
    expect(decisions.at(-1)).toMatchObject({ type: 'rollback', metric: 'error_rate' });
    expect(decisions.at(-1)!.logE).toBeGreaterThanOrEqual(decisions.at(-1)!.logThreshold!);
  });

  it('stops in the shadow as well, by what the copies came to', () => {
    const document = rolloutDocument({
      shadow: SHADOW,
      limits: [{ metric: 'empathy', min: 0.69, minRequests: 20 }],
      alpha: 1e-9,
    });
    const { decisions } = play(document, worldOf(80, { empathy: 0.6 }), 1);
    expect(decisions.at(-1)).toMatchObject({ type: 'rollback', stage: -1, metric: 'empathy' });
  });

  it('that has too few values in a stage holds it: no data is no pass', () => {
    const document = rolloutDocument({ limits: [{ metric: 'thumbs_down', max: 0.5 }] });
    const { decisions } = play(document, worldOf(80), 1);
    expect(decisions.some(({ type }) => type === 'promote')).toBe(false);
  });

  it('is refused where it could never be held against anything', () => {
    expect(refusals([{ metric: 'error_rate', p95Max: 1 }])).toEqual([
      'spec.limits.0.p95Max: error_rate has no quantiles; give max or min',
    ]);
    expect(refusals([{ metric: 'cost', max: '2s' }])).toEqual([
      'spec.limits.0.max: cost is in milli-usd, so 2s says nothing; give a number',
    ]);
    expect(refusals([{ metric: 'event_purchase', max: 1 }])).toEqual([
      'spec.limits.0.metric: event_purchase is an event; it has no limit',
    ]);
    const { spec } = rolloutDocument({ limits: [{ metric: 'halucination', max: 0.05 }] });
    expect(metricNameIssues(spec, [])).toMatchObject([{ path: 'spec.limits.0.metric' }]);
    for (const limit of [
      { max: 1 },
      { metric: 'cost' },
      { metric: 'cost', max: 1, min: 0 },
      { gauge: 'gpu', p95Max: 1 },
    ])
      expect(() => rolloutDocument({ limits: [limit] })).toThrow();
  });
});
