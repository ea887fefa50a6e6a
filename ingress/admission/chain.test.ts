import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { keyOf } from '../../schemas/api-key.fixture.ts';
import type { ApiKey } from '../../schemas/api-key.ts';
import type { IngressPolicy } from '../../schemas/ingress-policy.ts';
import { createAddressing } from './trusted-proxies.io.ts';
import { createAdmission } from './admission.ts';
import type { ClientRequest } from '../protocol/client-call.ts';
import type { Bucket } from './limits.ts';
import { policyOf } from '../test/front-door.harness.ts';

const KEY = `cm_live_${'k'.repeat(43)}`;
const apiKey = (more: Partial<ApiKey> = {}): ApiKey => keyOf('a', { sha256: hash('sha256', KEY, 'hex'), ...more });

const setUp = (spec: z.input<typeof IngressPolicy>['spec'], keys: ApiKey[] = [], pending = 1) => {
  let policy = policyOf(spec);
  const taken: string[][] = [];
  const admission = createAdmission({
    policy: () => policy,
    addressing: createAddressing,
    findKey: (sha256) => keys.find((key) => key.sha256 === sha256),
    areKeysCurrent: () => true,
    limiter: {
      take: (buckets: readonly Bucket[]) => {
        taken.push(buckets.map(({ name }) => name));
        return { allowed: false, bucket: 'key:x', limit: 5, remaining: 0, resetMs: 900, retryAfterMs: 120 };
      },
    },
    pending: () => pending,
    nowMs: () => 1_000,
  });
  return { admission, taken, apply: (next: typeof spec) => (policy = policyOf(next)) };
};
const client = (headers: Record<string, string> = {}, peer = '10.0.0.9'): ClientRequest => ({
  method: 'POST',
  path: '/v1/chat/completions',
  query: '',
  headers: new Map(Object.entries(headers)),
  body: Buffer.alloc(0),
  peer: () => peer,
});
const DENY = { access: { anonymous: null } };
const ANN = { subject: 'ann', isSomeone: true };
const withKey = { authorization: `Bearer ${KEY}` };

describe('admission', () => {
  it('denies by default, and tells how to send a key', () => {
    const { admission } = setUp(DENY);
    const refused = admission.admit(client(), 'caller');
    expect(refused).toMatchObject({ error: { status: 401, code: 'invalid_api_key' } });
    expect(JSON.stringify(refused)).toContain('authorization: Bearer');
  });

  it('knows a key, and refuses unknown, expired and revoked ones in the same words', () => {
    const { admission } = setUp(DENY, [apiKey({ roles: ['pin'] })]);
    expect(admission.admit(client(withKey), 'caller')).toMatchObject({ principal: { keyId: 'key_a' } });
    const refused = [[], [apiKey({ expiresAtMs: 999 })], [apiKey({ revokedAtMs: 5 })]].map((keys) =>
      JSON.stringify(setUp(DENY, keys).admission.admit(client(withKey), 'caller')),
    );
    expect(new Set(refused).size).toBe(1);
  });

  it('a change of the policy is in force with the next request', () => {
    const { admission, apply } = setUp(DENY);
    expect(admission.admit(client(), 'caller')).toHaveProperty('error');
    apply({ access: { anonymous: {} } });
    expect(admission.admit(client(), 'caller')).toMatchObject({ principal: { keyId: '' } });
  });

  it('refuses early, with a time to come again, once as many requests are under way as may be', () => {
    const spec = { limits: { maxConcurrent: 3 } };
    expect(setUp(spec, [], 3).admission.admit(client(), 'caller')).toHaveProperty('principal');
    expect(setUp(spec, [], 4).admission.admit(client(), 'caller')).toMatchObject({
      error: { status: 503, code: 'overloaded' },
      errorHeaders: ['retry-after', '1', 'retry-after-ms', '1000'],
    });
    expect(setUp(spec, [], 4).admission.admit(client(), 'open')).toHaveProperty('principal');
  });

  it('metrics are for this host, unless a proxy brought the request, and for the role', () => {
    const keys = [apiKey({ roles: ['metrics'] })];
    const { admission } = setUp({}, keys);
    expect(admission.admit(client({}, '127.0.0.1'), 'operator')).toHaveProperty('principal');
    expect(admission.admit(client({}, '10.0.0.9'), 'operator')).toMatchObject({ error: { status: 403 } });
    expect(admission.admit(client({ 'x-forwarded-for': '127.0.0.1' }, '127.0.0.1'), 'operator')).toHaveProperty(
      'error',
    );
    expect(admission.admit(client(withKey), 'operator')).toHaveProperty('principal');
  });

  it('charges key, user and agent together, and a refusal tells when to come again', () => {
    const limit = { requests: 5, burst: 5 };
    const spec = { limits: { perKey: limit, perUser: limit }, agents: { support: { limit } } };
    const { admission, taken } = setUp(spec, [apiKey()]);
    const admitted = admission.admit(client(withKey), 'caller');
    if ('error' in admitted) throw new Error('refused');
    const answer = admission.take(client(withKey), admitted.principal, 'support', ANN);
    expect(taken[0]).toMatchObject(['key:key_a', expect.stringMatching(/^user:/), 'agent:support']);
    expect(answer).toMatchObject({ error: { status: 429, code: 'rate_limit_exceeded' } });
    expect(JSON.stringify(answer)).toContain('"retry-after-ms","120"');
    expect(
      admission.take(client(withKey), admitted.principal, 'other', { subject: 'key:key_a', isSomeone: false }),
    ).toMatchObject({});
    expect(taken[1]).toEqual(['key:key_a']);
  });

  it('asks no limiter where no limit is set', () => {
    const { admission, taken } = setUp({});
    const admitted = admission.admit(client(), 'caller');
    if ('error' in admitted) throw new Error('refused');
    expect(admission.take(client(), admitted.principal, 'support', ANN)).toEqual({ headers: [] });
    expect(taken).toEqual([]);
  });

  it('believes x-forwarded-for of trusted proxies alone', () => {
    const { admission } = setUp({ access: { trustedProxies: ['10.0.0.0/8'] } });
    expect(admission.addressOf(client({ 'x-forwarded-for': '203.0.113.5' }, '10.0.0.9'))).toBe('203.0.113.5');
    expect(admission.addressOf(client({ 'x-forwarded-for': '203.0.113.5' }, '192.0.2.1'))).toBe('192.0.2.1');
  });

  it('without CORS, pages of this host alone may open WebSockets, and whoever is no page', () => {
    const { admission } = setUp({});
    expect(admission.isOriginAllowed(client({ host: 'door.example:8080' }))).toBe(true);
    expect(admission.isOriginAllowed(client({ host: 'door.example:8080', origin: 'http://door.example:8080' }))).toBe(
      true,
    );
    expect(admission.isOriginAllowed(client({ host: 'door.example:8080', origin: 'https://evil.example' }))).toBe(
      false,
    );
    expect(admission.isOriginAllowed(client({ host: 'door.example:8080', origin: 'null' }))).toBe(false);
  });

  it('gives CORS headers with every answer to an allowed origin, refusals too', () => {
    const { admission } = setUp({ ...DENY, cors: { origins: ['https://app.example.com'] } });
    const refused = admission.admit(client({ origin: 'https://app.example.com' }), 'caller');
    expect(refused.headers).toContain('https://app.example.com');
    expect(admission.isOriginAllowed(client({ origin: 'https://evil.example.com' }))).toBe(false);
    expect(admission.isOriginAllowed(client({ origin: 'https://app.example.com' }))).toBe(true);
    expect(
      admission.preflight(
        'OPTIONS',
        new Map([
          ['origin', 'https://app.example.com'],
          ['access-control-request-method', 'POST'],
        ]),
      ),
    ).toMatchObject({ status: 204 });
  });
});
