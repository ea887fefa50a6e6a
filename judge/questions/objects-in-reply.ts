/**
 * Marks of thinking aloud, as models and their templates write them: `<think>`, `<thinking>`, `[THINK]`, `◁think▷`, and the
 * channels of gpt-oss. What ends it has a slash, or opens the channel of the answer.
 */
const THINKING =
  /<(?<end>\/?)(?:[a-z]{1,16}:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad|analysis)(?:\s[^<>]{0,100})?>|\[(?<end2>\/?)think\]|◁(?<end3>\/?)think▷|<\|channel\|>\s{0,4}(?:analysis|commentary|(?<end4>final))/gi;
/** An object with a first key; any other brace is prose, such as `{a, b}` or a brace that is talked about. */
const OBJECT =
  /\{(?:\s|\/\*[^*]{0,200}\*\/|\/\/[^\n]{0,200}\n)*(?:"[^"\\\n]{0,64}"|'[^'\\\n]{0,64}'|[A-Za-z_]\w{0,63})\s{0,16}:/y;
/** Objects without their end that are passed over; each costs a reading of the rest. */
const MAX_UNENDED = 8;

const DOUBLE = 34;
const SINGLE = 39;
const BACKSLASH = 92;
const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);
/** `{ [ , :`, behind which a key or a value begins. */
const isBefore = (code: number): boolean => code === 123 || code === 91 || code === 44 || code === 58;
/** `, : } ]`, before which one has ended. */
const isAfter = (code: number): boolean => code === 44 || code === 58 || code === 125 || code === 93;

/** Behind the string that opens at `open`. A single quote ends one only where a value can end: `'it's so'` is one string. */
const afterString = (text: string, open: number): number => {
  const quote = text.charCodeAt(open);
  for (let at = open + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at += 1;
    else if (code === quote) {
      if (quote === DOUBLE) return at + 1;
      let next = at + 1;
      while (isSpace(text.charCodeAt(next))) next += 1;
      if (isAfter(text.charCodeAt(next))) return at + 1;
      at = next - 1;
    }
  }
  return text.length;
};

/** Behind the brace that closes the one at `start`; -1 if none does. */
const afterObject = (text: string, start: number): number => {
  let depth = 0;
  let last = 0;
  for (let at = start; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === DOUBLE || (code === SINGLE && isBefore(last))) {
      at = afterString(text, at);
      last = code;
      continue;
    }
    if (code === 123) depth += 1;
    else if (code === 125 && (depth -= 1) === 0) return at + 1;
    if (!isSpace(code)) last = code;
    at += 1;
  }
  return -1;
};

const nextMark = (text: string, from: number): { at: number; after: number; isEnd: boolean } | null => {
  THINKING.lastIndex = from;
  const found = THINKING.exec(text);
  if (found === null) return null;
  const isEnd = Object.values(found.groups ?? {}).some(Boolean);
  return { at: found.index, after: THINKING.lastIndex, isEnd };
};

const beginsLine = (text: string, brace: number): boolean => {
  let at = brace - 1;
  while (at >= 0 && (text[at] === ' ' || text[at] === '\t')) at -= 1;
  return at < 0 || text[at] === '\n' || text[at] === '\r';
};

/** Behind the brace, or behind the object that it opens. */
const readBrace = (
  text: string,
  brace: number,
  isLineStartAsked: boolean,
): { after: number; isEnded: boolean | null } => {
  OBJECT.lastIndex = brace;
  if (!OBJECT.test(text) || (isLineStartAsked && !beginsLine(text, brace))) return { after: brace + 1, isEnded: null };
  const after = afterObject(text, brace);
  return after < 0 ? { after: brace + 1, isEnded: false } : { after, isEnded: true };
};

/**
 * The texts of the objects that a reply holds side by side, in order, but for those that it only thought of: within a block of
 * thinking, closed or not, or before a mark that ends one. Marks and braces within an object are its own: what a reply quotes
 * never counts for itself. For the same reason nothing counts behind an object without its end, but for objects that begin a
 * line. Reads the reply a bounded number of times, whatever it is.
 */
export const objectsInReply = (text: string): string[] => {
  let objects: string[] = [];
  let unended = 0;
  let at = 0;
  let mark = nextMark(text, at);
  let brace = text.indexOf('{');
  while (unended <= MAX_UNENDED) {
    if (mark !== null && (brace < 0 || mark.at < brace)) {
      if (mark.isEnd) objects = [];
      while (mark !== null && !mark.isEnd) mark = nextMark(text, mark.after);
      if (mark === null) break;
      at = mark.after;
    } else if (brace < 0) break;
    else {
      const { after, isEnded } = readBrace(text, brace, unended > 0);
      if (isEnded === true) objects.push(text.slice(brace, after));
      else if (isEnded === false) unended += 1;
      at = after;
    }
    if (mark !== null && mark.at < at) mark = nextMark(text, at);
    if (brace >= 0 && brace < at) brace = text.indexOf('{', at);
  }
  return objects;
};
