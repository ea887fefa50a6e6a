import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCredentials } from './credentials-file.io.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'mirror-credentials-'));
});
afterAll(() => rm(folder, { recursive: true }));

const write = async (name: string, text: string): Promise<string> => {
  const file = path.join(folder, name);
  await writeFile(file, text);
  return file;
};
const documentOf = (...entries: string[]): string =>
  `apiVersion: coalmine/v1
kind: MirrorCredentials
metadata: { name: mirror }
spec:
  credentials:
${entries.map((entry) => `    - { ${entry} }`).join('\n')}
`;
const ORIGIN = "origin: 'https://api.example.com'";
const read = async (...entries: string[]) =>
  readCredentials(await write('c.yaml', documentOf(...entries)), { KEY: 's3cret' });

describe('the credentials document', () => {
  it('takes values from the environment and from files', async () => {
    const file = await write('key', 'from-file\n');
    const credentials = await read(
      `${ORIGIN}, header: authorization, prefix: 'Bearer ', env: KEY`,
      `${ORIGIN}, header: x-api-key, file: '${file}'`,
    );
    expect(credentials).toEqual([
      { origin: 'https://api.example.com', header: 'authorization', value: 'Bearer s3cret', secret: 's3cret' },
      { origin: 'https://api.example.com', header: 'x-api-key', value: 'from-file', secret: 'from-file' },
    ]);
  });

  it('is not needed', async () => {
    expect(await readCredentials(undefined, {})).toEqual([]);
  });

  it.each([
    [
      'both places of a value',
      `${ORIGIN}, header: a, env: KEY, file: /dev/null`,
      'spec.credentials.0: give either env or file',
    ],
    ['neither', `${ORIGIN}, header: a`, 'spec.credentials.0: give either env or file'],
    ['a value itself', `${ORIGIN}, header: a, value: sk-oops`, 'spec.credentials.0: Unrecognized key: "value"'],
    [
      'a value in place of a variable',
      `${ORIGIN}, header: a, env: sk-oops`,
      'spec.credentials.0.env: that variable is not set',
    ],
    [
      'a value in place of a file',
      `${ORIGIN}, header: a, file: sk-oops`,
      "spec.credentials.0.file: that file can't be read (ENOENT)",
    ],
    ['an empty file', `${ORIGIN}, header: a, file: /dev/null`, 'spec.credentials.0.file: that file is empty'],
    [
      'a path in an origin',
      "origin: 'https://api.example.com/v1', header: a, env: KEY",
      'spec.credentials.0.origin: an origin has no path',
    ],
    [
      'a password in an origin',
      "origin: 'https://ann:sk-oops@api.example.com', header: a, env: KEY",
      'spec.credentials.0.origin: has a user or a password in it',
    ],
    [
      'a fragment in an origin',
      "origin: 'https://api.example.com#part', header: a, env: KEY",
      'spec.credentials.0.origin: has a fragment',
    ],
    [
      'a header of HTTP’s own',
      `${ORIGIN}, header: transfer-encoding, env: KEY`,
      'spec.credentials.0.header: is not for a credential',
    ],
    [
      'the mark of a shadow',
      `${ORIGIN}, header: x-coalmine-shadow, env: KEY`,
      'spec.credentials.0.header: is not for a credential',
    ],
    [
      'a header with capitals',
      `${ORIGIN}, header: X-Key, env: KEY`,
      'spec.credentials.0.header: a header name in lower case',
    ],
    ['what is not YAML', `"sk-oops`, 'line 7: MISSING_CHAR'],
  ])('is refused with %s', async (_, entry, reason) => {
    const error = await read(entry).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toContain(reason);
    expect((error as Error).message).not.toContain('sk-oops');
    expect((error as Error).message).not.toContain('s3cret');
  });

  it('is refused with two values for one header, a value that breaks the line, or no file there', async () => {
    const entry = `${ORIGIN}, header: a, env: KEY`;
    await expect(read(entry, entry)).rejects.toThrow('name a header of one origin twice');
    const file = await write('broken', 'a\r\nx: b');
    await expect(read(`${ORIGIN}, header: a, file: '${file}'`)).rejects.toThrow("its value can't stand in a header");
    await expect(readCredentials(path.join(folder, 'none'), {})).rejects.toThrow("the file can't be read (ENOENT)");
  });
});
