import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_RULES } from '../../schemas/routing-view.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { drawSubject, parseModel, planOf, route, slicesOf } from './route.ts';

const version = (label: string) => ({
  label,
  id: `id-${label}`,
  upstream: `http://${label}`,
  promptUsdPerMillion: 1,
  completionUsdPerMillion: 2,
  upstreamModel: '',
});
const view = (weights: Record<string, number>, more: Partial<RoutingView> = {}): RoutingView => ({
  agent: 'support',
  sequence: 1,
  rollout: 'r1',
  salt: 's',
  arms: Object.entries(weights).map(([name, weight]) => ({
    name,
    version: `v-${name}`,
    upstream: `http://${name}`,
    weight,
  })),
  versions: [...Object.keys(weights).map((name) => version(`v-${name}`)), version('old')],
  rules: NO_RULES,
  flags: [],
  shadow: null,
  slices: [],
  issuedAt: 0,
  ...more,
});
const two = (candidate: number, more: Partial<RoutingView> = {}) =>
  planOf(view({ stable: 100 - candidate, candidate }, more));
const armOf = (plan: ReturnType<typeof two>, subject: string) => route(plan, subject, null)!.target.arm;
const weight = fc.double({ min: 0, max: 100, noNaN: true });

describe('route', () => {
  it('raising the weight only adds subjects to the candidate, lowering it only removes', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), weight, weight, (subject, salt, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        if (armOf(two(low, { salt }), subject) === 'candidate') {
          expect(armOf(two(high, { salt }), subject)).toBe('candidate');
        }
      }),
    );
  });

  it('one subject gets one arm for as long as salt and weights stand', () => {
    fc.assert(
      fc.property(fc.string(), weight, (subject, candidate) => {
        expect(route(two(candidate), subject, null)).toEqual(route(two(candidate), subject, null));
      }),
    );
  });

  it('of many arms each gets its share, the resting arm the rest', () => {
    const plan = planOf(view({ stable: 50, a: 20, b: 30 }));
    const seen: Record<string, number> = { stable: 0, a: 0, b: 0 };
    for (let i = 0; i < 20_000; i++) seen[armOf(plan, `user-${i}`)]! += 1;
    expect(seen['a']! / 20_000).toBeCloseTo(0.2, 1);
    expect(seen['b']! / 20_000).toBeCloseTo(0.3, 1);
  });

  it('weight 0 means nobody, beta users included; weight 100 everybody', () => {
    const beta = { rules: { ...NO_RULES, betaSubjects: ['ann'] } };
    for (let i = 0; i < 500; i++) {
      expect(armOf(two(0), `user-${i}`)).toBe('stable');
      expect(armOf(two(100), `user-${i}`)).toBe('candidate');
    }
    expect(armOf(two(0, beta), 'ann')).toBe('stable');
  });

  it('the bucket is spread evenly and says nothing of the place', () => {
    const counts = Array.from({ length: 20 }, () => 0);
    const low = Array.from({ length: 20 }, () => 0);
    for (let i = 0; i < 40_000; i++) {
      const { place, bucket } = drawSubject('support', 's', `user-${i}`);
      counts[bucket]! += 1;
      if (place < 10) low[bucket]! += 1;
    }
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(250);
    for (const count of low) expect(Math.abs(count - 200)).toBeLessThan(80);
  });

  it('a beta user gets the candidate, with stable as the fallback, and a pin wins over that', () => {
    const plan = two(1, { rules: { ...NO_RULES, betaSubjects: ['ann'] } });
    expect(route(plan, 'ann', null)).toMatchObject({
      assignment: 'beta',
      target: { arm: 'candidate' },
      fallback: { arm: 'stable' },
    });
    expect(route(plan, 'ann', 'v-stable')).toMatchObject({
      assignment: 'pin',
      target: { arm: 'stable' },
      fallback: null,
    });
    expect(route(plan, 'ann', 'old')).toMatchObject({
      assignment: 'pin',
      target: { arm: '', version: { label: 'old' } },
    });
    expect(route(plan, 'ann', 'unknown')).toBeUndefined();
  });

  it('only an arm other than stable has a fallback', () => {
    expect(route(two(100), 'bob', null)).toMatchObject({ assignment: 'weight', fallback: { arm: 'stable' } });
    expect(route(two(0), 'bob', null)).toMatchObject({ assignment: 'weight', fallback: null });
  });

  it('models name an agent and may pin a version', () => {
    expect(parseModel('support')).toEqual({ agent: 'support', pin: null });
    expect(parseModel('support@v1@x')).toEqual({ agent: 'support', pin: 'v1@x' });
  });

  it('slices are the allowed labels; values outside the list are _other', () => {
    const slices = [
      { label: 'lang', values: ['en', 'de'] },
      { label: 'tenant', values: [] },
      { label: 'constructor', values: [] },
    ];
    expect(slicesOf(view({ stable: 100 }, { slices }), { lang: 'en', tenant: 'x', more: 'y' })).toEqual({
      lang: 'en',
      tenant: '_other',
    });
  });
});
