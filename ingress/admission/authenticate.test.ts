import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ApiKey } from '../../schemas/api-key.ts';
import { IngressPolicy } from '../../schemas/ingress-policy.ts';
import { anonymousOf, authenticate, credentialOf, mayCall, mayPin } from './authenticate.ts';
import type { AccessContext, Authentication, Principal } from './authenticate.ts';

const NOW_MS = 1_800_000_000_000;
const keyText = (letter: string): string => `cm_live_${letter.repeat(43)}`;
const record = (text: string, more: Partial<ApiKey> = {}): ApiKey => ({
  id: 'key_1',
  sha256: hash('sha256', text, 'hex'),
  name: 'ann',
  roles: ['pin'],
  groups: ['internal'],
  claims: { team: 'red' },
  agents: ['support'],
  limit: { requests: 5, per: 1_000, burst: 2 },
  createdAtMs: 1,
  expiresAtMs: null,
  revokedAtMs: null,
  ...more,
});
const tableOf = (...keys: ApiKey[]) => {
  const table = new Map(keys.map((key) => [key.sha256, key]));
  return (sha256: string): ApiKey | undefined => table.get(sha256);
};
const nobody = tableOf();
const context = (more: Partial<AccessContext> = {}): AccessContext => ({
  nowMs: NOW_MS,
  anonymous: null,
  isCurrent: true,
  ...more,
});
const codeOf = (answer: Authentication): string => ('error' in answer ? answer.error.code : 'admitted');
const principalOf = (answer: Authentication): Principal => {
  if ('error' in answer) throw new Error(answer.error.message);
  return answer.principal;
};
const policy = (anonymous: unknown): IngressPolicy =>
  IngressPolicy.parse({
    apiVersion: 'coalmine/v1',
    kind: 'IngressPolicy',
    metadata: { name: 'p' },
    spec: { access: { anonymous } },
  });
const guest = anonymousOf(policy({ groups: ['public'], agents: ['support'] }))!;

describe('a caller', () => {
  it('with a key is who the key says', () => {
    const caller = principalOf(authenticate(keyText('a'), tableOf(record(keyText('a'))), context()));
    expect(caller).toEqual({
      keyId: 'key_1',
      roles: new Set(['pin']),
      groups: ['internal'],
      claims: { team: 'red' },
      agents: new Set(['support']),
      limit: { requests: 5, per: 1_000, burst: 2 },
    });
    expect([mayPin(caller), mayCall(caller, 'support'), mayCall(caller, 'payroll')]).toEqual([true, true, false]);
  });

  it('whose key is unknown, revoked, expired or mistyped learns nothing of which it is', () => {
    const answers = [
      authenticate(keyText('b'), tableOf(record(keyText('a'))), context()),
      authenticate(keyText('a'), tableOf(record(keyText('a'), { revokedAtMs: 1 })), context()),
      authenticate(keyText('a'), tableOf(record(keyText('a'), { expiresAtMs: NOW_MS })), context()),
      authenticate('cm_live_short', nobody, context()),
      authenticate('sk-something', nobody, context()),
    ];
    expect(answers.map(codeOf)).toEqual(Array(5).fill('invalid_api_key'));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  it('with a key that expires later is admitted until then', () => {
    const table = tableOf(record(keyText('a'), { expiresAtMs: NOW_MS }));
    expect(codeOf(authenticate(keyText('a'), table, context({ nowMs: NOW_MS - 1 })))).toBe('admitted');
  });

  it('without a key is told how to send one', () => {
    const answer = authenticate(undefined, nobody, context());
    expect(answer).toMatchObject({
      error: { status: 401, message: expect.stringContaining('authorization: Bearer') as unknown },
      headers: ['www-authenticate', 'Bearer'],
    });
  });

  it('is refused when the record found is not of this key, whatever found it', () => {
    const wrong = record(keyText('b'));
    expect(codeOf(authenticate(keyText('a'), () => wrong, context()))).toBe('invalid_api_key');
  });
});

describe('while Redis is away', () => {
  const away = context({ isCurrent: false });

  it('a known key is as good as ever, and a revoked one as bad', () => {
    expect(codeOf(authenticate(keyText('a'), tableOf(record(keyText('a'))), away))).toBe('admitted');
    const revoked = tableOf(record(keyText('a'), { revokedAtMs: 1 }));
    expect(codeOf(authenticate(keyText('a'), revoked, away))).toBe('invalid_api_key');
  });

  it('an unknown key is asked to come again, and what can’t be a key is refused', () => {
    expect(authenticate(keyText('a'), nobody, away)).toMatchObject({
      error: { status: 503, code: 'auth_unavailable' },
      headers: ['retry-after', '2'],
    });
    expect(codeOf(authenticate('sk-other', nobody, away))).toBe('invalid_api_key');
  });
});

describe('where callers without a key are admitted', () => {
  const open = context({ anonymous: guest });

  it('they may what the policy says, and have no key id', () => {
    const caller = principalOf(authenticate(undefined, nobody, open));
    expect([caller.keyId, caller.groups, mayPin(caller), mayCall(caller, 'payroll')]).toEqual([
      '',
      ['public'],
      false,
      false,
    ]);
  });

  it('a made-up key of an OpenAI client counts as none, but a wrong one of ours is refused', () => {
    expect(principalOf(authenticate('sk-none', nobody, open))).toBe(guest);
    expect(codeOf(authenticate(keyText('a'), nobody, open))).toBe('invalid_api_key');
  });

  it('a policy without them admits none', () => {
    expect(anonymousOf(policy(null))).toBeNull();
  });
});

describe('the credential of a request', () => {
  const of = (headers: Record<string, string>): string | undefined => credentialOf(new Map(Object.entries(headers)));

  it.each([
    [{ authorization: 'Bearer k1' }, 'k1'],
    [{ authorization: 'bearer  k1 ' }, 'k1'],
    [{ 'x-api-key': 'k2' }, 'k2'],
    [{ 'api-key': 'k3' }, 'k3'],
    [{ authorization: 'Bearer k1', 'x-api-key': 'k2' }, 'k1'],
    [{ authorization: 'Bearer sk-dummy', 'x-api-key': keyText('a') }, keyText('a')],
    [{ authorization: 'Basic dTpw', 'x-api-key': 'k2' }, 'k2'],
    [{ authorization: keyText('a') }, keyText('a')],
    [{ authorization: `Token ${keyText('a')} ` }, keyText('a')],
    [{ authorization: `Bearer sk-dummy, Bearer ${keyText('a')}` }, keyText('a')],
    [{ authorization: 'k1' }, undefined],
    [{ 'sec-websocket-protocol': 'realtime, openai-insecure-api-key.k4' }, 'k4'],
    [{ 'x-api-key': 'k2', 'sec-websocket-protocol': 'openai-insecure-api-key.k4' }, 'k2'],
    [{ 'sec-websocket-protocol': 'realtime' }, undefined],
    [{ authorization: 'Bearer ' }, undefined],
    [{ 'x-api-key': '' }, undefined],
    [{}, undefined],
  ] as [Record<string, string>, string | undefined][])('of %o is %s', (headers, credential) => {
    expect(of(headers)).toBe(credential);
  });
});
