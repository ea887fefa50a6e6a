import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { matchToolCalls } from './tool-match.ts';
import { loadReferences } from './references-bfcl.io.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bfcl-'));
  mkdirSync(join(dir, 'possible_answer'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('loadReferences', () => {
  it('gives accepted answers, null for irrelevance, and leaves out what has neither', () => {
    writeFileSync(join(dir, 'BFCL_v4_simple.json'), '{"id":"s0"}');
    writeFileSync(join(dir, 'possible_answer', 'BFCL_v4_simple.json'), '{"id":"s0","ground_truth":[{"f":{"a":[1]}}]}');
    writeFileSync(join(dir, 'BFCL_v4_irrelevance.json'), '{"id":"i0"}\n{"id":"i1"}');
    writeFileSync(join(dir, 'BFCL_v4_other.json'), '{"id":"o0"}');
    expect([...loadReferences(dir)]).toEqual([
      ['i0', { category: 'irrelevance', accepted: null }],
      ['i1', { category: 'irrelevance', accepted: null }],
      ['s0', { category: 'simple', accepted: [{ f: { a: [1] } }] }],
    ]);
  });

  it('says which file and line is broken, and which folder is missing or empty', () => {
    expect(() => loadReferences(join(dir, 'none'))).toThrow('none does not exist');
    expect(() => loadReferences(dir)).toThrow('holds no file BFCL_v<n>_<category>.json');
    writeFileSync(join(dir, 'BFCL_v4_irrelevance.json'), '{"id":"i0"}\n{"id":');
    expect(() => loadReferences(dir)).toThrow('BFCL_v4_irrelevance.json line 2 is not a row');
  });
});

const recorded = '../shared/data/bfcl';
describe.skipIf(!existsSync(recorded))(`the leaderboard's answers (skipped when ${recorded} is absent)`, () => {
  it('accept the calls built from them, in reverse order, but for the two that accept no value for a parameter', () => {
    const references = [...loadReferences(recorded)];
    expect(references.length).toBe(1498);
    const refused = references.filter(([, { accepted }]) => {
      const calls = (accepted ?? []).toReversed().map((one) => {
        const [name, parameters] = Object.entries(one)[0] ?? ['', {}];
        return { name: name.replaceAll('.', '_'), arguments: JSON.stringify(firstAccepted(parameters)) };
      });
      return !matchToolCalls({ toolCalls: calls, masks: new Set() }, accepted, []).success;
    });
    expect(refused.map(([id]) => id)).toEqual(['live_simple_106-63-0', 'live_simple_112-68-0']);
  });
});

/** An object of the first accepted value of each key, keys that may be left out being left out. */
function firstAccepted(parameters: object): Record<string, unknown> {
  const kept = Object.entries(parameters).filter(([, accepted]: [string, unknown[]]) => !accepted.includes(''));
  return Object.fromEntries(kept.map(([key, accepted]: [string, unknown[]]) => [key, built(accepted[0])]));
}

function built(accepted: unknown): unknown {
  if (Array.isArray(accepted)) return accepted.map(built);
  return typeof accepted === 'object' && accepted !== null ? firstAccepted(accepted) : accepted;
}
