import type { OfferedFunction, ToolCall } from './tool-schema.ts';
import { isObject, type Json } from '../../openai/json-value.ts';
import { argumentsText } from '../../openai/reading.ts';
import { isMasked } from './masked.ts';
import { asMasked, nameBehind } from './masked-reference.ts';

/**
 * One call that counts as right: `{function: {parameter: accepted values}}`. The value '' among the accepted ones says that
 * the parameter may be left out. An accepted object holds, for each of its keys, a list of accepted values again
 * (or an object, which is read the same way).
 */
export type AcceptedCall = Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>;
/** All the calls the right answer makes, in any order. */
export type AcceptedCalls = readonly AcceptedCall[];

/** Ground truth for one request; `accepted` null means that the right answer is no call. */
export type Reference = { accepted: AcceptedCalls | null };

/** The calls of an answer. `masks` are the marks that stand in them for what redaction took out. */
export type MadeCalls = { toolCalls: readonly ToolCall[]; masks: ReadonlySet<string> };

/** `reason` is '' on success, else the first mismatch in words. */
export type TaskVerdict = { readonly success: boolean; readonly reason: string };

/**
 * Task success of function calling by accepted answers, after the AST checker of the Berkeley Function Calling
 * Leaderboard (Patil et al. 2025). Every accepted call must be made exactly once, in any order, and no other;
 * `accepted` null says that the right answer makes no call. Strings are compared without case, spaces and `,./-_*^`.
 *
 * It departs from that checker in four things: JSON has one kind of number, so 1 is 1.0 everywhere (there, only for
 * a parameter that is a float itself); strings are compared alike at every depth (there, to one level); a pairing of
 * calls with answers is found whenever one exists (there, greedily); a call whose arguments are not JSON is a call
 * (there, none). A value in which something was masked is the accepted one if that, masked, is the same.
 */
export function matchToolCalls(
  made: MadeCalls,
  accepted: AcceptedCalls | null,
  offered: readonly OfferedFunction[],
): TaskVerdict {
  const { toolCalls: calls } = made;
  if (accepted === null) {
    const first = calls[0];
    return first === undefined ? success : failure(`called ${first.name}, but no call is right`);
  }
  if (calls.length !== accepted.length) {
    return failure(`${calls.length} calls made, ${accepted.length} expected`);
  }
  const mismatches = mismatchesOf(made, accepted, offered);
  const unmatched = paired(mismatches).indexOf(false);
  if (unmatched === -1) return success;
  const reasons = (mismatches[unmatched] ?? []).map((mismatch) => mismatch ?? 'is needed for another answer');
  if (reasons.length === 1) return failure(reasons[0] ?? '');
  const name = Object.keys(accepted[unmatched] ?? {})[0];
  return failure(
    `no call for answer ${unmatched + 1} (${name}): ${reasons.map((r, i) => `call ${i + 1}: ${r}`).join('; ')}`,
  );
}

/**
 * How many of the accepted calls were made, each by a call of its own, by the same comparison as `matchToolCalls`. A call
 * with a wrong argument is not made at all: what it does is not what was asked for.
 */
export function countRightCalls(made: MadeCalls, accepted: AcceptedCalls, offered: readonly OfferedFunction[]): number {
  return paired(mismatchesOf(made, accepted, offered)).filter(Boolean).length;
}

const success: TaskVerdict = { success: true, reason: '' };
const failure = (reason: string): TaskVerdict => ({ success: false, reason });

/** A row for each accepted call, in it a column for each call made: null where they are the same. */
function mismatchesOf(
  { toolCalls, masks }: MadeCalls,
  accepted: AcceptedCalls,
  offered: readonly OfferedFunction[],
): (string | null)[][] {
  return accepted.map((one) => toolCalls.map((call) => callMismatch(call, one, offered, masks)));
}

/**
 * Pairs each row with a column of its own where it is null, as many rows as can be, by augmenting paths (Kuhn 1955): which
 * rows have one.
 */
function paired(mismatches: readonly (readonly (string | null)[])[]): boolean[] {
  const rowOf = new Map<number, number>();
  function place(row: number, tried: Set<number>): boolean {
    for (const [column, mismatch] of (mismatches[row] ?? []).entries()) {
      if (mismatch !== null || tried.has(column)) continue;
      tried.add(column);
      const holder = rowOf.get(column);
      if (holder !== undefined && !place(holder, tried)) continue;
      rowOf.set(column, row);
      return true;
    }
    return false;
  }
  return mismatches.map((_, row) => place(row, new Set()));
}

/** Null when the call is the accepted one, else what differs first. */
function callMismatch(
  call: ToolCall,
  accepted: AcceptedCall,
  offered: readonly OfferedFunction[],
  masks: ReadonlySet<string>,
): string | null {
  const [name, parameters] = Object.entries(accepted)[0] ?? ['', {}];
  if (plainName(call.name) !== plainName(name)) return `called ${call.name}, expected ${name}`;
  if (call.problem) return `the call of ${call.name}: ${call.problem}`;
  let args: unknown;
  try {
    args = JSON.parse(argumentsText(call.arguments));
  } catch {
    return `the arguments of ${call.name} are not JSON`;
  }
  if (!isObject(args)) return `the arguments of ${call.name} are not a JSON object`;
  const given = withNames(args, parameters, masks);
  const missing = requiredOf(name, offered).find((key) => !Object.hasOwn(given, key));
  if (missing !== undefined) return `required parameter ${missing} is missing`;
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(parameters, key)) return `parameter ${key} is unexpected`;
    if (!isAccepted(value, parameters[key], { name: key, masks })) {
      return `parameter ${key} is ${brief(value)}, expected one of ${brief(parameters[key])}`;
    }
  }
  const absent = Object.keys(parameters).find((key) => !Object.hasOwn(given, key) && !parameters[key]?.includes(''));
  return absent === undefined ? null : `parameter ${absent} is missing`;
}

/** The OpenAI API allows no dots in a function's name, so that models are offered, and call, `math_hypot` for `math.hypot`. */
function plainName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_-]/g, '_');
}

function requiredOf(name: string, offered: readonly OfferedFunction[]): string[] {
  const parameters = offered.find((fn) => plainName(fn.name) === plainName(name))?.parameters;
  const required: unknown = isObject(parameters) ? parameters['required'] : undefined;
  return Array.isArray(required) ? required.filter((key) => typeof key === 'string') : [];
}

/** Where a value stands: by the name of its parameter some kinds of personal data are told. */
type Place = { name: string; masks: ReadonlySet<string> };

/** `accepted` is a list of accepted values, or an object that accepts an object key by key. */
function isAccepted(value: unknown, accepted: unknown, place: Place): boolean {
  if (isObject(accepted)) return equals(value, accepted, place);
  return Array.isArray(accepted) && accepted.some((one) => equals(value, one, place));
}

function equals(value: unknown, accepted: unknown, place: Place): boolean {
  if (typeof value === 'string' && isMasked(value, place.masks)) return equalsMasked(value, accepted, place);
  if (typeof accepted === 'string') {
    if (typeof value === 'string') return standardString(value) === standardString(accepted);
    // What may be left out may be given as an empty list.
    return accepted === '' && Array.isArray(value) && value.length === 0;
  }
  if (Array.isArray(accepted)) {
    if (!Array.isArray(value) || value.length !== accepted.length) return false;
    return accepted.every((one, index) => equals(value[index], one, place));
  }
  if (isObject(accepted)) return isObject(value) && equalsObject(value, accepted, place);
  return value === accepted;
}

function equalsMasked(value: string, accepted: unknown, { name }: Place): boolean {
  if (typeof accepted !== 'string' && typeof accepted !== 'number') return false;
  return asMasked(name, accepted).some(
    (masked) => typeof masked === 'string' && standardString(masked) === standardString(value),
  );
}

function equalsObject(value: Json, accepted: Json, { masks }: Place): boolean {
  const given = withNames(value, accepted, masks);
  const isKnown = Object.keys(given).every(
    (key) => Object.hasOwn(accepted, key) && isAccepted(given[key], accepted[key], { name: key, masks }),
  );
  return isKnown && Object.keys(accepted).every((key) => Object.hasOwn(given, key) || mayBeAbsent(accepted[key]));
}

/** An object's members by the names that the accepted one has for them, where their own were masked. */
function withNames(given: Json, accepted: object, masks: ReadonlySet<string>): Json {
  if (!Object.keys(given).some((key) => isMasked(key, masks))) return given;
  const names = Object.keys(accepted);
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [isMasked(key, masks) ? nameBehind(key, names) : key, value]),
  );
}

function mayBeAbsent(accepted: unknown): boolean {
  return Array.isArray(accepted) && accepted.includes('');
}

function standardString(text: string): string {
  return text
    .replaceAll(/[ ,./\-_*^]/g, '')
    .toLowerCase()
    .replaceAll("'", '"');
}

function brief(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 200 ? `${json.slice(0, 200)}…` : json;
}
