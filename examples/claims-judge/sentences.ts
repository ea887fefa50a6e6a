/** The sentences of a text, ends included; a list's entries are sentences. Dots within numbers and addresses end none. */
export function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?。！？]["'”’)]?)\s+|(?<=[。！？])|\n+/)
    .map((sentence) => sentence.replace(/^(?:[-*•]|\d+[.)])\s+/, '').trim())
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}

const EMPTY_WORDS = new Set(
  (
    'a an the and or but if of to in on at by for with from as is are was were be been being am do does did has have had will would ' +
    'can could shall should may might must this that these those it its they them their there here he she his her him we our us you your ' +
    'i my me mine what which who whom when where why how so than then also just very please about into out up down over not no yes all ' +
    "any some more most it's i'm you're we're that's there's i've we've i'll we'll one own because s t"
  ).split(' '),
);

/** Endings off, so that "ships", "shipped" and "shipping" meet. */
function stemOf(word: string): string {
  if (word.length <= 3 || /\d/.test(word)) return word;
  return word
    .replace(/'s$/, '')
    .replace(/(?:ies|ied)$/, 'y')
    .replace(/(?:ing|ed|es|s|ly|e)$/, '')
    .replace(/(.)\1$/, '$1');
}

/** All words as stems, in order; numbers without thousands' commas. */
export function allStemsOf(text: string): string[] {
  return wordsOf(text).map(stemOf);
}

/** The words that carry meaning, as stems, in order. */
export function stemsOf(text: string): string[] {
  return wordsOf(text)
    .filter((word) => !EMPTY_WORDS.has(word))
    .map(stemOf);
}

function wordsOf(text: string): string[] {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('’', "'")
    .replaceAll(/(?<=\d),(?=\d{3})/g, '');
  return (
    plain.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|\d+(?:[.:/-]\d+)*|[\p{L}\p{M}'\d]+/gu) ?? []
  );
}

/** The share of `wanted` that stands in `within`, from 0 to 1; 0 where nothing is wanted. */
export function shareOf(wanted: readonly string[], within: ReadonlySet<string>): number {
  return wanted.length === 0 ? 0 : wanted.filter((stem) => within.has(stem)).length / wanted.length;
}

export function isNegated(sentence: string): boolean {
  return /\b(?:not|no|never|none|cannot|without|neither|nor|unable|isn|aren|wasn|weren|don|doesn|didn|won|can|couldn|hasn|haven)(?:['’]t)?\b(?<!\bcan\b)/i.test(
    sentence,
  );
}
