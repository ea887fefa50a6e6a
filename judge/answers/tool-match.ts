import type { OfferedFunction, ToolCall } from './tool-schema.ts';
import { isObject } from '../../openai/json-value.ts';
import { argumentsText } from '../../openai/reading.ts';

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
 * (there, none).
 */
export function matchToolCalls(
  calls: readonly ToolCall[],
  accepted: AcceptedCalls | null,
  offered: readonly OfferedFunction[],
): TaskVerdict {
  if (accepted === null) {
    const first = calls[0];
    return first === undefined ? success : failure(`called ${first.name}, but no call is right`);
  }
  if (calls.length !== accepted.length) {
    return failure(`${calls.length} calls made, ${accepted.length} expected`);
  }
  const mismatches = mismatchesOf(calls, accepted, offered);
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
export function countRightCalls(
  calls: readonly ToolCall[],
  accepted: AcceptedCalls,
  offered: readonly OfferedFunction[],
): number {
  return paired(mismatchesOf(calls, accepted, offered)).filter(Boolean).length;
}

const success: TaskVerdict = { success: true, reason: '' };
const failure = (reason: string): TaskVerdict => ({ success: false, reason });

/** A row for each accepted call, in it a column for each call made: null where they are the same. */
function mismatchesOf(
  calls: readonly ToolCall[],
  accepted: AcceptedCalls,
  offered: readonly OfferedFunction[],
): (string | null)[][] {
  return accepted.map((one) => calls.map((call) => callMismatch(call, one, offered)));
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
function callMismatch(call: ToolCall, accepted: AcceptedCall, offered: readonly OfferedFunction[]): string | null {
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
  const given = args;
  const missing = requiredOf(name, offered).find((key) => !Object.hasOwn(given, key));
  if (missing !== undefined) return `required parameter ${missing} is missing`;
  for (const [key, value] of Object.entries(args)) {
    if (!Object.hasOwn(parameters, key)) return `parameter ${key} is unexpected`;
    if (!isAccepted(value, parameters[key])) {
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

/** `accepted` is a list of accepted values, or an object that accepts an object key by key. */
function isAccepted(value: unknown, accepted: unknown): boolean {
  if (isObject(accepted)) return equals(value, accepted);
  return Array.isArray(accepted) && accepted.some((one) => equals(value, one));
}

function equals(value: unknown, accepted: unknown): boolean {
  if (typeof accepted === 'string') {
    if (typeof value === 'string') return standardString(value) === standardString(accepted);
    // What may be left out may be given as an empty list.
    return accepted === '' && Array.isArray(value) && value.length === 0;
  }
  if (Array.isArray(accepted)) {
    if (!Array.isArray(value) || value.length !== accepted.length) return false;
    return accepted.every((one, index) => equals(value[index], one));
  }
  if (isObject(accepted)) {
    if (!isObject(value)) return false;
    if (!Object.keys(value).every((key) => Object.hasOwn(accepted, key) && isAccepted(value[key], accepted[key])))
      return false;
    return Object.keys(accepted).every((key) => Object.hasOwn(value, key) || mayBeAbsent(accepted[key]));
  }
  return value === accepted;
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
