/**
 * Marks of thinking aloud, as models and their templates write them: `<think>`, `<inner_monologue>`, `[THINK]`, `◁think▷`,
 * `<|START_THINKING|>`, `<|begin_of_thought|>`, and the channels of gpt-oss, whose brackets some servers leave out. What ends it has
 * a slash or says so, or opens the channel of the answer.
 */
const THINKING = new RegExp(
  [
    String.raw`<(?<end>\/?)(?:[a-z]{1,16}[:_-])?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad|analysis|monologue)(?:[_-][a-z]{1,16})?(?:\s[^<>]{0,100})?>`,
    String.raw`\[(?<end2>\/?)think\]`,
    String.raw`◁(?<end3>\/?)think▷`,
    String.raw`<\|(?:start_thinking|begin_of_thought|(?<end4>end_thinking|end_of_thought))\|>`,
    String.raw`<\|channel\|>\s{0,4}(?:analysis|commentary|(?<end5>final))`,
    String.raw`(?<end6>assistantfinal)`,
  ].join('|'),
  'gi',
);
/** An object with a first key; any other brace is prose, such as `{a, b}` or a brace that is talked about. Every repetition is bounded. */
const OBJECT =
  /\{\s{0,999}(?:(?:\/\*[^*]{0,200}\*\/|\/\/[^\n]{0,200}\n)\s{0,99}){0,4}(?:"[^"\\\n]{0,64}"|'[^'\\\n]{0,64}'|[“”‘’][^“”‘’\\\n]{0,64}[“”‘’]|[A-Za-z_]\w{0,63})\s{0,16}:/y;
/** Objects without their end behind which the text is read anew from where a line begins with a brace; each costs a reading of the rest. */
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

const isObjectAt = (text: string, brace: number): boolean => {
  OBJECT.lastIndex = brace;
  return OBJECT.test(text);
};

/** Where objects that lie in no other one begin, and behind which character each ends. */
type Ends = ReadonlyMap<number, number>;

/** Of a pair of braces that has just closed: what lies within it no longer counts for itself. */
const close = (text: string, found: { start: number; end: number }[], start: number, end: number): void => {
  if (!isObjectAt(text, start)) return;
  while (found.length > 0 && found.at(-1)!.start > start) found.pop();
  found.push({ start, end });
};

/**
 * Reads from the brace at `start` on, strings as such: behind the brace that closes it; or, if none does, the objects that stand
 * within it, outside of its strings.
 */
const readFrom = (text: string, start: number): { after: number } | { within: Ends } => {
  const open: number[] = [];
  const found: { start: number; end: number }[] = [];
  let last = 0;
  for (let at = start; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === DOUBLE || (code === SINGLE && isBefore(last))) {
      at = afterString(text, at);
      last = code;
      continue;
    }
    if (code === 123) open.push(at);
    else if (code === 125) {
      const opened = open.pop()!;
      if (open.length === 0) return { after: at + 1 };
      close(text, found, opened, at + 1);
    }
    if (!isSpace(code)) last = code;
    at += 1;
  }
  return { within: new Map(found.map((one) => [one.start, one.end])) };
};

const nextMark = (text: string, from: number): { at: number; after: number; isEnd: boolean } | null => {
  THINKING.lastIndex = from;
  const found = THINKING.exec(text);
  if (found === null) return null;
  const isEnd = Object.values(found.groups ?? {}).some(Boolean);
  return { at: found.index, after: THINKING.lastIndex, isEnd };
};

/** Whether all of a reply that was cut may be thought: nothing stands before the mark that begins its thinking, and none ends it. */
export const isThoughtAlone = (text: string): boolean => {
  let mark = nextMark(text, 0);
  if (mark === null) return text.trim() === '';
  if (text.slice(0, mark.at).trim() !== '') return false;
  while (mark !== null && !mark.isEnd) mark = nextMark(text, mark.after);
  return mark === null;
};

const beginsLine = (text: string, brace: number): boolean => {
  let at = brace - 1;
  while (at >= 0 && (text[at] === ' ' || text[at] === '\t')) at -= 1;
  return at < 0 || text[at] === '\n' || text[at] === '\r';
};

/**
 * Tells of each brace, in their order, behind which character the object ends that it opens, 0 if it opens none. Behind an object
 * without its end only those count that begin a line, or that stand in it outside of its strings: else what it quotes would.
 */
const createEndOf = (text: string): ((brace: number) => number) => {
  let unended = 0;
  let within: Ends | null = null;
  return (brace) => {
    const known = within?.get(brace);
    if (known !== undefined) return known;
    if (unended > MAX_UNENDED || (within !== null && !beginsLine(text, brace)) || !isObjectAt(text, brace)) return 0;
    const read = readFrom(text, brace);
    if ('after' in read) return read.after;
    unended += 1;
    ({ within } = read);
    return 0;
  };
};

/**
 * The texts of the objects that a reply holds side by side, in order, but for those that it only thought of: within a block of
 * thinking, closed or not, or before a mark that ends one. Marks and braces within an object are its own: what a reply quotes
 * never counts for itself. An object without its end hides what stands in its strings, unless that begins a line, and nothing else.
 * Reads the reply a bounded number of times, whatever it is.
 */
export const objectsInReply = (text: string): string[] => {
  const endOf = createEndOf(text);
  let objects: string[] = [];
  let at = 0;
  let mark = nextMark(text, at);
  let brace = text.indexOf('{');
  for (;;) {
    if (mark !== null && (brace < 0 || mark.at < brace)) {
      if (mark.isEnd) objects = [];
      while (mark !== null && !mark.isEnd) mark = nextMark(text, mark.after);
      if (mark === null) break;
      at = mark.after;
    } else if (brace < 0) break;
    else {
      const end = endOf(brace);
      if (end > 0) objects.push(text.slice(brace, end));
      at = end > 0 ? end : brace + 1;
    }
    if (mark !== null && mark.at < at) mark = nextMark(text, at);
    if (brace >= 0 && brace < at) brace = text.indexOf('{', at);
  }
  return objects;
};
