import { tlsTrouble } from '../process/tls-trouble.ts';

/** What Redis has against us, in words, and what to do; null for anything else, such as that nobody answers. */
export const redisTrouble = (
  error: unknown,
  { username, showsCertificate }: { username: string | null; showsCertificate: boolean },
): string | null => {
  const { message = '', code = '' } = error as { message?: string; code?: string };
  const user = username === null ? 'the default user' : `user ${username}`;
  if (message.startsWith('NOAUTH')) return `Redis asks for a password: set REDIS_PASSWORD (and REDIS_USERNAME)`;
  if (message.startsWith('WRONGPASS'))
    return `Redis refused the password of ${user}: look at REDIS_USERNAME and REDIS_PASSWORD, and whether the user is on`;
  if (message.startsWith('NOPERM')) {
    const what = /run the '([^']+)' command/.exec(message)?.[1];
    const may = what === undefined ? 'touch one of the keys or channels that it needs' : `run ${what}`;
    return `${user} of Redis may not ${may}: give it what npx coalmine acls prints`;
  }
  return tlsTrouble({ code, message }, { who: 'Redis', prefix: 'REDIS', showsCertificate });
};
