import { type Script, SCRIPTS, wordHash, type Words } from './word-hashes.ts';

/**
 * In which script and language a text is. Languages in Latin letters are told by small words that are no others' among these; a
 * text that has too few of them is in none. No language is guessed from letters alone.
 */

const SMALL_WORDS = {
  English:
    'the and you your are with have this that will please from has would our they what how which been where when why my is it can of not we',
  German:
    'und nicht ist sie ihr ihre ihren ich wir mit für bitte eine einen auf auch sich werden haben wird kann zu mein meine wo wann wie warum bei oder noch wurde des es',
  French:
    'vous votre nous est les des pour dans avec une pas sur cette être je qui sont aux mais où quand et dès été le la ne non',
  Spanish:
    'el los las usted está por su del pero es lo más puede tiene este gracias hola dónde cuándo cómo mi sus ha la qué cuál quiero necesito puedo todavía dos y mañana hasta desde también muy ya sin nuestro nuestra estamos podemos',
  Portuguese:
    'não você uma sua seu são em ao dos pelo obrigado também isso os meu minha onde quando foi pode mais por está este',
  Italian:
    'il che di è per non sono della gli questo può suo anche nel alla grazie dove mio mia ordine stato ho le la lo mi ha del',
  Dutch:
    'het een van niet voor uw dat zijn wij deze ook naar maar heeft bij wordt mijn waar wanneer hoe ik is of we dan',
  Polish: 'nie się jest że dla jak czy proszę twoje moje gdzie kiedy oraz jestem zostało',
  Swedish: 'och inte är att jag från med ditt din har mitt när',
  Turkish: 've bir için ile değil bu nerede ne benim lütfen olarak',
  Indonesian: 'yang dan untuk dengan ini anda tidak adalah saya mana kapan di',
  Vietnamese: 'của và là không cho được những tôi bạn đơn hàng',
} as const;
type Language = keyof typeof SMALL_WORDS;
const LANGUAGES = Object.keys(SMALL_WORDS) as Language[];

const NO_LANGUAGE = 255;
const SLOTS = 2_048;

/** The language of each small word, in open addressing by its hash; of words that two of them have none. */
const TABLE = ((): { keys: Int32Array; languages: Uint8Array } => {
  const of = new Map<number, number>();
  for (const [i, language] of LANGUAGES.entries())
    for (const word of SMALL_WORDS[language].split(' '))
      of.set(wordHash(word), of.has(wordHash(word)) ? NO_LANGUAGE : i);
  const [keys, languages] = [new Int32Array(SLOTS), new Uint8Array(SLOTS)];
  for (const [hash, language] of of) {
    let at = hash & (SLOTS - 1);
    while (keys[at] !== 0) at = (at + 1) & (SLOTS - 1);
    keys[at] = hash;
    languages[at] = language;
  }
  return { keys, languages };
})();

const languageOf = (hash: number): number => {
  const { keys, languages } = TABLE;
  let at = hash & (SLOTS - 1);
  while (keys[at] !== 0) {
    if (keys[at] === hash) return languages[at]!;
    at = (at + 1) & (SLOTS - 1);
  }
  return NO_LANGUAGE;
};

/** How many small words of each language a text has, by the language's place. */
export const smallWords = ({ hashes }: Words): Uint32Array => {
  const counts = new Uint32Array(LANGUAGES.length);
  for (let i = 0; i < hashes.length; i++) {
    const language = languageOf(hashes[i]!);
    if (language !== NO_LANGUAGE) counts[language]! += 1;
  }
  return counts;
};

export const languageAt = (place: number): Language => LANGUAGES[place]!;

/** The place of the most, and how many. */
export const most = (counts: Uint32Array): { place: number; count: number } => {
  let place = 0;
  for (let i = 1; i < counts.length; i++) if (counts[i]! > counts[place]!) place = i;
  return { place, count: counts[place]! };
};

const shareOf = ({ letters, total }: Words, script: Script): number =>
  total === 0 ? 0 : letters[SCRIPTS.indexOf(script)]! / total;

/** Of a Japanese text's letters so many are kana at least. */
const KANA_SHARE = 0.1;

/** The script that a text is written in, null if none has `share` of its letters. Han with kana is Japanese, so it is kana. */
export const scriptOf = (words: Words, share: number): Script | null => {
  if (words.total === 0) return null;
  const [han, kana] = [shareOf(words, 'han'), shareOf(words, 'kana')];
  if (han + kana >= share) return kana >= KANA_SHARE ? 'kana' : 'han';
  const { place, count } = most(words.letters);
  return count >= share * words.total ? SCRIPTS[place]! : null;
};

export const lettersOf = ({ letters }: Words, script: Script): number => letters[SCRIPTS.indexOf(script)]!;
