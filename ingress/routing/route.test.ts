import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_RULES } from '../../schemas/routing-view.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import type { Caller } from './match.ts';
import { drawSubject, nextTarget, NO_WISH, parseModel, planOf, route, slicesOf } from './route.ts';

const version = (label: string) => ({
  label,
  id: `id-${label}`,
  upstream: `http://${label}`,
  promptUsdPerMillion: 1,
  completionUsdPerMillion: 2,
  cachedPromptUsdPerMillion: null,
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
  shadowTools: 'pass',
  http: null,
  judging: null,
  judgedPct: 100,
  slices: [],
  metrics: [],
  events: [],
  issuedAt: 0,
  ...more,
});
const two = (candidate: number, more: Partial<RoutingView> = {}) =>
  planOf(view({ stable: 100 - candidate, candidate }, more));
const by = (subject: string, more: Partial<Caller> = {}): Caller => ({
  subject,
  known: subject,
  headers: new Map(),
  groups: [],
  claims: {},
  ...more,
});
const drawn = (plan: ReturnType<typeof two>, subject: string) => route(plan, by(subject), NO_WISH)!;
const armOf = (plan: ReturnType<typeof two>, subject: string) => drawn(plan, subject).target.arm;
const anyone = { name: '', subjects: [], groups: [], headers: {}, claims: {} };
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
        expect(drawn(two(candidate), subject)).toEqual(drawn(two(candidate), subject));
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

  it('a beta user gets the candidate, may fall back to stable, and a pin wins over that', () => {
    const plan = two(1, { rules: { ...NO_RULES, betaSubjects: ['ann'] } });
    const ann = by('ann');
    const beta = route(plan, ann, NO_WISH)!;
    expect(beta).toMatchObject({ assignment: 'beta', target: { arm: 'candidate' } });
    expect(nextTarget(plan, beta, [beta.target])).toMatchObject({ arm: 'stable' });
    const pinned = route(plan, ann, { ...NO_WISH, version: 'v-stable' })!;
    expect(pinned).toMatchObject({ assignment: 'pin', target: { arm: 'stable' } });
    expect(nextTarget(plan, pinned, [])).toBeNull();
    expect(route(plan, ann, { ...NO_WISH, version: 'old' })).toMatchObject({
      assignment: 'pin',
      target: { arm: '', version: { label: 'old' } },
    });
    expect(route(plan, ann, { ...NO_WISH, arm: 'candidate' })).toMatchObject({ target: { arm: 'candidate' } });
    expect(route(plan, ann, { ...NO_WISH, version: 'unknown' })).toBeUndefined();
    expect(route(plan, ann, { ...NO_WISH, arm: 'unknown' })).toBeUndefined();
  });

  it('a beta match asks for groups, headers and claims, and each part that it has must hold', () => {
    const beta = [{ ...anyone, groups: ['staff'], headers: { 'x-region': ['eu', 'us'] }, claims: { plan: ['*'] } }];
    const plan = two(1, { rules: { ...NO_RULES, beta } });
    const staff = { groups: ['x', 'staff'], headers: new Map([['x-region', 'us']]), claims: { plan: 'pro' } };
    expect(route(plan, by('u', staff), NO_WISH)).toMatchObject({ assignment: 'beta' });
    for (const lack of [{ groups: [] }, { headers: new Map([['x-region', 'asia']]) }, { claims: {} }]) {
      expect(route(plan, by('u', { ...staff, ...lack }), NO_WISH)).toMatchObject({ assignment: 'weight' });
    }
  });

  it('with segments only those within are drawn, and all others rest', () => {
    const plan = two(100, { rules: { ...NO_RULES, segments: [{ ...anyone, groups: ['internal'] }] } });
    expect(route(plan, by('u', { groups: ['internal'] }), NO_WISH)).toMatchObject({
      assignment: 'segment',
      target: { arm: 'candidate' },
    });
    expect(route(plan, by('u'), NO_WISH)).toMatchObject({ assignment: 'outside', target: { arm: 'stable' } });
  });

  it('a flag takes its share of whom it is for, and splits both arms alike', () => {
    const flag = { key: 'new-tone', version: 'old', pct: 30, match: null };
    const plan = two(50, { flags: [flag] });
    const without = two(50);
    let flagged = 0;
    let ofCandidates = 0;
    let candidates = 0;
    for (let i = 0; i < 20_000; i++) {
      const isCandidate = armOf(without, `user-${i}`) === 'candidate';
      const isFlagged = drawn(plan, `user-${i}`).assignment === 'flag';
      flagged += Number(isFlagged);
      candidates += Number(isCandidate);
      ofCandidates += Number(isCandidate && isFlagged);
    }
    expect(flagged / 20_000).toBeCloseTo(0.3, 1);
    expect(ofCandidates / candidates).toBeCloseTo(0.3, 1);
    const matched = two(50, { flags: [{ ...flag, pct: 100, match: { ...anyone, subjects: ['ann'] } }] });
    expect(drawn(matched, 'ann')).toMatchObject({ assignment: 'flag', target: { version: { label: 'old' } } });
    expect(drawn(matched, 'bob').assignment).toBe('weight');
  });

  it('a conversation stays with its version while that gets traffic, and is no evidence then', () => {
    const begun = { ...NO_WISH, begunWith: 'v-candidate' };
    const stays = by('user-1');
    const plan = two(0.000_001);
    expect(route(plan, stays, begun)).toMatchObject({ assignment: 'affinity', target: { arm: 'candidate' } });
    expect(route(two(100), stays, begun)).toMatchObject({ assignment: 'weight', target: { arm: 'candidate' } });
    expect(route(two(0), stays, begun)).toMatchObject({ assignment: 'weight', target: { arm: 'stable' } });
  });

  it('who may answer next is stable, then each step of the chain by its weights, nobody twice', () => {
    const fallbacks = [
      [
        { version: 'old', weight: 3 },
        { version: 'v-candidate', weight: 1 },
      ],
      [{ version: 'old', weight: 1 }],
    ];
    const plan = two(100, { rules: { ...NO_RULES, fallbacks } });
    let olds = 0;
    for (let i = 0; i < 2_000; i++) {
      const chosen = drawn(plan, `user-${i}`);
      const tried = [chosen.target];
      const order = [];
      for (let next = nextTarget(plan, chosen, tried); next !== null; next = nextTarget(plan, chosen, tried)) {
        tried.push(next);
        order.push(next.version.label);
      }
      expect(order).toEqual(['v-stable', 'old']);
      if (chosen.spread * 4 < 3) olds += 1;
    }
    expect(olds / 2_000).toBeCloseTo(0.75, 1);
  });

  it('without a chain only an arm other than stable has somebody to fall back to', () => {
    const candidate = drawn(two(100), 'bob');
    expect(nextTarget(two(100), candidate, [candidate.target])).toMatchObject({ arm: 'stable' });
    const plan = two(0);
    const stable = drawn(plan, 'bob');
    expect(nextTarget(plan, stable, [stable.target])).toBeNull();
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
