const REGEX_MAY_FOLLOW = /(^|[(,=:[!&|?{};+\-*%<>~^]|\b(return|typeof|case|of|in|await))\s*$/;

type Token = { kind: 'code' | 'comment' | 'string'; text: string };

const endOfLine = (text: string, at: number): number => {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
};

/** Where a quoted text that starts at `at` ends: behind its closing quote, or with the line if it has none. */
const endOfQuoted = (text: string, at: number, isMultiline: boolean): number => {
  const quote = text[at];
  let inClass = false;
  for (let i = at + 1; i < text.length; i += 1) {
    const c = text[i];
    if (c === '\\') i += 1;
    else if (c === '\n' && !isMultiline) return i;
    else if (quote === '/' && c === '[') inClass = true;
    else if (quote === '/' && c === ']') inClass = false;
    else if (c === quote && !inClass) return i + 1;
  }
  return text.length;
};

/** Where the token that starts at `at` ends, and what it is; undefined for code. */
const tokenAt = (text: string, at: number, codeBefore: string): { kind: Token['kind']; end: number } | undefined => {
  const c = text[at];
  const two = text.slice(at, at + 2);
  if (two === '//') return { kind: 'comment', end: endOfLine(text, at) };
  if (two === '/*') {
    const end = text.indexOf('*/', at + 2);
    return { kind: 'comment', end: end < 0 ? text.length : end + 2 };
  }
  if (c === "'" || c === '"') return { kind: 'string', end: endOfQuoted(text, at, false) };
  if (c === '`') return { kind: 'string', end: endOfQuoted(text, at, true) };
  if (c === '/' && REGEX_MAY_FOLLOW.test(codeBefore.slice(-20)))
    return { kind: 'string', end: endOfQuoted(text, at, false) };
  return undefined;
};

/**
 * TypeScript text cut into code, comments and strings (regular expressions and whole templates count as strings). Not a
 * parser: a slash is a regular expression where an operand is due. A mistake ends with its line.
 */
export const scan = (text: string): Token[] => {
  const tokens: Token[] = [];
  let codeFrom = 0;
  for (let at = 0; at < text.length;) {
    const token = /['"`/]/.test(text[at]!) ? tokenAt(text, at, text.slice(Math.max(codeFrom, at - 20), at)) : undefined;
    if (token === undefined) {
      at += 1;
      continue;
    }
    if (at > codeFrom) tokens.push({ kind: 'code', text: text.slice(codeFrom, at) });
    tokens.push({ kind: token.kind, text: text.slice(at, token.end) });
    at = token.end;
    codeFrom = at;
  }
  if (codeFrom < text.length) tokens.push({ kind: 'code', text: text.slice(codeFrom) });
  return tokens;
};

const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ');

/** The text with every token of these kinds blanked out, lines kept. */
export const without = (text: string, kinds: readonly Token['kind'][]): string =>
  scan(text)
    .map((token) => (kinds.includes(token.kind) ? blank(token.text) : token.text))
    .join('');

export const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length;
