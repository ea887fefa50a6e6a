import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RegistryEntry } from '../../schemas/registry-entry.ts';
import { registryEntry } from '../follow-registry.ts';
import { versionOf } from '../test/registered.fixture.ts';
import { createRegistryFold } from './registry-fold.ts';

const entryOf = (label: string, prompt: string): RegistryEntry =>
  registryEntry('Version', versionOf(label, prompt), 'ann', 1);
const foldOf = (entries: readonly RegistryEntry[]) => {
  const fold = createRegistryFold();
  const taken = entries.map(fold.take);
  return { fold, taken };
};
const promptOf = (fold: ReturnType<typeof createRegistryFold>, label = 'v1'): string | undefined =>
  fold.find('Version', `support/${label}`)?.content.prompt;

/** What compaction may leave of a log at any time: of what stands before a record the last of each key. */
const compacted = (entries: readonly RegistryEntry[], until: number): RegistryEntry[] =>
  entries.filter(
    ({ kind, name }, i) =>
      i >= until || !entries.slice(i + 1, until).some((later) => later.kind === kind && later.name === name),
  );

describe('the registry', () => {
  it('keeps the first content of a label, and gives the document that must be written once more', () => {
    const { fold, taken } = foldOf([entryOf('v1', 'one'), entryOf('v1', 'two'), entryOf('v2', 'two')]);
    expect(taken.map(({ kind }) => kind)).toEqual(['taken', 'lost', 'taken']);
    expect([promptOf(fold), promptOf(fold, 'v2')]).toEqual(['one', 'two']);
  });

  it('agrees whatever compaction leaves of it, once the loser was answered', () => {
    const [one, two] = [entryOf('v1', 'one'), entryOf('v1', 'two')];
    const lost = foldOf([one, two]).taken[1]!;
    if (lost.kind !== 'lost') throw new Error(lost.kind);
    const repeated = { ...one, document: lost.repeat };
    const log = [one, two, one, repeated, two, repeated];
    for (let until = 0; until <= log.length; until += 1)
      expect([until, promptOf(foldOf(compacted(log, until)).fold)]).toEqual([until, 'one']);
  });

  it('is the same whatever the order of its other labels', () => {
    const entries = ['v1', 'v2', 'v3'].map((label) => entryOf(label, label));
    fc.assert(
      fc.property(fc.shuffledSubarray(entries, { minLength: 3 }), (shuffled) => {
        const { fold } = foldOf(shuffled);
        expect(['v1', 'v2', 'v3'].map((label) => promptOf(fold, label))).toEqual(['v1', 'v2', 'v3']);
      }),
    );
  });

  it('keeps the last of what may be replaced, and counts its size once', () => {
    const baseline = (recordedAtMs: number) => ({
      agent: 'support',
      name: 'golden',
      version: 'v1',
      versionId: null,
      dataset: null,
      measured: [{ caseId: 'a', cluster: 'a', slices: {}, repeat: 0, values: { latency: { value: 1 } } }],
      answers: {},
      recordedBy: 'ci',
      recordedAtMs,
    });
    const entries = [1, 2].map((ms) => registryEntry('Baseline', baseline(ms), 'ci', ms));
    const { fold } = foldOf(entries);
    expect(fold.find('Baseline', 'support/golden')).toEqual(baseline(2));
    expect(fold.characters('support')).toBe(entries[1]!.document.length);
  });

  const stranger = { kind: 'Version', name: 'support/v1', by: 'x', timeMs: 1 };
  it.each([
    ['no JSON', { ...stranger, document: '{' }],
    ['another form', { ...stranger, document: '{"agent":"support"}' }],
    [
      'an id that is not of the content',
      { ...stranger, document: JSON.stringify({ ...versionOf('v1', 'a'), id: '0'.repeat(64) }) },
    ],
    ['another name than its key', { ...entryOf('v2', 'a'), name: 'support/v1' }],
    ['a name with a slash', { ...stranger, document: JSON.stringify({ ...versionOf('v1', 'a'), label: 'a/b' }) }],
    [
      '60,000 lists within lists',
      { ...stranger, document: `{"content":{"model":{"a":${'['.repeat(60_000)}${']'.repeat(60_000)}}}}` },
    ],
  ])('leaves out a record with %s, says why, and takes the next one', (_, entry) => {
    const { fold, taken } = foldOf([entry, entryOf('v1', 'one')]);
    expect(taken).toMatchObject([{ kind: 'foreign', problem: expect.stringMatching(/./) }, { kind: 'taken' }]);
    expect(promptOf(fold)).toBe('one');
  });

  it('passes over kinds of others', () => {
    expect(foldOf([{ ...stranger, kind: 'Agent', document: '{}' }]).taken).toEqual([{ kind: 'other' }]);
  });
});
