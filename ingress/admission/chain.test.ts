import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { keyOf } from '../../schemas/api-key.fixture.ts';
import type { ApiKey } from '../../schemas/api-key.ts';
import type { IngressPolicy } from '../../schemas/ingress-policy.ts';
import { createAddressing } from './trusted-proxies.io.ts';
import { createAdmission } from './chain.ts';
import { createAddressOf } from './client-address.ts';
import { createPolicyInForce } from '../policy/policy-in-force.ts';
import { isPreflight } from './cors.ts';
import type { Access, CallKind } from './admission-call.ts';
import type { ClientRequest } from '../protocol/client-call.ts';
import type { Bucket } from './limits.ts';
import { policyOf } from '../test/front-door.harness.ts';

const KEY = `cm_live_${'k'.repeat(43)}`;
const apiKey = (more: Partial<ApiKey> = {}): ApiKey => keyOf('a', { sha256: hash('sha256', KEY, 'hex'), ...more });

/** What a call gets by its head: its refusal, or who calls; and the headers of every answer. */
const setUp = (spec: z.input<typeof IngressPolicy>['spec'], keys: ApiKey[] = []) => {
  let document = policyOf(spec);
  const policy = createPolicyInForce(() => document);
  const taken: string[][] = [];
  const addressOf = createAddressOf(policy, createAddressing);
  const begin = createAdmission({
    policy,
    addressOf,
    findKey: (sha256) => keys.find((key) => key.sha256 === sha256),
    areKeysCurrent: () => true,
    limiter: {
      take: (buckets: readonly Bucket[]) => {
        taken.push(buckets.map(({ name }) => name));
        return { allowed: false, bucket: 'key:x', limit: 5, remaining: 0, resetMs: 900, retryAfterMs: 120 };
      },
    },
    nowMs: () => 1_000,
    isOnLoopback: false,
  });
  const entered = (request: ClientRequest, access: Access, kind: CallKind = 'request') => {
    const call = begin(kind, request, access);
    return { call, refusal: call.enter() };
  };
  const admit = (request: ClientRequest, access: Access) => {
    const { call, refusal } = entered(request, access);
    const { headers, principal } = call;
    return refusal === null ? { principal, headers } : { error: refusal.error, headers, errorHeaders: refusal.headers };
  };
  const isOriginAllowed = (request: ClientRequest): boolean =>
    (['handshake', 'request'] as const).every(
      (kind) => entered(request, 'caller', kind).refusal?.error.code !== 'origin_not_allowed',
    );
  return {
    admit,
    entered,
    addressOf,
    isOriginAllowed,
    taken,
    apply: (next: typeof spec) => (document = policyOf(next)),
  };
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
const ANN = { subject: 'ann', known: 'ann', isSomeone: true, vouched: true };
const withKey = { authorization: `Bearer ${KEY}` };

describe('admission', () => {
  it('denies by default, and tells how to send a key', () => {
    const { admit } = setUp(DENY);
    const refused = admit(client(), 'caller');
    expect(refused).toMatchObject({ error: { status: 401, code: 'invalid_api_key' } });
    expect(JSON.stringify(refused)).toContain('authorization: Bearer');
  });

  it('knows a key, and refuses unknown, expired and revoked ones in the same words', () => {
    const { admit } = setUp(DENY, [apiKey({ roles: ['pin'] })]);
    expect(admit(client(withKey), 'caller')).toMatchObject({ principal: { keyId: 'key_a' } });
    const refused = [[], [apiKey({ expiresAtMs: 999 })], [apiKey({ revokedAtMs: 5 })]].map((keys) =>
      JSON.stringify(setUp(DENY, keys).admit(client(withKey), 'caller')),
    );
    expect(new Set(refused).size).toBe(1);
  });

  it('a change of the policy is in force with the next request', () => {
    const { admit, apply } = setUp(DENY);
    expect(admit(client(), 'caller')).toHaveProperty('error');
    apply({ access: { anonymous: {} } });
    expect(admit(client(), 'caller')).toMatchObject({ principal: { keyId: '' } });
  });

  it('refuses early, with a time to come again, once as many requests are under way as may be', () => {
    const { admit, entered } = setUp({ limits: { maxConcurrent: 3 } });
    entered(client(), 'caller');
    const second = entered(client(), 'caller');
    expect(admit(client(), 'caller')).toHaveProperty('principal');
    expect(admit(client(), 'caller')).toMatchObject({
      error: { status: 503, code: 'overloaded' },
      errorHeaders: ['retry-after', '1', 'retry-after-ms', '1000'],
    });
    expect(admit(client(), 'open')).toHaveProperty('principal');
    second.call.settle(200);
    expect(admit(client(), 'caller')).toHaveProperty('principal');
  });

  it('metrics are for this host, unless a proxy brought the request, and for the role', () => {
    const keys = [apiKey({ roles: ['operator'] })];
    const { admit } = setUp({}, keys);
    expect(admit(client({ host: 'localhost:8080' }, '127.0.0.1'), 'operator')).toHaveProperty('principal');
    expect(admit(client({ host: 'localhost:8080' }, '10.0.0.9'), 'operator')).toMatchObject({ error: { status: 403 } });
    expect(
      admit(client({ host: 'localhost', 'x-forwarded-for': '127.0.0.1' }, '127.0.0.1'), 'operator'),
    ).toHaveProperty('error');
    expect(admit(client(withKey), 'operator')).toHaveProperty('principal');
  });

  it('charges key, user and agent together, and a refusal tells when to come again', () => {
    const limit = { requests: 5, burst: 5 };
    const spec = { limits: { perKey: limit, perUser: limit }, agents: { support: { limit } } };
    const { entered, taken } = setUp(spec, [apiKey()]);
    const answer = entered(client(withKey), 'caller').call.reserve('support', ANN, false, client(withKey));
    expect(taken[0]).toMatchObject(['key:key_a', expect.stringMatching(/^user:/), 'agent:support']);
    expect(answer).toMatchObject({ error: { status: 429, code: 'rate_limit_exceeded' } });
    expect(JSON.stringify(answer)).toContain('"retry-after-ms","120"');
    const nobody = { subject: 'key:key_a', known: 'key:key_a', isSomeone: false, vouched: true };
    expect(entered(client(withKey), 'caller').call.reserve('other', nobody, false, client(withKey))).toMatchObject({});
    expect(taken[1]).toEqual(['key:key_a']);
  });

  it('asks no limiter where no limit is set', () => {
    const { entered, taken } = setUp({});
    const { call } = entered(client(), 'caller');
    expect(call.reserve('support', ANN, false, client())).toBeNull();
    expect(call.headers).toEqual([]);
    expect(taken).toEqual([]);
  });

  it('believes x-forwarded-for of trusted proxies alone', () => {
    const { addressOf } = setUp({ access: { trustedProxies: ['10.0.0.0/8'] } });
    expect(addressOf(client({ 'x-forwarded-for': '203.0.113.5' }, '10.0.0.9'))).toBe('203.0.113.5');
    expect(addressOf(client({ 'x-forwarded-for': '203.0.113.5' }, '192.0.2.1'))).toBe('192.0.2.1');
  });

  it('without CORS, pages of this host alone may open WebSockets and call, and whoever is no page', () => {
    const { isOriginAllowed } = setUp({});
    expect(isOriginAllowed(client({ host: 'door.example:8080' }))).toBe(true);
    expect(isOriginAllowed(client({ host: 'door.example:8080', origin: 'http://door.example:8080' }))).toBe(true);
    expect(isOriginAllowed(client({ host: 'door.example:8080', origin: 'https://evil.example' }))).toBe(false);
    expect(isOriginAllowed(client({ host: 'door.example:8080', origin: 'null' }))).toBe(false);
  });

  it('gives CORS headers with every answer to an allowed origin, refusals too', () => {
    const { admit, entered, isOriginAllowed } = setUp({ ...DENY, cors: { origins: ['https://app.example.com'] } });
    const refused = admit(client({ origin: 'https://app.example.com' }), 'caller');
    expect(refused.headers).toContain('https://app.example.com');
    expect(isOriginAllowed(client({ origin: 'https://evil.example.com' }))).toBe(false);
    expect(isOriginAllowed(client({ origin: 'https://app.example.com' }))).toBe(true);
    const asked = {
      ...client({ origin: 'https://app.example.com', 'access-control-request-method': 'POST' }),
      method: 'OPTIONS',
    };
    expect(isPreflight(asked.method, asked.headers)).toBe(true);
    const preflight = entered(asked, 'open', 'preflight');
    expect(preflight.refusal).toBeNull();
    expect(preflight.call.headers).toContain('access-control-allow-methods');
  });
});
