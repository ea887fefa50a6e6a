/**
 * Where a text stops before its end. Nothing is certain here: names, headings, list items and signatures end without a full stop.
 * So only what a writer who had finished would hardly leave behind counts, and what is in doubt is whole.
 */

/** Sentences are looked for in the end of a text only, fences and JSON in all of it up to here. */
const MAX_END = 1_200;
const MAX_SCANNED = 64_000;

/** Some write the closing fence behind the last line of code. */
const FENCE = /^[ \t>]*(?:`{3,}|~{3,})([^\n`]*)$|`{3,}[ \t]*$/gm;

/** A fence with a language within another opens one more, as in Markdown about Markdown. */
const isInCodeBlock = (text: string): boolean => {
  if (!text.includes('```') && !text.includes('~~~')) return false;
  let depth = 0;
  for (const [, info] of text.matchAll(FENCE)) {
    const isBehind = info === undefined;
    if (isBehind && depth === 0) continue;
    depth += depth === 0 || (!isBehind && info.trim() !== '') ? 1 : -1;
  }
  return depth > 0;
};

const BEGINS_JSON = /^\s*(?:\{\s*["}]|\[\s*["{[\d])/;
const isOpenJson = (text: string): boolean => {
  if (!BEGINS_JSON.test(text)) return false;
  let depth = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (isInString) {
      if (char === 0x5c) i += 1;
      else if (char === 0x22) isInString = false;
    } else if (char === 0x22) isInString = true;
    else if (char === 0x7b || char === 0x5b) depth += 1;
    else if (char === 0x7d || char === 0x5d) depth -= 1;
  }
  return isInString || depth > 0;
};

/** Marks of bold, quotes and brackets that close what stands before them. */
const CLOSING = /["'”’»›“」』】》）)\]}*_`~\s]+$/u;
const SENTENCE_END = /[.!?…。．！？｡।॥؟۔።។‼⁇⁈⁉]$/u;
const WORDS = /[\p{L}\p{N}\p{M}'’-]+/gu;
/** Of scripts that put no space between words a character is one. */
const SPACELESS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

const ITEM = /^\s*(?:[-*+•–]|\(?\w{1,3}[.)])\s+/;
/** Headings, tables, quotations and lines that are more code than prose. */
const NO_PROSE = /^\s*(?:#|\||>|\/\/|<)|[;{}|\\$]|==?|=>|https?:|www\.|\S@\S|(?:^|\s)[#@]\w/;

/** Words after which no sentence ends, in a language where they are no others. */
const OPEN_WORDS: ReadonlySet<string> = new Set(
  (
    'the an and because although whereas your their whose than ' +
    'und oder eine einen einem einer weil obwohl ihre ihren deine meine unsere ' +
    'les une et votre notre los las porque della dello perché seu uma het een omdat'
  ).split(' '),
);

/** The same of sentences that begin as one does and are no question. */
const OFTEN_OPEN_WORDS: ReadonlySet<string> = new Set(
  'of or to with for from is are be been has have was were will can could should would in on at by as my our this these we they it an a'.split(
    ' ',
  ),
);
const BEGINS_STATEMENT = /^(?!(?:Wh|How|Do|Does|Did|Is|Are|Can|Could|Would|Should)\w*\b)\p{Lu}/u;

const LEAST_WORDS = 4;
const LEAST_REST = 2;
/** A whole line of prose has so many. */
const LINE_WORDS = 8;
const LEAST_CHARACTERS = 6;

const wordsOf = (text: string): readonly string[] => text.match(WORDS) ?? [];
const endsSentence = (line: string): boolean =>
  SENTENCE_END.test(line.replace(CLOSING, '')) || line.trimEnd().endsWith(':');

/** What follows the last sentence that ended within a line, by a word of three letters or more; null where none did. */
const afterSentence = (line: string): string | null => {
  const found = [...line.matchAll(/\p{L}{3,}["'”’)\]*_]*[.!?…]["'”’)\]*_]*\s+(?=["'“‘*_]*\p{Lu})/gu)].at(-1);
  return found === undefined ? null : line.slice(found.index + found[0].length);
};

const isOpenLine = (line: string, above: readonly string[]): boolean => {
  const words = wordsOf(line);
  const last = words.at(-1) ?? '';
  if (words.length >= LEAST_WORDS && OPEN_WORDS.has(last)) return true;
  if (NO_PROSE.test(line)) return false;
  if (words.length > LEAST_WORDS && OFTEN_OPEN_WORDS.has(last) && BEGINS_STATEMENT.test(line)) return true;
  const ofItem = ITEM.test(line);
  const rest = afterSentence(line);
  if (rest !== null && !rest.includes(':')) return wordsOf(rest).length >= LEAST_REST;
  const alike = above.filter((other) => ITEM.test(other) === ofItem && wordsOf(other).length >= LEAST_WORDS);
  if (ofItem) return alike.length >= 2 && words.length >= LEAST_WORDS && alike.every(endsSentence);
  const prose = alike.filter((other) => wordsOf(other).length >= LINE_WORDS);
  return words.length >= LINE_WORDS && prose.length > 0 && prose.every(endsSentence);
};

const isOpenSpaceless = (line: string): boolean => {
  const found = [...line.matchAll(/[。！？]/g)].at(-1);
  return found !== undefined && line.length - found.index > LEAST_CHARACTERS;
};

const countOf = (line: string, mark: string): number => line.split(mark).length - 1;
const hasOpenMark = (line: string): boolean =>
  !NO_PROSE.test(line) && (countOf(line, '**') % 2 === 1 || /[^:;=]\([^()]*$/.test(line));

const openEnd = (text: string): string | null => {
  const end = text.slice(-MAX_END).trimEnd();
  const bare = end.replace(CLOSING, '');
  if (SENTENCE_END.test(bare)) return null;
  const lines = end.split('\n');
  const line = lines.at(-1) ?? '';
  const words = wordsOf(line).length;
  if (/[(［[{“„«（「『]$/u.test(end)) return 'it ends with what opens';
  if (words > LEAST_WORDS && hasOpenMark(line)) return 'a bracket or a mark of bold is not closed';
  if (/[,、，]$/u.test(end)) return words > LEAST_WORDS || SPACELESS.test(line) ? 'it ends with a comma' : null;
  if (/[\p{L}\p{N}"”*_`)][:：]\**$/u.test(end)) return words >= LEAST_WORDS ? 'it ends with a colon' : null;
  if (/\p{L}\s?[–—-]$/u.test(end)) return words > LEAST_WORDS ? 'it ends with a dash' : null;
  if (!/\p{L}\p{M}*$/u.test(end)) return null;
  const isOpen = SPACELESS.test(line) ? isOpenSpaceless(line) : isOpenLine(line, lines.slice(0, -1));
  return isOpen ? 'its last sentence has no end' : null;
};

/** How a text stops before its end, in words; null of one that is whole as far as can be seen. */
export const cutOf = (text: string): string | null => {
  if (text.length <= MAX_SCANNED) {
    if (isInCodeBlock(text)) return 'a code block is not closed';
    if (isOpenJson(text)) return 'its JSON is not closed';
  }
  return openEnd(text);
};
