/** A member of an object, whose value is an object itself. `depth`: 1 in the outermost object, 2 within one of its members. */
type EndMember = { depth: number; name: string; text: string };

const MAX_DEPTH = 2;
const MAX_NAME_CHARACTERS = 64;
const NAME_BEFORE = /"([A-Za-z_]+)"\s*:\s*$/;

const isEscaped = (text: string, at: number): boolean => {
  let before = at - 1;
  while (text[before] === '\\') before -= 1;
  return (at - before) % 2 === 0;
};

/** Where the string begins that ends with the quote at `end`; -1 if that is before the text. */
const stringStart = (text: string, end: number): number => {
  for (let at = end - 1; at >= 0; at -= 1) {
    at = text.lastIndexOf('"', at);
    if (at < 0 || !isEscaped(text, at)) return at;
  }
  return -1;
};

const nameBefore = (text: string, at: number): string =>
  NAME_BEFORE.exec(text.slice(Math.max(0, at - MAX_NAME_CHARACTERS), at))?.[1] ?? '';

/**
 * The members of a JSON object of which only the end is there, from the last one on: read backwards, since how deep a place is and
 * whether it stands in a string is only known from the end. Those whose value is an object and at most two deep, what is within
 * an object before itself; names of other than letters are ''. Nothing of a text that does not end as an object does.
 */
export const membersFromEnd = function* (text: string): Generator<EndMember, void> {
  const ends: number[] = [];
  const last = text.trimEnd().length - 1;
  if (text[last] !== '}') return;
  for (let at = last; at >= 0; at -= 1) {
    const character = text[at];
    if (character === '"') {
      at = stringStart(text, at);
      if (at < 0) return;
    } else if (character === '}' || character === ']') ends.push(at);
    else if (character === '{' || character === '[') {
      const end = ends.pop()!;
      const depth = ends.length;
      if (depth === 0) return;
      if (character === '{' && depth <= MAX_DEPTH)
        yield { depth, name: nameBefore(text, at), text: text.slice(at, end + 1) };
    }
  }
};
