const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const OPEN = new Set(['{'.charCodeAt(0), '['.charCodeAt(0)]);
const CLOSE = new Set(['}'.charCodeAt(0), ']'.charCodeAt(0)]);
const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);
const COMMA = ','.charCodeAt(0);

const afterString = (json: string, quote: number): number => {
  let at = quote + 1;
  while (json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
};

const afterSpace = (json: string, start: number): number => {
  let at = start;
  while (SPACE.has(json.charCodeAt(at))) at += 1;
  return at;
};

/** Where the value that starts at `start` ends, however deep it is. */
const afterValue = (json: string, start: number): number => {
  let depth = 0;
  let at = start;
  for (;;) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = afterString(json, at);
    else if (depth === 0 && (code === COMMA || CLOSE.has(code) || SPACE.has(code))) return at;
    else {
      if (OPEN.has(code)) depth += 1;
      else if (CLOSE.has(code)) depth -= 1;
      at += 1;
    }
    if (depth === 0 && at > start && (code === QUOTE || CLOSE.has(code))) return at;
  }
};

/**
 * A JSON object's text with another value for one of its own members, and every other byte as it was: numbers keep their
 * digits, and depth costs nothing. `json` must be the valid text of an object; without the member it comes back as it is.
 */
export const withMember = (json: string, name: string, value: unknown): string => {
  const parts: string[] = [];
  let copied = 0;
  let at = afterSpace(json, json.indexOf('{') + 1);
  while (json.charCodeAt(at) === QUOTE) {
    const keyEnd = afterString(json, at);
    const start = afterSpace(json, json.indexOf(':', keyEnd) + 1);
    const end = afterValue(json, start);
    if (JSON.parse(json.slice(at, keyEnd)) === name) {
      parts.push(json.slice(copied, start), JSON.stringify(value));
      copied = end;
    }
    const next = afterSpace(json, end);
    if (json.charCodeAt(next) !== COMMA) break;
    at = afterSpace(json, next + 1);
  }
  return parts.join('') + json.slice(copied);
};
