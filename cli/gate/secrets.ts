/** Variables whose names say that nobody is to see their values. */
const SECRET_NAME = /token|secret|passw/i;
/** Those that often are secrets, if they look like one: a `PRIMARY_KEY` may as well be a word that stands in many answers. */
const OFTEN_SECRET_NAME = /key|credential|(?:^|_)auth(?!or)|dsn|cookie/i;
const LONG_CHARACTERS = 20;
/** Shorter ones stand in many texts by chance (`on`, `basic`). */
const LEAST_CHARACTERS = 8;
const MARK = '[secret]';

/** The text without any secret. */
export type Mask = (text: string) => string;

const isSecret = (name: string, value: string): boolean =>
  SECRET_NAME.test(name) || (OFTEN_SECRET_NAME.test(name) && (/\d/.test(value) || value.length >= LONG_CHARACTERS));

/** A secret as it may be quoted: as it is, within JSON, within a URL, and a long one line by line. */
const writtenAs = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  ...secret.split(/\r?\n/).map((line) => line.trim()),
];

/**
 * Takes out of a text the values of all variables whose names are those of secrets, and of those that are `named` as one. An agent may
 * quote the key that it was refused with, and what it says is kept, shown, and posted to a pull request.
 */
export const maskOf = (environments: readonly NodeJS.ProcessEnv[], named: readonly string[] = []): Mask => {
  const secrets = environments.flatMap((env) =>
    Object.entries(env).flatMap(([name, value = '']) => (isSecret(name, value) || named.includes(name) ? [value] : [])),
  );
  const written = [...new Set(secrets.flatMap(writtenAs))]
    .filter(({ length }) => length >= LEAST_CHARACTERS)
    // The longest first: one may hold another.
    .toSorted((a, b) => b.length - a.length);
  return (text) => written.reduce((rest, secret) => rest.replaceAll(secret, MARK), text);
};
