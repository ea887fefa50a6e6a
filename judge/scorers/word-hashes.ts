/** Scripts that a reader of another can't read. Chinese and Japanese share their signs, so that they are told apart by kana. */
export const SCRIPTS = [
  'latin',
  'greek',
  'cyrillic',
  'armenian',
  'hebrew',
  'arabic',
  'indic',
  'thai',
  'georgian',
  'ethiopic',
  'khmer',
  'kana',
  'hangul',
  'han',
] as const;
export type Script = (typeof SCRIPTS)[number];

/** Blocks of letters, with the signs within words, by their first code unit; 'none' is what stands between words. */
const BLOCKS: readonly (readonly [from: number, script: Script | 'none'])[] = [
  [0, 'none'],
  [0x30, 'latin'],
  [0x3a, 'none'],
  [0x41, 'latin'],
  [0x5b, 'none'],
  [0x61, 'latin'],
  [0x7b, 'none'],
  [0xc0, 'latin'],
  [0x2b0, 'none'],
  [0x300, 'latin'],
  [0x370, 'greek'],
  [0x400, 'cyrillic'],
  [0x530, 'armenian'],
  [0x590, 'hebrew'],
  [0x600, 'none'],
  [0x620, 'arabic'],
  [0x6d4, 'none'],
  [0x6d5, 'arabic'],
  [0x7c0, 'none'],
  [0x900, 'indic'],
  [0x964, 'none'],
  [0x966, 'indic'],
  [0xe00, 'thai'],
  [0xf00, 'none'],
  [0x10a0, 'georgian'],
  [0x1100, 'hangul'],
  [0x1200, 'ethiopic'],
  [0x1400, 'none'],
  [0x1780, 'khmer'],
  [0x1800, 'none'],
  [0x1e00, 'latin'],
  [0x1f00, 'greek'],
  [0x2000, 'none'],
  [0x3040, 'kana'],
  [0x3100, 'none'],
  [0x3130, 'hangul'],
  [0x3190, 'none'],
  [0x3400, 'han'],
  [0xa000, 'none'],
  [0xac00, 'hangul'],
  [0xd7b0, 'none'],
  [0xf900, 'han'],
  [0xfb00, 'none'],
];
const NONE = SCRIPTS.length;

/** The script of every code unit, so that a letter costs one look. */
const SCRIPT_OF = ((): Uint8Array => {
  const of = new Uint8Array(0x1_0000);
  for (const [from, script] of BLOCKS) of.fill(script === 'none' ? NONE : SCRIPTS.indexOf(script), from);
  return of;
})();
/** Most letters are ASCII: each in lower case, 0 for what stands between words. */
const ASCII = Uint8Array.from({ length: 0x80 }, (_, code) =>
  SCRIPT_OF[code] === NONE ? 0 : String.fromCharCode(code).toLowerCase().charCodeAt(0),
);
const LEAST_LETTER = 0x61;
const LATIN = SCRIPTS.indexOf('latin');
/** A sign is a word. */
const SPACELESS: ReadonlySet<number> = new Set(
  (['han', 'kana', 'thai', 'khmer'] as const).map((script) => SCRIPTS.indexOf(script)),
);

/** FNV-1a (Fowler, Noll, Vo; RFC 9923) over code units. */
const SEED = 0x81_1c_9d_c5 | 0;
const PRIME = 0x01_00_01_93;

export type Words = {
  /** A hash for each word, in order, letter case of Latin aside. Of scripts without spaces a sign is a word; numbers are words, too. */
  hashes: readonly number[];
  /** Letters of each script, by its place in `SCRIPTS`; digits are none. */
  letters: Uint32Array;
  /** All of them. */
  total: number;
};

const inLowerCase = (code: number): number => (code >= 0xc0 && code <= 0xde ? code | 0x20 : code);

/** What of a longer text is looked at: so many characters, `begin` of them at its begin and the others at its end. */
export type Extent = { max: number; begin: number };
const ALL: Extent = { max: Infinity, begin: Infinity };

/** The words of a text in one pass, without a string for each. */
export const wordsIn = (text: string, { max, begin }: Extent = ALL): Words => {
  const jump = text.length <= max ? 0 : text.length - max;
  const length = text.length - jump;
  const hashes: number[] = [];
  const letters = new Uint32Array(SCRIPTS.length);
  let hash = SEED;
  let latin = 0;
  let others = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i < begin ? i : i + jump);
    const script = code < 0x80 ? LATIN : SCRIPT_OF[code]!;
    const low = code < 0x80 ? ASCII[code]! : script === NONE ? 0 : inLowerCase(code);
    if (low !== 0) {
      hash = Math.imul(hash ^ low, PRIME);
      if (script === LATIN) {
        if (low >= LEAST_LETTER) latin += 1;
        continue;
      }
      letters[script]! += 1;
      others += 1;
      if (!SPACELESS.has(script)) continue;
    }
    if (hash !== SEED) hashes.push(hash);
    hash = SEED;
  }
  if (hash !== SEED) hashes.push(hash);
  letters[LATIN] = latin;
  return { hashes, letters, total: latin + others };
};

/** The hash of one word, as it stands in `hashes`. */
export const wordHash = (word: string): number => wordsIn(word).hashes[0] ?? SEED;
