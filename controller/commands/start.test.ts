import { describe, expect, it } from 'vitest';
import { BLUE_GREEN, registered, rolloutDocument, started, strategyDocument, T0 } from '../test/play.fixture.ts';
import { start } from './start.ts';

const refusalOf = (document: ReturnType<typeof rolloutDocument>): string => {
  const begun = start(registered().state, document, { by: 'ann', timeMs: T0 });
  return begun.kind === 'refused' ? begun.refusal.message : '';
};
const budget = { promotion: 'budget', stages: undefined };

describe('a rollout document', () => {
  it('that compares events of a canary’s arms is refused: nobody knows the requests without one', () => {
    expect(refusalOf(rolloutDocument({ metrics: [{ name: 'event_sale' }] }))).toMatch(/goal of an experiment/);
    const thresholds = [{ metric: 'event_sale', minAbsolute: 1 }];
    expect(refusalOf(strategyDocument({ ...BLUE_GREEN, thresholds }))).toMatch(/event_sale is an event/);
  });

  it('that asks for proof, and lets no metric promote, is refused instead of never ending', () => {
    const metrics = [{ name: 'error_rate', promotes: false }];
    expect(refusalOf(rolloutDocument({ ...budget, metrics }))).toMatch(/needs a metric that promotes/);
    expect(refusalOf(rolloutDocument({ promotion: 'prove', metrics }))).toMatch(/needs a metric that promotes/);
    expect(refusalOf(rolloutDocument({ promotion: 'timer', metrics }))).toBe('');
  });

  it('stands in the log with its stages, planned or not', () => {
    const { state } = started(rolloutDocument({ promotion: 'prove', stages: undefined }));
    expect(state.run?.spec).toMatchObject({ promotion: 'prove', stages: { length: 4, 0: { weightPct: 5 } } });
    expect(started(rolloutDocument(budget)).state.run?.spec).not.toHaveProperty('stages');
  });

  it('of a budget leaves stable its holdback from the first decision on', () => {
    const { state } = started(rolloutDocument({ ...budget, budget: { minPct: 97, maxPct: 99 } }));
    expect(state.routing?.arms.map(({ weight }) => weight)).toEqual([5, 95]);
  });
});
