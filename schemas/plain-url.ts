import { z } from 'zod';

/**
 * Why a text can't be a URL that calls go to; null if it can. A user and a password would be quoted by logs and errors, and
 * some clients send them while others refuse or drop them; a fragment is sent by none.
 */
export const plainUrlProblem = (text: string): string | null => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return 'is no http or https URL';
  if (url.username !== '' || url.password !== '')
    return 'has a user or a password in it, where logs would show them; a credential has a place of its own';
  if (text.includes('#')) return 'has a fragment (#…), which is never sent; leave it out';
  return null;
};

/** An http(s) URL without a user, a password or a fragment. It may have a query. */
export const PlainUrl = z.url({ protocol: /^https?$/ }).check(({ value, issues }) => {
  const problem = URL.canParse(value) ? plainUrlProblem(value) : null;
  // So that a union with it tells this reason, and not only that none of its parts fits.
  if (problem !== null) issues.push({ code: 'custom', message: problem, input: value, continue: true });
});
