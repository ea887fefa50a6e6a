import { isObject, type Json, parseJson } from '../json-value.ts';
import type { AnswerCall } from '../reading.ts';
import { jsonText, stringOf } from './content.ts';

/** A piece of a call in a stream, or all of it. `id` and `name` are '' where they are not told. */
type Piece = { kind: AnswerCall['kind']; id: string; name: string; arguments: string; problem: string };

const NOT_AN_OBJECT = 'the call is no object';
const NO_NAME = 'the call names no function';
const ID_NO_TEXT = 'its id is no text';
const TOO_DEEP = 'its arguments are nested too deep';

/** What a model wrote: JSON as a text. Servers that send the value itself break their clients. */
export const writtenOf = (args: unknown): { arguments: string; problem: string } => {
  if (typeof args === 'string') return { arguments: args, problem: '' };
  if (args === undefined || args === null) return { arguments: '', problem: '' };
  const text = jsonText(args);
  return {
    arguments: text ?? '',
    problem: text === null ? TOO_DEEP : 'its arguments are a value, not the text of one',
  };
};

const isTextOrNone = (value: unknown): boolean => value === undefined || value === null || typeof value === 'string';

/** Of a function (`function: {name, arguments}`) or a custom tool (`custom: {name, input}`). */
const pieceOf = (call: Json): Piece => {
  const isCustom = isObject(call['custom']) || (call['type'] === 'custom' && !isObject(call['function']));
  const called = call[isCustom ? 'custom' : 'function'];
  const { name, input, arguments: args }: Json = isObject(called) ? called : {};
  const written = writtenOf(isCustom ? input : args);
  return {
    kind: isCustom ? 'custom' : 'function',
    id: stringOf(call['id']),
    name: stringOf(name),
    arguments: written.arguments,
    problem: isTextOrNone(call['id']) ? written.problem : ID_NO_TEXT,
  };
};

/** A call that is all there. Nobody can answer a custom tool's from a conversation. */
export const finished = ({ kind, id, name, arguments: args, problem }: Piece): AnswerCall => ({
  kind,
  id: kind === 'custom' ? '' : id,
  name,
  arguments: args,
  problem: problem !== '' || name !== '' ? problem : NO_NAME,
});

const listOf = (calls: unknown): readonly unknown[] => {
  if (Array.isArray(calls)) return calls.filter((call) => call !== undefined && call !== null);
  // Some languages write an empty list as an empty object.
  return isObject(calls) && Object.keys(calls).length > 0 ? [calls] : [];
};

const NO_PIECE: Piece = { kind: 'function', id: '', name: '', arguments: '', problem: NOT_AN_OBJECT };

/** The calls of a whole message. The older `function_call` says the same once more where there are others. */
export const callsIn = (message: Json): AnswerCall[] => {
  const calls = listOf(message['tool_calls']).map((call) => finished(isObject(call) ? pieceOf(call) : NO_PIECE));
  const { function_call: older } = message;
  return calls.length === 0 && isObject(older) ? [finished(pieceOf({ function: older }))] : calls;
};

/** Servers send a name in pieces, again in every piece, or a little more of it each time. */
const joinedName = (before: string, more: string): string => (more.startsWith(before) ? more : before + more);

const isWholeJson = (text: string): boolean => text !== '' && parseJson(text) !== undefined;

/**
 * Whether a piece for the same place begins another call, as from servers that number all calls 0: it has a name, and another id,
 * or arguments of its own after those that were whole. An id alone is no new call: some servers make one up each time.
 */
const beginsAnother = (open: Piece, piece: Piece): boolean => {
  if (piece.name === '') return false;
  if (piece.id !== '' && open.id !== '') return piece.id !== open.id;
  const isAnew = piece.arguments.trimStart().startsWith('{') || (piece.id !== '' && piece.name !== open.name);
  return isAnew && isWholeJson(open.arguments);
};

type OpenCall = Piece & { index: number | null };

/** Where the older `function_call` stands, of which there is one. */
const OLDER = -1;

/** Puts calls together from a stream's deltas, by index and id. */
export class CallPieces {
  readonly #calls: OpenCall[] = [];
  readonly #byIndex = new Map<number, OpenCall>();
  readonly #byId = new Map<string, OpenCall>();

  add(delta: Json): void {
    const { tool_calls: pieces, function_call: older } = delta;
    if (pieces !== undefined)
      for (const piece of listOf(pieces)) {
        if (isObject(piece)) this.#take(typeof piece['index'] === 'number' ? piece['index'] : null, pieceOf(piece));
        else this.#open(null, NO_PIECE);
      }
    if (isObject(older)) this.#take(OLDER, pieceOf({ function: older }));
  }

  /** In the order of their indexes, those that share one as they came. */
  finished(): AnswerCall[] {
    const newer = this.#calls.filter(({ index }) => index !== OLDER);
    const calls = newer.length > 0 ? newer : this.#calls;
    return calls.toSorted((a, b) => (a.index ?? Infinity) - (b.index ?? Infinity) || 0).map(finished);
  }

  #take(index: number | null, piece: Piece): void {
    const open = this.#openFor(index, piece);
    if (open === undefined || beginsAnother(open, piece)) this.#open(index, piece);
    else {
      open.id ||= piece.id;
      open.name = joinedName(open.name, piece.name);
      open.arguments += piece.arguments;
      open.problem ||= piece.problem;
      if (piece.kind === 'custom') open.kind = 'custom';
    }
  }

  /** An id that was seen is the same call's, unless it has another index; else the latest goes on, of that index if there is one. */
  #openFor(index: number | null, { id }: Piece): OpenCall | undefined {
    const known = this.#byId.get(id);
    if (known !== undefined && (index === null || known.index === index)) return known;
    return index === null ? this.#calls.at(-1) : this.#byIndex.get(index);
  }

  #open(index: number | null, piece: Piece): void {
    const open = { ...piece, index };
    this.#calls.push(open);
    if (index !== null) this.#byIndex.set(index, open);
    if (piece.id !== '') this.#byId.set(piece.id, open);
  }
}
