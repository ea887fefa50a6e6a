import { distance } from 'fastest-levenshtein';
import { type Asked, readAnswer } from '../openai/answer.ts';
import { type Answer, argumentsText } from '../openai/reading.ts';
import type { Shadow } from '../schemas/exchange.ts';
import { isObject, parseJson } from '../openai/json-value.ts';

type Side = Pick<Shadow, 'status' | 'outcome' | 'responseBody'>;
export type Comparison = Pick<Shadow, 'differences' | 'similarity'>;

export const MAX_DIFFERENCES = 32;
export const MAX_PATH_CHARACTERS = 160;
/** The distance costs the product of the lengths: a millisecond at this one. */
const MAX_COMPARED_CHARACTERS = 2_000;
const MAX_DEPTH = 64;

/** What is another in each answer, or says nothing of it; the usage has metrics of its own. */
const ENVELOPE: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'created_at',
  'model',
  'system_fingerprint',
  'service_tier',
  'usage',
]);

/** The value of a JSON object's or array's text, undefined of any other. */
const documentOf = (text: string): object | undefined => {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null ? value : undefined;
};

const step = (path: string, key: string): string => {
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
};

const bounded = (path: string): string =>
  path.length > MAX_PATH_CHARACTERS ? `${path.slice(0, MAX_PATH_CHARACTERS - 1).toWellFormed()}…` : path;

/** Below the depth that is looked at, values are equal if their texts are. */
const isSameText = (a: unknown, b: unknown): boolean => {
  try {
    return JSON.stringify(a) === JSON.stringify(b);
  } catch {
    return false;
  }
};

/** Adds the paths where two JSON values differ, in order of keys and indexes, until there are enough of them. */
const addDifferences = (found: Set<string>, path: string, a: unknown, b: unknown, depth = 0): void => {
  if (found.size >= MAX_DIFFERENCES || a === b) return;
  const areLists = Array.isArray(a) && Array.isArray(b);
  const areObjects = isObject(a) && isObject(b);
  if (!areLists && !areObjects) found.add(bounded(path));
  else if (depth >= MAX_DEPTH) {
    if (!isSameText(a, b)) found.add(bounded(path));
  } else if (areLists) {
    const length = Math.max(a.length, b.length);
    for (let i = 0; i < length && found.size < MAX_DIFFERENCES; i += 1)
      addDifferences(found, `${path}[${i}]`, a[i], b[i], depth + 1);
  } else if (areObjects)
    for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
      if (found.size >= MAX_DIFFERENCES) return;
      const [ofA, ofB] = [a, b].map((side) => (Object.hasOwn(side, key) ? side[key] : undefined));
      addDifferences(found, step(path, key), ofA, ofB, depth + 1);
    }
};

/** Two texts field by field if both are JSON documents, else as one value. */
const addTexts = (found: Set<string>, path: string, a: string, b: string): void => {
  const [documentA, documentB] = [documentOf(a), documentOf(b)];
  if (documentA && documentB) addDifferences(found, path, documentA, documentB);
  else addDifferences(found, path, a, b);
};

/** A call of another tool has other arguments anyway; they say nothing more. */
const addCalls = (found: Set<string>, a: Answer['calls'], b: Answer['calls']): void => {
  for (let i = 0; i < Math.max(a.length, b.length) && found.size < MAX_DIFFERENCES; i += 1) {
    const [ofA, ofB] = [a[i], b[i]];
    const path = `tool_calls[${i}]`;
    if (!ofA || !ofB) found.add(path);
    else if (ofA.kind !== ofB.kind) found.add(`${path}.type`);
    else if (ofA.name !== ofB.name) found.add(`${path}.name`);
    // Free text, of which nothing is not the same as an empty object.
    else if (ofA.kind === 'custom') addTexts(found, `${path}.input`, ofA.arguments, ofB.arguments);
    else addTexts(found, `${path}.arguments`, argumentsText(ofA.arguments), argumentsText(ofB.arguments));
  }
};

/**
 * How alike two texts are: 1 − distance / length of the longer one (Levenshtein, 1966), of their first 2,000 characters. A text
 * and none are not alike at all; of none and none there is nothing to compare.
 */
export const similarityOf = (a: string, b: string): number | null => {
  const [isBlankA, isBlankB] = [a.trim() === '', b.trim() === ''];
  if (isBlankA || isBlankB) return isBlankA && isBlankB ? null : 0;
  const [ofA, ofB] = [a, b].map((text) => text.slice(0, MAX_COMPARED_CHARACTERS)) as [string, string];
  return 1 - distance(ofA, ofB) / Math.max(ofA.length, ofB.length);
};

const withoutEnvelope = (value: object): unknown =>
  Array.isArray(value) ? value : Object.fromEntries(Object.entries(value).filter(([key]) => !ENVELOPE.has(key)));

/** Answers of another form: JSON by its fields, all else as one text. Gives the similarity of the texts. */
const addUnknown = (found: Set<string>, a: string, b: string): number | null => {
  const [documentA, documentB] = [documentOf(a), documentOf(b)];
  if (documentA && documentB) {
    addDifferences(found, '', withoutEnvelope(documentA), withoutEnvelope(documentB));
    return null;
  }
  addDifferences(found, 'content', a, b);
  return similarityOf(a, b);
};

/** A refusal is what a user gets to read where there is no other text. */
const readText = ({ text, refusal }: Answer): string => text ?? refusal;

/** A call without words is another kind of answer; `tool_calls` tells of it. */
const speaksByCalls = (answer: Answer): boolean => answer.calls.length > 0 && readText(answer).trim() === '';

const addAnswers = (found: Set<string>, a: Answer, b: Answer): number | null => {
  addDifferences(found, 'finish_reason', a.finishReason, b.finishReason);
  addTexts(found, 'content', readText(a), readText(b));
  if ((a.refusal === '') !== (b.refusal === '')) found.add('refusal');
  addCalls(found, a.calls, b.calls);
  return [a, b].some(speaksByCalls) ? null : similarityOf(readText(a), readText(b));
};

/** Embeddings, among others: what there is to compare is no words. */
const isWordless = (answer: Answer): boolean => readText(answer) === '' && answer.calls.length === 0;

const isWhole = ({ state }: Side['responseBody']): boolean => state === 'full' || state === 'redacted';

/**
 * Where two answers to one request differ, after Diffy: `outcome`, `status`, `finish_reason`, the text as `content`, and
 * field by field what is JSON: `tool_calls[0].arguments.order_id`, `content.items[2].price`. Objects are compared by key
 * whatever the order, arrays by index, numbers by value. Of answers that failed, or whose bodies were cut, no more than
 * outcome and status are compared. At most 32 paths of at most 160 characters.
 */
export const compareAnswers = (a: Side, b: Side, asked: Asked): Comparison => {
  const found = new Set<string>();
  addDifferences(found, 'outcome', a.outcome, b.outcome);
  addDifferences(found, 'status', a.status, b.status);
  const isComparable = [a, b].every(({ outcome, responseBody }) => outcome === 'ok' && isWhole(responseBody));
  let similarity: number | null = null;
  if (isComparable) {
    const [ofA, ofB] = [a, b].map(({ responseBody }) => {
      const reading = readAnswer(responseBody, asked);
      return reading.kind === 'answer' ? reading.answer : null;
    }) as [Answer | null, Answer | null];
    if (ofA && ofB && !(isWordless(ofA) && isWordless(ofB))) similarity = addAnswers(found, ofA, ofB);
    else if ((ofA === null) !== (ofB === null)) found.add('body');
    else similarity = addUnknown(found, a.responseBody.text, b.responseBody.text);
  }
  return { differences: [...found], similarity };
};
