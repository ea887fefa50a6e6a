import { type AST, parseRegExpLiteral } from '@eslint-community/regexpp';

/**
 * What a text must hold for a regular expression to match it: at least one of some pieces of text. It is what lets a search for
 * a hundred phrases run the few expressions that can match at all (compare the prefilters of RE2 and Hyperscan).
 *
 * `exact`: all texts that the node can match, where these are few; `required`: pieces of which every match holds one. Conditions
 * without width (`\b`, look-arounds) only narrow what matches, so that they may be left out.
 */
type Known = { exact: readonly string[] | null; required: readonly string[] | null };

/** Beyond so many texts a node counts as endless. */
const MOST_TEXTS = 64;
/** A shorter piece stands in most texts; a character beyond ASCII counts for two. */
const LEAST_LENGTH = 3;
/** Words that stand in most answers say little. */
const COMMON = new Set(
  "a all am an and are be can can't cannot do don't for go going have he i i'd i'll i'm in is it it's just me must my no not of on only or our really should so that that's the their they this to try was we we'd we'll we're what will with won't would you you'll you're your".split(
    ' ',
  ),
);

const NOTHING: Known = { exact: null, required: null };
const EMPTY: Known = { exact: [''], required: null };

const lengthOf = (piece: string): number => {
  let length = 0;
  for (let i = 0; i < piece.length; i++) length += piece.charCodeAt(i) < 128 ? 1 : 2;
  return length;
};
/** How rare a piece is: the length of its words that are not common. */
const rarityOf = (piece: string): number =>
  piece
    .split(' ')
    .filter((word) => !COMMON.has(word))
    .reduce((sum, word) => sum + lengthOf(word), 0);

const least = (pieces: readonly string[], of: (piece: string) => number): number => Math.min(...pieces.map(of));

/** The pieces that fewer texts hold by chance: rarer words, then longer pieces, then fewer of them. */
const better = (a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null => {
  if (a === null || b === null) return a ?? b;
  const gain =
    least(a, rarityOf) - least(b, rarityOf) || least(a, lengthOf) - least(b, lengthOf) || b.length - a.length;
  return gain >= 0 ? a : b;
};

const usable = (pieces: readonly string[] | null): readonly string[] | null =>
  pieces !== null && least(pieces, lengthOf) >= LEAST_LENGTH ? pieces : null;

const requiredOf = ({ exact, required }: Known): readonly string[] | null => better(usable(exact), required);

const inSequence = (parts: readonly Known[]): Known => {
  let run: readonly string[] = [''];
  let required: readonly string[] | null = null;
  let isExact = true;
  for (const part of parts) {
    const longer = part.exact?.flatMap((end) => run.map((start) => start + end)) ?? null;
    if (longer !== null && longer.length <= MOST_TEXTS) {
      run = [...new Set(longer)];
      continue;
    }
    isExact = false;
    required = better(required, better(usable(run), requiredOf(part)));
    run = part.exact !== null && part.exact.length <= MOST_TEXTS ? part.exact : [''];
  }
  return isExact ? { exact: run, required: null } : { exact: null, required: better(required, usable(run)) };
};

const oneOf = (parts: readonly Known[]): Known => {
  const exact = parts.every((part) => part.exact !== null)
    ? [...new Set(parts.flatMap((part) => part.exact ?? []))]
    : null;
  const each = parts.map(requiredOf);
  const required = each.every((one) => one !== null) ? [...new Set(each.flat())] : null;
  return { exact: exact !== null && exact.length <= MOST_TEXTS ? exact : null, required };
};

const ofClass = ({ negate, elements }: AST.CharacterClass): Known => {
  if (negate) return NOTHING;
  const characters: string[] = [];
  for (const element of elements) {
    if (element.type === 'Character') characters.push(String.fromCodePoint(element.value));
    else if (element.type === 'CharacterClassRange' && element.max.value - element.min.value < MOST_TEXTS)
      for (let code = element.min.value; code <= element.max.value; code++) characters.push(String.fromCodePoint(code));
    else return NOTHING;
  }
  return { exact: characters, required: null };
};

const ofQuantifier = ({ min, max, element }: AST.Quantifier): Known => {
  const once = knownOf(element);
  if (min === 0) return max === 1 && once.exact !== null ? { exact: ['', ...once.exact], required: null } : NOTHING;
  return max === 1 ? once : { exact: null, required: requiredOf(once) };
};

const ofAlternatives = (alternatives: readonly AST.Alternative[]): Known =>
  oneOf(alternatives.map(({ elements }) => inSequence(elements.map(knownOf))));

const knownOf = (node: AST.Element): Known => {
  switch (node.type) {
    case 'Assertion':
      return EMPTY;
    case 'Character':
      return { exact: [String.fromCodePoint(node.value)], required: null };
    case 'CharacterClass':
      return ofClass(node);
    case 'Quantifier':
      return ofQuantifier(node);
    case 'Group':
    case 'CapturingGroup':
      return ofAlternatives(node.alternatives);
    default:
      return NOTHING;
  }
};

/**
 * Pieces of text, none of them short, of which every text that the expression matches holds one. Null where none
 * are known, as of expressions that ignore case.
 */
export const requiredText = (pattern: RegExp): readonly string[] | null => {
  if (pattern.ignoreCase) return null;
  return requiredOf(ofAlternatives(parseRegExpLiteral(pattern).pattern.alternatives));
};
