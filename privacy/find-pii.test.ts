import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { confusionOf } from './confusion.fixture.ts';
import { findPii } from './find-pii.ts';
import { LABELLED_LINES } from './labelled-lines.fixture.ts';
import { PII_KINDS } from './pii-hit.ts';

const { byKind, misjudged } = confusionOf(LABELLED_LINES);

describe('finding personal data', () => {
  it('is judged on enough lines, a third of them with nothing personal', () => {
    expect(LABELLED_LINES.length).toBeGreaterThanOrEqual(80);
    const harmless = LABELLED_LINES.filter(({ expected }) => expected.length === 0);
    expect(harmless.length).toBeGreaterThanOrEqual(LABELLED_LINES.length / 3);
    for (const kind of PII_KINDS)
      expect(LABELLED_LINES.some(({ expected }) => expected.some((hit) => hit.kind === kind))).toBe(true);
  });

  it('takes nothing for personal that is not, and misses only what is known to be out of reach', () => {
    expect(misjudged.filter(({ what, outOfReach }) => what !== 'missed' || outOfReach === null)).toEqual([]);
  });

  it('misses what is said to be out of reach, so that the list stays true', () => {
    const missed = new Set(misjudged.map(({ text }) => text));
    const found = LABELLED_LINES.filter(({ text, outOfReach }) => outOfReach !== null && !missed.has(text));
    expect(found).toEqual([]);
  });

  it.each(PII_KINDS)('of the lines with %s, those out of reach included, finds four in five', (kind) => {
    expect(byKind[kind].precision).toBe(1);
    expect(byKind[kind].recall).toBeGreaterThan(0.8);
  });

  it('finds the beginnings of things at the end of a shortened text', () => {
    for (const text of ['write to jo@exa', 'card 4111 1111 1', 'key sk-proj-Ab1', 'DE89 3704 0044 05', 'call +49 30 9'])
      expect(findPii(text, true)).toEqual([expect.objectContaining({ kind: 'cut', end: text.length })]);
    expect(findPii('and then we said goodb', true)).toEqual([]);
  });
});

const SIZE = 300 * 1024;
const filled = (piece: string): string => piece.repeat(Math.ceil(SIZE / piece.length)).slice(0, SIZE);

const HOSTILE = `a @ a@ a@a. a. a.@ a@a.a@ 1 1_ 0 01_ +1 + ( 00 1- 1. 1/ - 4111_ 123-45-6789_ tel:_123_456_ sk- eyJ eyJa. eyJaaaaaaaaaa.
  Bearer_ A AKIA -----BEGIN_PRIVATE_KEY----- gh ghp_ xoxb- DE89 DE89_ de a: : :: 1: born_ dob:_ born_on_on_ geb._ 1990- n phone_
  tel:_1 (at) a_(at)_ a_[at]_b_[dot]_ [ a_(dot)_ 1.1.1.1_ @a.a.a.a.a.a.a.a.1_`;

/** Anything that reads its text once for each of its places would need 10^10 steps here and never end in a test's time. */
describe('a hostile text of 300 KiB is read to its end', () => {
  it.each(HOSTILE.split(/\s+/).map((piece) => piece.replaceAll('_', ' ')))('made of %j', (piece) => {
    expect(findPii(filled(piece), true).every(({ start, end }) => start < end && end <= SIZE)).toBe(true);
  });

  it('made of telephone numbers, of which the library is asked a bounded number of times', () => {
    expect(findPii(filled('030 901820, ')).length).toBeGreaterThan(25_000);
  });
});

describe('the patterns', () => {
  it('have no open repetition within a repetition, the usual cause of catastrophic backtracking', () => {
    const folder = import.meta.dirname;
    const sources = readdirSync(folder).filter((file) => file.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(file));
    for (const file of sources) {
      const patterns = readFileSync(`${folder}/${file}`, 'utf8').match(
        /\/(?![*/ ])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+\/[dgimsuvy]{0,6}(?=[;,)\s.])/g,
      );
      for (const pattern of patterns ?? []) {
        const bare = pattern.replaceAll(/\\./g, 'x').replaceAll(/\[[^\]]*\]/g, 'x');
        expect(bare, file).not.toMatch(/[+*][^()]*\)(?:[+*]|\{\d+,\})/);
      }
    }
  });
});
