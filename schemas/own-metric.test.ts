import { describe, expect, it } from 'vitest';
import { metricOrRubric } from './metrics.ts';
import { DeclaredMetrics, ownMetric } from './own-metric.ts';
import { ownKey, readOwnKey } from './own-metric-key.ts';

const RATE = { name: 'resolved', family: 'rate' };
const SCORE = { name: 'csat', family: 'score', min: 1, max: 5 };
const NUMBER = { name: 'minutes', family: 'number', better: 'lower', max: 240 };

describe('a metric of one’s own', () => {
  it.each([
    [RATE, 'resolved:rate:higher', { family: 'rate', better: 'higher' }],
    [{ ...RATE, name: 'complained', better: 'lower' }, 'complained:rate:lower', { family: 'rate', better: 'lower' }],
    [SCORE, 'csat:score:higher', { family: 'score', better: 'higher' }],
    [NUMBER, 'minutes:number:lower', { family: 'measure', better: 'lower', quantile: null }],
  ])('%j has a name that says how it is summed: %s', (declared, key, metric) => {
    const [own] = DeclaredMetrics.parse([declared]).map(ownMetric);
    expect(ownKey(own!)).toBe(key);
    expect(readOwnKey(key)).toEqual({ name: own!.name, family: own!.family, better: own!.better });
    expect(metricOrRubric(key)).toMatchObject({ ...metric, source: 'feedback', rows: key, ofJudge: false });
  });

  it('is read from no other name: a rubric’s stays one, and so does an event', () => {
    for (const name of ['csat', 'csat:score', 'csat:grade:higher', 'csat:score:higher:more', 'a b:rate:lower'])
      expect(readOwnKey(name)).toBeNull();
    expect(metricOrRubric('csat')).toMatchObject({ family: 'score', source: 'scores' });
    expect(metricOrRubric('event_csat')).toMatchObject({ family: 'event' });
  });

  it.each([
    [[{ ...RATE, name: 'Resolved' }], /lower-case/],
    [[{ ...RATE, name: 'event_sale' }], /events of feedback/],
    [[{ ...RATE, family: 'ratio' }], /Invalid option/],
    [[{ ...RATE, max: 1 }], /no place in a rate/],
    [[{ ...RATE, min: 1 }], /for scores alone/],
    [[{ ...SCORE, min: 5 }], /must be above min/],
    [[{ ...NUMBER, better: 'higher' }], /a `score` with min and max/],
    [[{ ...NUMBER, max: 1e7 }], /1000000/],
    [[RATE, { ...SCORE, name: 'resolved' }], /two metrics of one name/],
    [[{ ...RATE, unit: 'percent' }], /unit/],
  ])('%j is refused', (declared, message) => {
    const told = DeclaredMetrics.safeParse(declared)
      .error?.issues.map((issue) => issue.message)
      .join();
    expect(told).toMatch(message);
  });
});
