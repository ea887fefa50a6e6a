import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VersionView } from '../../schemas/registry-views.ts';
import { changedFields } from './content-diff.ts';
import { promptDiff } from './prompt-diff.ts';
import { versionLines, versionPage } from './version-page.ts';

const T0 = Date.parse('2025-06-01T10:00:00Z');
const content = {
  code: `git:${'a'.repeat(40)}`,
  prompt: 'Be kind.\u001b[2J\nBe brief.\n',
  model: {},
  dependencies: {},
};
const view: VersionView = {
  agent: 'support',
  label: 'v2',
  id: 'f'.repeat(64),
  code: content.code,
  parent: 'v1',
  createdBy: 'ann (key_ann)',
  createdAtMs: T0,
  upstream: 'http://127.0.0.1:9102/v1',
  isStable: true,
  rollout: null,
  gate: { name: 'ci', verdict: 'pass', atMs: T0 },
  reported: { identity: 'v7', reason: '', matches: false, atMs: T0 },
  content,
  sameContent: [],
  children: [],
  earlierReported: [],
  moves: [{ atMs: T0, by: 'ann (key_ann)', from: null, to: 'http://127.0.0.1:9102/v1' }],
  gates: [
    {
      atMs: T0 + 1_000,
      by: 'ci (key_ci)',
      name: 'ci',
      verdict: 'pass',
      cases: 500,
      summary: 'no slice worse',
      dataset: null,
    },
  ],
  rollouts: [
    {
      rollout: 'r#3',
      as: 'candidate',
      state: 'promoted',
      startedAtMs: T0 + 2_000,
      endedAtMs: T0 + 3_000,
      sentence: 'v2 is stable now.',
    },
  ],
  incidents: [
    { atMs: T0 + 4_000, by: 'ann (key_ann)', type: 'replaced', rollout: '', sentence: 'Stable set from v2 to v1.' },
  ],
};

describe('a version', () => {
  it('is shown with what it is made of and what became of it, in order of time', () => {
    expect(versionPage(view)).toEqual([
      'support v2 (in service)',
      `  id             ${'f'.repeat(64)}`,
      '  made           2025-06-01T10:00:00Z by ann (key_ann)',
      '  parent         v1',
      '  upstream       http://127.0.0.1:9102/v1',
      '  upstream says  v7 (not what is registered)',
      `  code           git:${'a'.repeat(40)}`,
      '  prompt',
      '    Be kind. [2J',
      '    Be brief.',
      '  lineage',
      '    2025-06-01T10:00:00Z  answers at http://127.0.0.1:9102/v1, by ann (key_ann)',
      '    2025-06-01T10:00:01Z  gate ci: pass over 500 cases, no slice worse, by ci (key_ci)',
      '    2025-06-01T10:00:02Z  candidate in r#3: promoted. v2 is stable now.',
      '    2025-06-01T10:00:04Z  replaced: Stable set from v2 to v1.',
    ]);
  });

  it('is one line of a list', () => {
    expect(versionLines([view])[1]).toMatch(
      /^support {2}v2 {7}f{12} {2}in service {2}pass {2}v1 {6}git:a{12}… .*says it is v7$/,
    );
  });

  it('says that its content is not known where it is older than the registry', () => {
    expect(versionPage({ ...view, content: null }).join('\n')).toMatch(/was applied before there was a registry/);
  });
});

describe('a comparison', () => {
  beforeEach(() => void vi.stubEnv('FORCE_COLOR', '0'));
  afterEach(() => void vi.unstubAllEnvs());

  it('names each field that differs, and which side lacks it', () => {
    const other = {
      ...content,
      code: 'c2',
      model: { sampling: { temperature: 0.5, stop: ['a'] } },
      dependencies: { a: '1' },
    };
    expect(changedFields(content, other)).toEqual([
      { path: 'code', from: content.code, to: 'c2' },
      { path: 'dependencies.a', from: null, to: '1' },
      { path: 'model.sampling.stop', from: null, to: '["a"]' },
      { path: 'model.sampling.temperature', from: null, to: '0.5' },
    ]);
    expect(changedFields(other, other)).toEqual([]);
  });

  it('shows the words of prompts that differ, with the lines around, and nothing that a terminal would obey', () => {
    const from = ['one', 'two', 'three', 'Be polite\u001b[2J and long.', 'five', 'six', 'seven'].join('\n');
    expect(promptDiff(from, from.replace('long', 'short'))).toEqual([
      '…',
      'three',
      'Be polite [2J and [-long-]{+short+}.',
      'five',
      '…',
    ]);
    expect(promptDiff('', 'new')).toEqual(['{+new+}']);
    expect(promptDiff(from, from)).toEqual([]);
  });

  it('shows a line that came and one that went', () => {
    expect(promptDiff('a\nb\nc\n', 'a\nc\nd\n').join('\n')).toContain('{+d+}');
    expect(promptDiff('a\nb\nc\n', 'a\nc\nd\n').join('\n')).toContain('[-b-]');
  });

  it('of two long prompts that have nothing in common ends', () => {
    const words = (seed: number): string =>
      Array.from({ length: 10_000 }, (_, i) => `w${(i * seed) % 9_973}`).join(' ');
    expect(promptDiff(words(3), words(7)).length).toBeGreaterThan(0);
  });
});
