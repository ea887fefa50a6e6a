import { DataSet, englishRecommendedTransformers, parseRawPattern, RegExpMatcher } from 'obscenity';

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
const matcher = new RegExpMatcher({ ...dataset.build(), ...englishRecommendedTransformers });

/** Whether the text holds an abusive English word, however it is spelt. */
export const hasProfanity = (text: string): boolean => matcher.hasMatch(text);
