import { describe, expect, it } from 'vitest';
import { baseUrlOf, joinUrl, pathWithoutQuery, targetBelow } from './base-url.ts';

describe('a base URL and a path', () => {
  it.each([
    ['http://h/v1', '/chat/completions', 'http://h/v1/chat/completions'],
    ['http://h/v1/', '/chat/completions', 'http://h/v1/chat/completions'],
    ['http://h/v1//', '/chat/completions', 'http://h/v1/chat/completions'],
    ['http://h', '/chat', 'http://h/chat'],
    ['https://h:8443/a%20b', '/chat', 'https://h:8443/a%20b/chat'],
    ['http://[::1]:80/v1', '/chat', 'http://[::1]/v1/chat'],
    ['http://h/v1', '/chat?x=1', 'http://h/v1/chat?x=1'],
    ['http://h/v1', '?x=1', 'http://h/v1?x=1'],
    ['http://h', '?x=1', 'http://h/?x=1'],
    ['http://h', '', 'http://h/'],
    ['http://h/v1', '', 'http://h/v1'],
    ['http://h', '//a', 'http://h//a'],
    ['http://h/v1', '//a///b', 'http://h/v1//a///b'],
    ['http://h//v1', '/a', 'http://h//v1/a'],
    ['http://h/v1', '/a%2Fb%20c%C3%A9;p=1', 'http://h/v1/a%2Fb%20c%C3%A9;p=1'],
    ['http://h/openai/deployments/gpt%204', '/chat', 'http://h/openai/deployments/gpt%204/chat'],
  ])('%s and %s are %s', (base, path, whole) => {
    expect(joinUrl(base, path)).toBe(whole);
  });

  it.each([
    ['http://h/v1?api-version=2', '/chat', 'http://h/v1/chat?api-version=2'],
    ['http://h/v1/?api-version=2', '/chat', 'http://h/v1/chat?api-version=2'],
    ['http://h?k=a/b', '/chat', 'http://h/chat?k=a/b'],
    ['http://h/v1?api-version=2&k=%3F', '/chat?x=1', 'http://h/v1/chat?api-version=2&k=%3F&x=1'],
    ['http://h/v1?a=1', '/chat?', 'http://h/v1/chat?a=1'],
    ['http://h/v1?a=1', '/chat?q=a?b', 'http://h/v1/chat?a=1&q=a?b'],
    ['http://h/v1?a=1', '', 'http://h/v1?a=1'],
    ['http://h?a=1', '', 'http://h/?a=1'],
    ['http://h/v1?', '/chat', 'http://h/v1/chat'],
    ['http://h/v1?a=1', '/chat?a=2', 'http://h/v1/chat?a=1&a=2'],
    ['http://h/v1?a=1&b=2', '?c=3', 'http://h/v1?a=1&b=2&c=3'],
    ['http://[::1]:9/v1/?a=1', '/chat', 'http://[::1]:9/v1/chat?a=1'],
    ['HTTP://H/V1?A=1', '/chat', 'http://h/V1/chat?A=1'],
  ])('of a base with a query keep it behind the path, before the call’s own: %s and %s are %s', (base, path, whole) => {
    expect(joinUrl(base, path)).toBe(whole);
  });

  it('never make a fragment, nor tell a user or a password', () => {
    expect(joinUrl('http://h/v1', '/a#b?c=d#e')).toBe('http://h/v1/a%23b?c=d%23e');
    expect(joinUrl('http://ann:secret@h/v1#part', '/a')).toBe('http://h/v1/a');
  });

  it('make the same target whoever asks for it', () => {
    const base = 'https://h:8443/v1/?a=1';
    expect(baseUrlOf(base)).toEqual({ origin: 'https://h:8443', host: 'h:8443', path: '/v1', query: 'a=1' });
    expect(`https://h:8443${targetBelow(baseUrlOf(base), '/chat?b=2')}`).toBe(joinUrl(base, '/chat?b=2'));
  });

  it('of what is no URL are none', () => {
    expect(() => joinUrl('nowhere', '/a')).toThrow(TypeError);
  });
});

it('a path is compared without its query', () => {
  expect(['/v1/chat/completions?api-version=1', '/v1/a?', '/v1/a', '?x', ''].map(pathWithoutQuery)).toEqual([
    '/v1/chat/completions',
    '/v1/a',
    '/v1/a',
    '',
    '',
  ]);
});
