import { requiredText } from './required-text.ts';

/** Phrases with what each is a sign of, in order. */
export type Phrases<K> = readonly (readonly [kind: K, pattern: RegExp])[];

/** Longer pieces are cut to this: hardly any text that holds the beginning of one does not hold the rest. */
const LONGEST_PIECE = 16;

/**
 * An automaton that finds all of many pieces of text in one walk over a text (Aho & Corasick 1975), with its failure links
 * followed beforehand. `found` has, by state, the phrases whose pieces end there.
 */
type Automaton = { classOf: Uint8Array; classes: number; next: Uint16Array; found: readonly (readonly number[])[] };

type State = { next: Map<string, State>; number: number; phrases: Set<number>; fallback: State | null };

const newState = (number: number): State => ({ next: new Map(), number, phrases: new Set(), fallback: null });

const trieOf = (pieces: readonly (readonly [piece: string, phrase: number])[]): State[] => {
  const states = [newState(0)];
  for (const [piece, phrase] of pieces) {
    let at = states[0]!;
    for (let i = 0; i < piece.length; i++) {
      const unit = piece[i]!;
      let to = at.next.get(unit);
      if (!to) {
        to = newState(states.length);
        states.push(to);
        at.next.set(unit, to);
      }
      at = to;
    }
    at.phrases.add(phrase);
  }
  return states;
};

const automatonOf = (pieces: readonly (readonly [piece: string, phrase: number])[]): Automaton => {
  const states = trieOf(pieces);
  const units = [...new Set(pieces.flatMap(([piece]) => piece.split('')))];
  // Class 0 is of all that stands in no piece.
  const classOf = new Uint8Array(0x1_00_00);
  for (const [i, unit] of units.entries()) classOf[unit.charCodeAt(0)] = i + 1;
  const classes = units.length + 1;
  if (classes > 256 || states.length > 0xff_ff) throw new Error('more phrases than this search is made for');
  const next = new Uint16Array(states.length * classes);
  const root = states[0]!;
  const queue: State[] = [root];
  for (let at = queue.shift(); at; at = queue.shift()) {
    const { fallback } = at;
    for (const phrase of fallback?.phrases ?? []) at.phrases.add(phrase);
    for (const [i, unit] of units.entries()) {
      const to = at.next.get(unit);
      const otherwise = fallback ? next[fallback.number * classes + i + 1]! : 0;
      next[at.number * classes + i + 1] = to ? to.number : otherwise;
      if (!to) continue;
      to.fallback = states[otherwise]!;
      queue.push(to);
    }
  }
  return { classOf, classes, next, found: states.map(({ phrases }) => [...phrases]) };
};

/** Marks the phrases that have a piece in the text. */
const mark = ({ classOf, classes, next, found }: Automaton, text: string, marks: Uint8Array): void => {
  let state = 0;
  for (let i = 0; i < text.length; i++) {
    state = next[state * classes + classOf[text.charCodeAt(i)]!]!;
    const phrases = found[state]!;
    for (let j = 0; j < phrases.length; j++) marks[phrases[j]!] = 1;
  }
};

/**
 * Looks for many phrases at once. An expression runs only on texts that hold what it can't match without (required-text.ts),
 * so that most texts run a few of a hundred; what is found is the same as if all of them ran.
 */
export const phraseSearch = <K>(
  phrases: Phrases<K>,
): { all(text: string): K[]; first(text: string): K | undefined } => {
  const required = phrases.map(([, pattern]) => requiredText(pattern));
  const always = Uint8Array.from(required, (pieces) => (pieces === null ? 1 : 0));
  const automaton = automatonOf(
    required.flatMap((pieces, i) => (pieces ?? []).map((piece) => [piece.slice(0, LONGEST_PIECE), i] as const)),
  );
  const search = (text: string, onlyFirst: boolean): K[] => {
    const marks = always.slice();
    mark(automaton, text, marks);
    const kinds: K[] = [];
    for (const [i, [kind, pattern]] of phrases.entries()) {
      if (marks[i] === 0 || kinds.includes(kind) || !pattern.test(text)) continue;
      kinds.push(kind);
      if (onlyFirst) break;
    }
    return kinds;
  };
  return { all: (text) => search(text, false), first: (text) => search(text, true)[0] };
};
