import { expect, it } from 'vitest';
import { foreignPage } from './foreign-page.ts';

it('lets programs and pages of the host itself pass, on loopback and elsewhere', () => {
  expect(foreignPage('127.0.0.1', { host: 'localhost:8090' })).toBeNull();
  expect(foreignPage('::1', { host: '[::1]:8090', origin: 'http://[::1]:8090' })).toBeNull();
  expect(foreignPage('0.0.0.0', { host: 'control.example', origin: 'https://control.example' })).toBeNull();
  expect(foreignPage('10.0.0.1', { host: 'Control.Example:8090', origin: 'https://control.example:8090' })).toBeNull();
  expect(foreignPage('0.0.0.0', {})).toBeNull();
});

it('refuses any name but loopback’s where it listens on loopback, so that a page gains nothing by rebinding its own', () => {
  for (const host of ['evil.example', 'evil.example:8090', '0.0.0.0:8090', '', undefined])
    expect(foreignPage('localhost', { host, origin: host && `http://${host}` })).toContain(
      'is not served under the name',
    );
});

it('refuses pages of another origin, of another port and of none', () => {
  for (const origin of ['https://evil.example', 'http://127.0.0.1:8080', 'http://127.0.0.1', 'null', ''])
    expect(foreignPage('127.0.0.1', { host: '127.0.0.1:8090', origin })).toBe(
      'requests from other origins are refused',
    );
});
