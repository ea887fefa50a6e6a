import { describe, expect, it } from 'vitest';
import { maskOf } from './secrets.ts';

describe('a mask', () => {
  const KEY = 'sk-"very"-secret/1';
  it.each([
    ['as it is', `key ${KEY}!`],
    ['within JSON', JSON.stringify({ key: KEY })],
    ['within a URL', `?key=${encodeURIComponent(KEY)}`],
  ])('takes a secret of the environment out of a text: %s', (_, text) => {
    for (const name of ['OPENAI_API_KEY', 'github_token', 'DB_PASSWORD', 'CLIENT_SECRET'])
      expect(maskOf([{ [name]: KEY }])(text)).toContain('[secret]');
    expect(maskOf([{ OPENAI_API_KEY: KEY }])(text)).not.toContain('very');
  });

  it('takes out each line of a longer one, and the longer of two first', () => {
    const mask = maskOf([
      { TLS_KEY: '-----BEGIN-----\nabcdefghij\n-----END-----', A_TOKEN: 'abcdefgh', B_TOKEN: 'abcdefgh-more' },
    ]);
    expect(mask('x abcdefghij y abcdefgh-more')).toBe('x [secret] y [secret]');
  });

  it('leaves alone what is no secret by its name, and what is too short to be one', () => {
    const mask = maskOf([
      { PLACE: 'at/somebodys', USE_KEY: 'true', PRIMARY_KEY: 'order_number', GIT_AUTHOR_NAME: 'Ann 12345678' },
    ]);
    expect(mask('at/somebodys true order_number Ann 12345678')).toBe('at/somebodys true order_number Ann 12345678');
    expect(maskOf([{ SUPPORT: 'abcdefgh' }], ['SUPPORT'])('abcdefgh')).toBe('[secret]');
  });
});
