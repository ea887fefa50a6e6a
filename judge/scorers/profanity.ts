import {
  DataSet,
  englishRecommendedBlacklistMatcherTransformers,
  englishRecommendedTransformers,
  parseRawPattern,
  RegExpMatcher,
} from 'obscenity';

/**
 * Words that abuse wherever they stand, with the harmless ones that hold them. `|` is a word's edge. The library's own English
 * list is not taken: it counts anatomy, medicine and names (`sex`, `penis`, `semen`, `Dick`, `dyke`, `fk`), which an agent of a
 * clinic or a database says all day. What is taken is its matching, which sees through look-alike and repeated letters.
 */
const WORDS: readonly (readonly [patterns: readonly string[], harmless: readonly string[]])[] = [
  [['fuck', 'fvck', '|fuking|', 'motherf|'], []],
  [['shit'], ['shita', 'shiita', 'mishit', 'pushit', 'kushit', 'yoshit', 'ashit']],
  [['cunt'], ['scunthorpe', 'cuntis']],
  [['bitch'], ['stitch', 'bitchi']],
  [['|bastard'], []],
  [['|whore|', '|whores|'], []],
  [['|slut|', '|sluts|', '|sluty'], []],
  [
    ['nigger', '|nigga'],
    ['snigger', 'niggerhead'],
  ],
  [['|faggot'], ['faggots and peas', 'faggots in gravy']],
  [
    ['|retard|', '|retards|', '|retarded|'],
    ['fire retard', 'flame retard'],
  ],
  [['|kike|', '|kikes|'], []],
  [['|gook|', '|gooks|', '|raghead', '|towelhead', '|wetback', 'chingchong', 'ching chong'], []],
  [
    ['|spic|', '|spics|'],
    ['spic and span', 'spic-and-span', 'spic & span'],
  ],
  [['|twat|', '|twats|', '|wanker', '|tosser|'], []],
  [['asshole', 'arsehole', '|dumbass', '|jackass', '|smartass', '|cocksuck', '|dickhead', '|douchebag'], []],
];

const dataset = new DataSet<{ originalWord: string }>();
for (const [patterns, harmless] of WORDS)
  dataset.addPhrase((phrase) => {
    phrase.setMetadata({ originalWord: patterns[0]! });
    for (const pattern of patterns) phrase.addPattern(parseRawPattern(pattern));
    for (const term of harmless) phrase.addWhitelistedTerm(term);
    return phrase;
  });
/** The library's own matching, which sees everything that is to be seen. */
export const matcher = new RegExpMatcher({ ...dataset.build(), ...englishRecommendedTransformers });

/** Of the characters of ASCII: others are rare, and a text may hold any number of them. */
const lettersOf = new Map<string, string>();
/** What the matching makes of one character: the letter that it looks like, in lower case. */
const letterOf = (character: string): string => {
  const known = lettersOf.get(character);
  if (known !== undefined) return known;
  let codePoint: number | undefined = character.codePointAt(0);
  for (const transformer of englishRecommendedBlacklistMatcherTransformers)
    if ('transform' in transformer && codePoint !== undefined) codePoint = transformer.transform(codePoint);
  const letter = codePoint === undefined ? '' : String.fromCodePoint(codePoint);
  if (character < '\u0080') lettersOf.set(character, letter);
  return letter;
};

const squeezed = (text: string): string => text.replaceAll(/(.)\1+/gsu, '$1');

const STEMS = new RegExp(
  WORDS.flatMap(([patterns]) => patterns)
    .map((pattern) => squeezed(pattern.replaceAll('|', '')))
    .join('|'),
);

/**
 * Whether an abusive word could stand there at all: its letters as the matching sees them, wherever they are and however often
 * each is repeated. The matching itself takes twenty times as long, and what it finds has a stem.
 */
const hasStem = (text: string): boolean => STEMS.test(squeezed(text.replaceAll(/[^a-z ]/gu, letterOf)));

/** Whether the text holds an abusive English word, however it is spelt. */
export const hasProfanity = (text: string): boolean => hasStem(text) && matcher.hasMatch(text);
