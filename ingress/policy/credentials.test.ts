import { describe, expect, it } from 'vitest';
import { credentialLinesOf, withoutOverridden } from './credentials.ts';

describe('credentials', () => {
  const lines = credentialLinesOf([
    { origin: 'https://api.example.com', header: 'authorization', value: 'Bearer secret' },
    { origin: 'https://api.example.com', header: 'x-org', value: 'o' },
  ]);

  it('go with every request to their origin', () => {
    expect(lines('https://api.example.com/v1')).toBe('authorization: Bearer secret\r\nx-org: o\r\n');
  });

  it('go to no other origin, not even one that only differs in scheme, port or subdomain', () => {
    for (const upstream of [
      'http://api.example.com/v1',
      'https://api.example.com:8443/v1',
      'https://api.example.com.evil.example/v1',
      'https://user@evil.example/api.example.com',
      'not a url',
    ]) {
      expect(lines(upstream)).toBe('');
    }
  });

  it('a client’s header of the same name does not go beside them', () => {
    const sent = 'x-org: mine\r\naccept: a\r\nx-organ: kept\r\n';
    expect(withoutOverridden(sent, lines('https://api.example.com/v1'))).toBe('accept: a\r\nx-organ: kept\r\n');
    expect(withoutOverridden(sent, '')).toBe(sent);
  });
});
