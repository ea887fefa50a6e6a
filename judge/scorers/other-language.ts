import type { ChatRequest } from '../answers/chat.ts';
import { languageAt, lettersOf, most, scriptOf, smallWords } from './languages.ts';
import { type Script, type Words, wordsIn } from './word-hashes.ts';

/** Of a longer message its begin and its end are looked at, where people say what they want. */
const SEEN = { max: 500, begin: 300 };

/** A text is in the script of so many of its letters. */
const ANSWER_SHARE = 0.7;
const USER_SHARE = 0.6;
/** Less may be a name. */
const LEAST_ANSWER_LETTERS = 30;
/** Of scripts in which a letter is a syllable or a word. */
const LEAST_ANSWER_SIGNS = 12;
const DENSE: ReadonlySet<Script> = new Set<Script>(['han', 'kana', 'hangul']);
const LEAST_USER_LETTERS = 6;
/** So many letters of a script, or small words of a language, in what a user wrote say that they read it. */
const READS_LETTERS = 8;
const READS_WORDS = 2;

const LEAST_ANSWER_WORDS = 3;
const LEAST_USER_WORDS = 2;
/** One language has so many times the small words of the next. */
const CLEARLY = 4;

/** The names of languages, in some of them, and what asks for another. */
const NAMES_LANGUAGE =
  /translat|interpret|übersetz|tradu[cziç]|перев[её]|翻译|翻譯|翻訳|번역|ترجم|bilingual|multilingual|english|englis[ck]|anglais|ingl[eéê]s|англий|英[语語文]|영어|german|deutsch|allemand|alem[áaã]n|tedesc|немец|德[语文]|ドイツ|french|français|französ|franc[eé]s|фран|法[语文]|spanish|spanisch|espagnol|españ|spagnol|испан|西班牙|スペイン|portugu|italian|italien|итал|dutch|nederlands|niederländ|polish|polsk|polnisch|swedish|svensk|turkish|türk|chinese|mandarin|cantonese|chines|chinois|中文|汉语|漢語|китай|중국어|japan|日本語|日语|일본어|korean|корей|한국어|韩语|russ|русск|俄语|arabic|arab|العربية|hindi|हिन्दी|हिंदी|indones|vietnam|việt|greek|griech|ελλην|hebrew|עברית|\bthai\b|\blatin\b|sanskrit|yiddish|ukrain|україн|\bIPA\b|alphabet|romaji|pinyin/i;

const seenOf = (text: string): Words => wordsIn(text, SEEN);

/** Whether someone named a language, of those whose wish counts. */
const isNamed = ({ messages }: ChatRequest): boolean =>
  messages.some(({ role, text }) => role !== 'tool' && role !== 'assistant' && NAMES_LANGUAGE.test(text));

const earlierOf = ({ messages, lastUserText }: ChatRequest): Words[] =>
  messages.flatMap(({ role, text }) => (role === 'user' && text !== lastUserText ? [seenOf(text)] : []));

const otherScript = (answer: Words, asked: Words, request: ChatRequest): string | null => {
  const [of, wanted] = [scriptOf(answer, ANSWER_SHARE), scriptOf(asked, USER_SHARE)];
  if (of === null || wanted === null || of === wanted || asked.total < LEAST_USER_LETTERS) return null;
  if (answer.total < (DENSE.has(of) ? LEAST_ANSWER_SIGNS : LEAST_ANSWER_LETTERS)) return null;
  // A short message in Japanese may do without kana.
  if (wanted === 'han' && of === 'kana') return null;
  const shared = of === 'han' ? [] : [asked, ...earlierOf(request)];
  if (shared.some((words) => lettersOf(words, of) >= READS_LETTERS)) return null;
  return isNamed(request) ? null : `the answer is in ${of} letters and the user writes in ${wanted} ones`;
};

const clearLanguage = (counts: Uint32Array, least: number): number | null => {
  const { place, count } = most(counts);
  if (count < least) return null;
  for (let i = 0; i < counts.length; i++) if (i !== place && counts[i]! * CLEARLY > count) return null;
  return place;
};

const otherWords = (answer: Words, asked: Words, request: ChatRequest): string | null => {
  const wanted = smallWords(asked);
  const user = clearLanguage(wanted, LEAST_USER_WORDS);
  if (user === null) return null;
  const of = clearLanguage(smallWords(answer), LEAST_ANSWER_WORDS);
  if (of === null || of === user || wanted[of]! >= READS_WORDS) return null;
  if (earlierOf(request).some((words) => smallWords(words)[of]! >= READS_WORDS)) return null;
  return isNamed(request) ? null : `the answer is in ${languageAt(of)} and the user writes in ${languageAt(user)}`;
};

/** Why an answer is in another script or language than its user writes, in words; null where it is not, or nobody can say. */
export const isOtherLanguage = (answer: Words, request: ChatRequest): string | null => {
  if (request.wantsJson) return null;
  const asked = seenOf(request.lastUserText);
  return otherScript(answer, asked, request) ?? otherWords(answer, asked, request);
};
