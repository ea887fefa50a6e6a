import { describe, expect, it } from 'vitest';
import { AB, BLUE_GREEN, rolloutDocument, strategyDocument } from '../test/play.fixture.ts';
import { metricNameIssues } from './metric-names.ts';

const pathsOf = ({ spec }: ReturnType<typeof rolloutDocument>, announced: readonly string[] = []): string[] =>
  metricNameIssues(spec, announced).map(({ path }) => path);

describe('a metric that is neither registered nor announced', () => {
  it.each([
    ['a metric', rolloutDocument({ metrics: [{ name: 'latency_p50' }, { name: 'tone' }] }), 'spec.metrics.1.name'],
    [
      'a threshold',
      rolloutDocument({ policy: 'thresholds', thresholds: [{ metric: 'tone', minAbsolute: 0.5 }] }),
      'spec.thresholds.0.metric',
    ],
    ['a goal', strategyDocument({ ...AB, duration: '1h', goal: { metric: 'tone' } }), 'spec.goal.metric'],
    [
      'a guardrail',
      strategyDocument({ ...AB, duration: '1h', guardrails: [{ name: 'tone' }] }),
      'spec.guardrails.0.name',
    ],
    [
      'a threshold after a switch',
      strategyDocument({ ...BLUE_GREEN, thresholds: [{ metric: 'tone', minAbsolute: 0.5 }] }),
      'spec.thresholds.0.metric',
    ],
  ])('is found as %s', (_, document, path) => {
    expect(pathsOf(document)).toEqual([path]);
    expect(pathsOf(document, ['tone'])).toEqual([]);
  });

  it('is no event of the clients', () => {
    expect(pathsOf(strategyDocument({ ...AB, duration: '1h', goal: { metric: 'event_purchase' } }))).toEqual([]);
  });
});

describe('the nearest name', () => {
  const reasonOf = (name: string, announced: readonly string[] = []): string | undefined =>
    metricNameIssues(rolloutDocument({ metrics: [{ name }] }).spec, announced)[0]?.reason;

  it.each([
    ['eror_rate', 'error_rate'],
    ['latency_p59', 'latency_p50'],
    ['toxicty', 'toxicity'],
    ['tine', 'tone'],
  ])('of %s is %s', (name, nearest) => {
    expect(reasonOf(name, ['tone'])).toContain(`did you mean ${nearest}?`);
  });

  it.each([
    ['a threshold', rolloutDocument({ policy: 'thresholds', thresholds: [{ metric: 'eror_rate', maxAbsolute: 0.5 }] })],
    [
      'a threshold after a switch',
      strategyDocument({ ...BLUE_GREEN, thresholds: [{ metric: 'eror_rate', maxAbsolute: 1 }] }),
    ],
    ['a goal', strategyDocument({ ...AB, duration: '1h', goal: { metric: 'eror_rate' } })],
    ['a guardrail', strategyDocument({ ...AB, duration: '1h', guardrails: [{ name: 'eror_rate' }] })],
  ])('is offered for %s too', (_, { spec }) => {
    expect(metricNameIssues(spec, [])[0]?.reason).toContain('did you mean error_rate?');
  });

  it('is not offered where nothing is near', () => {
    expect(reasonOf('kindness_of_tone')).not.toContain('did you mean');
  });
});
