import { describe, expect, it } from 'vitest';
import type { Limit } from '../../schemas/ingress-policy.ts';
import type { Principal } from './authenticate.ts';
import { bucketsOf, durationText, limitHeaders, refusalOf } from './limits.ts';

const limit = (requests: number): Limit => ({ requests, per: 60_000, burst: 10 });
const caller = (keyId: string, own: Limit | null = null): Principal => ({
  keyId,
  roles: new Set(),
  groups: [],
  claims: {},
  agents: '*',
  limit: own,
});
/** Of the texts in these tests, those with a prefix are nobody in particular. */
const who = (subject: string) => ({
  subject,
  known: subject,
  isSomeone: !/^(key|peer):/.test(subject),
  vouched: true,
});
const buckets = (principal: Principal, named: string, limits: Partial<Parameters<typeof bucketsOf>[0]> = {}) =>
  bucketsOf(
    { perKey: null, perUser: null, ...limits },
    null,
    { principal, ...who(named), address: () => '2001:db8:0:1:2:3:4:5' },
    'support',
  );

describe('the buckets of a request', () => {
  it('are none where nothing is limited, and then nobody asks for the address', () => {
    const address = (): string => {
      throw new Error('asked');
    };
    const none = { perKey: null, perUser: null };
    expect(bucketsOf(none, null, { principal: caller(''), ...who('ann'), address }, 'support')).toEqual([]);
  });

  it('are its key’s, by the key’s own limit before the policy’s', () => {
    expect(buckets(caller('key_1'), 'key:key_1', { perKey: limit(5) })).toEqual([
      { name: 'key:key_1', limit: limit(5) },
    ]);
    expect(buckets(caller('key_1', limit(7)), 'ann', { perKey: limit(5) })).toEqual([
      { name: 'key:key_1', limit: limit(7) },
    ]);
  });

  it('are its address’ without a key, an IPv6 one by its network', () => {
    expect(buckets(caller(''), 'peer:x', { perKey: limit(5) })[0]!.name).toBe('address:2001:db8:0:1::/64');
  });

  it('are its user’s within its key, by a hash, if there is one', () => {
    const named = buckets(caller('key_1'), 'ann@example.com', { perUser: limit(5) });
    expect(named).toHaveLength(1);
    expect(named[0]!.name).toMatch(/^user:[0-9a-f]{32}$/);
    expect(buckets(caller('key_2'), 'ann@example.com', { perUser: limit(5) })[0]!.name).not.toBe(named[0]!.name);
    expect(buckets(caller('key_1'), 'key:key_1', { perUser: limit(5) })).toEqual([]);
  });

  it('are one user’s, however many the caller names, where he may name none', () => {
    const names = ['ann', 'bob', 'eve'].map((subject) => {
      const one = { subject, known: 'key:key_1', isSomeone: true, vouched: false };
      const of = { principal: caller('key_1'), ...one, address: () => '' };
      return bucketsOf({ perKey: null, perUser: limit(5) }, null, of, 'support').map(({ name }) => name);
    });
    expect(new Set(names.flat()).size).toBe(1);
  });

  it('are its agent’s, last', () => {
    const all = bucketsOf(
      { perKey: limit(1), perUser: limit(2) },
      limit(3),
      { principal: caller('key_1'), ...who('ann'), address: () => '' },
      'support',
    );
    expect(all.map(({ name }) => name.split(':')[0])).toEqual(['key', 'user', 'agent']);
  });
});

describe('a duration for OpenAI’s clients', () => {
  it.each([
    [0, '0s'],
    [17, '17ms'],
    [1_000, '1s'],
    [8_640, '8.64s'],
    [360_000, '6m0s'],
    [90_951, '1m30.951s'],
    [3_600_000, '1h0m0s'],
    [90_061_001, '25h1m1.001s'],
  ])('of %d ms is %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});

describe('a result', () => {
  const result = { allowed: true, bucket: 'key:key_1', limit: 20, remaining: 19, resetMs: 600, retryAfterMs: 0 };

  it('is told in OpenAI’s headers', () => {
    expect(limitHeaders(result)).toEqual([
      'x-ratelimit-limit-requests',
      '20',
      'x-ratelimit-remaining-requests',
      '19',
      'x-ratelimit-reset-requests',
      '600ms',
    ]);
    expect(refusalOf(result)).toBeUndefined();
  });

  it('that refuses says when to come again, in whole seconds rounded up and in milliseconds, and whose limit it is', () => {
    const refusal = refusalOf({ ...result, allowed: false, bucket: 'user:0123', remaining: 0, retryAfterMs: 1_001 })!;
    expect(refusal.error).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(refusal.error.message).toBe('The request limit of this user or session is reached. Try again in 1.001s.');
    expect(refusal.headers.slice(-4)).toEqual(['retry-after', '2', 'retry-after-ms', '1001']);
    expect(refusal.headers).toContain('x-ratelimit-limit-requests');
  });
});
