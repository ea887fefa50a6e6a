import { describe, expect, it } from 'vitest';
import { createCors } from './cors.ts';

const APP = 'https://app.example.com';
const cors = createCors({ origins: [APP, 'https://two.example.com'], headers: ['X-Tenant'], maxAge: 600_000 });
const open = createCors({ origins: ['*'], headers: [], maxAge: 1_500 });
const closed = createCors(null);

const preflight = (of: typeof cors, origin: string, asked = '') =>
  of.preflight(
    'OPTIONS',
    new Map([
      ['origin', origin],
      ['access-control-request-method', 'POST'],
      ['access-control-request-headers', asked],
    ]),
  );
const headersOf = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(Array.from({ length: lines.length / 2 }, (_, i) => [lines[2 * i]!, lines[2 * i + 1]!]));

describe('a preflight', () => {
  it('of an allowed origin is granted what the policy and our own API need, and nothing else', () => {
    const answer = preflight(cors, APP, 'authorization, Content-Type,x-tenant,x-stainless-lang,x-evil, cookie')!;
    expect(answer.status).toBe(204);
    expect(headersOf(answer.headers)).toEqual({
      'access-control-allow-origin': APP,
      vary: 'origin',
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'authorization, content-type, x-tenant, x-stainless-lang',
      'access-control-max-age': '600',
    });
  });

  it('never reflects what could end a header line', () => {
    const { headers } = preflight(cors, APP, 'x-stainless-a\r\nset-cookie: x')!;
    expect(headersOf(headers)).not.toHaveProperty('access-control-allow-headers');
  });

  it.each([
    [cors, 'https://evil.example.com'],
    [cors, 'null'],
    [cors, `${APP}.evil.com`],
    [cors, 'http://app.example.com'],
    [closed, APP],
  ])('of another origin is refused without a header that grants anything', (of, origin) => {
    const answer = preflight(of, origin)!;
    expect([answer.status, answer.error?.code]).toEqual([403, 'origin_not_allowed']);
    expect(answer.headers.filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('is only what asks for a method from an origin', () => {
    expect(cors.preflight('POST', new Map([['origin', APP]]))).toBeNull();
    expect(cors.preflight('OPTIONS', new Map([['origin', APP]]))).toBeNull();
    expect(cors.preflight('OPTIONS', new Map([['access-control-request-method', 'GET']]))).toBeNull();
  });
});

describe('an answer', () => {
  it('to an allowed origin lets its page read our headers, and caches tell origins apart', () => {
    const headers = headersOf(cors.headersFor(APP));
    expect(headers).toMatchObject({ 'access-control-allow-origin': APP, vary: 'origin' });
    expect(headers['access-control-expose-headers']).toContain('x-coalmine-exchange-id');
  });

  it('to anyone else says only that it depends on the origin', () => {
    expect(cors.headersFor('https://evil.example.com')).toEqual(['vary', 'origin']);
    expect(cors.headersFor(undefined)).toEqual(['vary', 'origin']);
  });

  it('where all origins may is the same for all', () => {
    expect(headersOf(open.headersFor(APP))).toMatchObject({ 'access-control-allow-origin': '*' });
    expect(headersOf(open.headersFor(APP))).not.toHaveProperty('vary');
    expect(headersOf(preflight(open, APP)!.headers)['access-control-max-age']).toBe('1');
  });

  it('has no such headers where no origin may', () => {
    expect(closed.headersFor(APP)).toEqual([]);
  });

  it('never allows credentials', () => {
    const all = [...cors.headersFor(APP), ...open.headersFor(APP), ...preflight(open, APP)!.headers];
    expect(all).not.toContain('access-control-allow-credentials');
  });
});

describe('a call', () => {
  it('is for pages of allowed origins, and for those that tell none only where all may', () => {
    expect([cors.isAllowed(APP), cors.isAllowed(undefined), cors.isAllowed('https://evil.example.com')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(open.isAllowed(undefined)).toBe(true);
    expect(closed.isAllowed(APP)).toBe(false);
  });
});
