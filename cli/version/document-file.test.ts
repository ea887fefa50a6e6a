import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentDocument } from '../../schemas/documents.ts';
import { readDocumentText } from '../../schemas/document-text.ts';
import { versionContent, versionId } from '../../schemas/version-content.ts';
import { codelessVersions, documentText } from './document-file.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'documents-')));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string | Buffer): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};
const agent = (fields: string): string => `# an agent
apiVersion: coalmine/v1
kind: Agent
metadata: { name: support }
spec:
  stable: v1
  versions:
    - label: v1
      upstream: http://127.0.0.1:9101/v1
${fields
  .split('\n')
  .map((line) => `      ${line}`)
  .join('\n')}
`;
const versionsOf = (text: string) => {
  const read = readDocumentText(text, 10);
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return AgentDocument.parse(read.values[0]).spec.versions;
};
const resolved = async (fields: string) => {
  const [version] = versionsOf(await documentText(write('agent.yaml', agent(fields))));
  return version!;
};
const idOf = async (fields: string): Promise<string> => versionId(versionContent(await resolved(fields)));
const git = (...args: string[]): string =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('a file of documents', () => {
  it('without references goes out as it is, whatever it is', async () => {
    for (const text of [agent('prompt: polite'), agent('dependencies: { left-pad: "1.0" }'), 'a: [1', 'kind: Nothing'])
      expect(await documentText(write('agent.yaml', text))).toBe(text);
  });

  it('is sent with what stands in the files that it names, and other documents beside it as they are', async () => {
    write('prompts/v1.md', 'Be kind.\r\nBe brief.\r\n');
    write('package-lock.json', '{}');
    const text = agent('prompt: { file: prompts/v1.md }\ncode: c1\ndependencies: { lockfile: package-lock.json }');
    const rollout =
      'apiVersion: coalmine/v1\nkind: Rollout\nmetadata: { name: r }\nspec: { agent: support, candidate: v2 }';
    const sent = await documentText(write('agent.yaml', `${text}---\n${rollout}`));
    expect(versionsOf(sent)).toMatchObject([
      { prompt: 'Be kind.\nBe brief.\n', code: 'c1', dependencies: { 'package-lock.json': `sha256:${sha256('{}')}` } },
    ]);
    expect(readDocumentText(sent, 10)).toMatchObject({ values: [{}, { kind: 'Rollout', spec: { candidate: 'v2' } }] });
  });

  it('gives the same content the same id, whatever the order of its lines and wherever a prompt stands', async () => {
    write('prompt.md', 'Be kind.\n');
    const ids = [
      await idOf('code: c1\nprompt: { file: prompt.md }\nmodel: { name: m, temperature: 0 }'),
      await idOf('model: { temperature: 0, name: m }\nprompt: { file: ./prompt.md }\ncode: c1'),
      await idOf('prompt: |\n  Be kind.\nmodel: { name: m, temperature: 0.0 }\ncode: c1'),
    ];
    expect(new Set(ids).size).toBe(1);
    write('prompt.md', 'Be rude.\n');
    expect(ids).not.toContain(await idOf('code: c1\nprompt: { file: prompt.md }\nmodel: { name: m, temperature: 0 }'));
  });

  it('tells which versions say nothing of their code', () => {
    expect(codelessVersions(agent('prompt: a'))).toEqual(['support v1']);
    expect(codelessVersions(agent('code: c1'))).toEqual([]);
    expect(codelessVersions('a: [1')).toEqual([]);
  });
});

describe('the code of a version', () => {
  it('by a folder is a digest of its files, but for what tools put there and what is ignored', async () => {
    write('src/main.ts', 'one');
    write('src/lib/more.ts', 'two');
    const { code } = await resolved('code: { folder: src, ignore: [logs] }');
    expect(code).toMatch(/^folder:sha256:[0-9a-f]{64}$/);
    write('src/node_modules/a/index.js', 'x');
    write('src/logs/today.log', 'x');
    expect((await resolved('code: { folder: ./src/, ignore: [./logs/] }')).code).toBe(code);
    const [main, more] = [path.join(folder, 'src/main.ts'), path.join(folder, 'src/lib/more.ts')];
    renameSync(main, `${main}x`);
    expect((await resolved('code: { folder: src, ignore: [logs] }')).code).not.toBe(code);
    renameSync(`${main}x`, main);
    writeFileSync(more, 'twO');
    expect((await resolved('code: { folder: src, ignore: [logs] }')).code).not.toBe(code);
  });

  it('by git is a commit: the one that is checked out, or the last of a path; what is changed has none', async () => {
    git('init', '-q');
    write('src/main.ts', 'one');
    git('add', '-A');
    git('commit', '-qm', 'one');
    const first = git('rev-parse', 'HEAD');
    write('README.md', 'two');
    git('add', '-A');
    git('commit', '-qm', 'two');
    expect((await resolved('code: { git: src }')).code).toBe(`git:${first}`);
    expect((await resolved('code: { git: true }')).code).toBe(`git:${git('rev-parse', 'HEAD')}`);
    write('src/main.ts', 'three');
    await expect(resolved('code: { git: src }')).rejects.toThrow(/is not what was committed \(M src\/main\.ts\)/);
    await expect(resolved('code: { git: true }')).rejects.toThrow(/is not what was committed/);
  });

  it('by the last commit of a path is not guessed in a shallow clone', async () => {
    git('init', '-q');
    write('src/main.ts', 'one');
    git('add', '-A');
    git('commit', '-qm', 'one');
    write('README.md', 'two');
    git('add', '-A');
    git('commit', '-qm', 'two');
    const origin = folder;
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'shallow-')));
    execFileSync('git', ['clone', '-q', '--depth', '1', `file://${origin}`, folder], { stdio: 'ignore' });
    await expect(resolved('code: { git: src }')).rejects.toThrow(/the clone is shallow/);
    expect((await resolved('code: { git: true }')).code).toMatch(/^git:[0-9a-f]{40}$/);
    rmSync(origin, { recursive: true });
  });

  it('by an image has its digest', async () => {
    const image = `registry.example/agent@sha256:${'a'.repeat(64)}`;
    expect((await resolved(`code: { image: "${image}" }`)).code).toBe(`image:${image}`);
    await expect(resolved('code: { image: "agent:latest" }')).rejects.toThrow(/an image by its digest, .*a tag moves/);
  });
});

describe('what a document may not name', () => {
  it.each([
    ['prompt: { file: missing.md }', /agent\.yaml: spec\.versions\.0\.prompt \{"file":"missing\.md"\}: ENOENT/],
    ['prompt: { file: ../../../../../../etc/passwd }', /is outside .*, and no document may name what is/],
    ['prompt: { file: /etc/passwd }', /is outside/],
    ['prompt: { file: link.md }', /is outside/],
    ['prompt: { file: binary }', /not valid/],
    ['prompt: { file: huge.md }', /no prompt has more than/],
    ['prompt: { path: a }', /prompt \{ file: <path> \}/],
    ['code: { folder: empty }', /it has no file/],
    ['code: { folder: .. }', /is outside/],
    ['code: { git: true }', /not a git repository.*\{ folder: … \}/],
    ['code: { commit: abc }', /code may be \{ git: true \}/],
    ['dependencies: { lockfile: /etc/passwd }', /is outside/],
  ])('%s', async (fields, reason) => {
    symlinkSync('/etc/passwd', path.join(folder, 'link.md'));
    write('binary', Buffer.from([0xff, 0xfe, 0x00]));
    write('huge.md', 'x'.repeat(600_000));
    mkdirSync(path.join(folder, 'empty'));
    await expect(resolved(fields)).rejects.toThrow(reason);
  });
});
