import { describe, expect, it } from 'vitest';
import { NO_RULES } from '../../schemas/routing-view.ts';
import type { Rules } from '../../schemas/routing-view.ts';
import { viewOf } from '../test/front-door.harness.ts';
import { isPassing, nextFit } from './fallback.ts';
import { NO_WISH, planOf, route } from './route.ts';

const planWith = (rules: Partial<Rules>) => {
  const view = viewOf('http://v1', 'http://v2', 100);
  const third = { ...view.versions[0]!, label: 'v3', upstream: 'http://v3' };
  return planOf({ ...view, versions: [...view.versions, third], rules: { ...NO_RULES, ...rules } });
};

describe('a 4xx that another version may better', () => {
  it.each([
    [408, [], true],
    [429, ['retry-after', '3'], true],
    [429, ['retry-after', 'Wed, 21 Oct 2026 07:28:00 GMT'], true],
    [429, ['retry-after-ms', '30'], true],
    [429, [], false],
    [429, ['retry-after', ''], false],
    [400, ['retry-after', '3'], false],
    [404, [], false],
    [503, [], false],
  ])('is by default %s with %j: %s', (status, headers, passing) => {
    expect(isPassing(planWith({}), status, headers)).toBe(passing);
  });

  it('is what the agent says, or none', () => {
    const plan = planWith({ fallbackOn: [{ status: 429, retryAfter: false }] });
    expect([isPassing(plan, 429, []), isPassing(plan, 408, [])]).toEqual([true, false]);
    expect(isPassing(planWith({ fallbackOn: [] }), 429, ['retry-after', '3'])).toBe(false);
  });
});

describe('who is fit to answer next', () => {
  it('is the first that is, on the way that a failure would take', () => {
    const plan = planWith({ fallbacks: [[{ version: 'v3', weight: 1 }]] });
    const caller = { subject: 'ann', known: 'ann', headers: new Map(), groups: [], claims: {} };
    const chosen = route(plan, caller, NO_WISH)!;
    const next = (fit: readonly string[], wish = chosen) =>
      nextFit(plan, wish, [chosen.target], (label) => fit.includes(label))?.version.label;
    expect([next(['v1', 'v3']), next(['v3']), next(['v2']), next([])]).toEqual(['v1', 'v3', undefined, undefined]);
    expect(next(['v1'], { ...chosen, mayFallBack: false })).toBeUndefined();
  });
});
