import { expect, it } from 'vitest';
import { PlainUrl, plainUrlProblem } from './plain-url.ts';

it.each([
  ['http://ann:secret@h/v1', /user or a password/],
  ['http://ann@h/v1', /user or a password/],
  ['https://:secret@h/v1', /user or a password/],
  ['http://h/v1#part', /fragment/],
  ['http://h/v1?a=1#', /fragment/],
  ['ftp://h/v1', /no http or https URL/],
  ['localhost:8080', /no http or https URL/],
  ['nowhere', /no http or https URL/],
  ['', /no http or https URL/],
])('%s is refused, and the reason quotes nothing of it', (text, reason) => {
  expect(plainUrlProblem(text)).toMatch(reason);
  expect(plainUrlProblem(text)).not.toContain('secret');
  expect(PlainUrl.safeParse(text).success).toBe(false);
});

it('a query, a port and an escaped # are no problem', () => {
  for (const text of ['http://h', 'https://h:8443/v1/?api-version=1&k=a@b', 'http://[::1]:9/a%23b'])
    expect([plainUrlProblem(text), PlainUrl.parse(text)]).toEqual([null, text]);
});
