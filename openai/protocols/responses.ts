import { isObject, type Json, objectsIn } from '../json-value.ts';
import type { AnswerCall, Reading } from '../reading.ts';
import { finished, writtenOf } from './calls.ts';
import { contentRefusal, contentText, hasMore, isMore, reasonOrNull, stringOf, textOrNull } from './content.ts';
import { answered, broken, NO_END, type Protocol } from './protocol.ts';

const FAILED = 'the response failed';

/** No round can answer these from a conversation, so they have no id. */
const callOf = (item: Json): AnswerCall[] => {
  const isCustom = item['type'] === 'custom_tool_call';
  if (!isCustom && item['type'] !== 'function_call') return [];
  const { name, input, arguments: args } = item;
  const written = writtenOf(isCustom ? input : args);
  return [finished({ ...written, kind: isCustom ? 'custom' : 'function', id: '', name: stringOf(name) })];
};

/** Agents' own protocols may have an `output`, too. */
const isResponse = (document: Json, items: readonly Json[]): boolean =>
  document['object'] === 'response' || items.some(({ type }) => typeof type === 'string');

const ofDocument = (document: Json): Reading | null => {
  const { output, status } = document;
  const items = objectsIn(output);
  if (!Array.isArray(output) || !isResponse(document, items)) return null;
  if (status === 'failed') return { kind: 'error', reason: FAILED };
  if (status === 'cancelled') return broken('the response was cancelled');
  const contents = items.filter(({ type }) => type === 'message').map(({ content }) => content);
  const answer = {
    text: textOrNull(contents.map(contentText).join('')),
    refusal: contents.map(contentRefusal).join(''),
    calls: items.flatMap(callOf),
    finishReason: reasonOrNull(status),
  };
  return answered(answer, items.some(isMore) || contents.some(hasMore));
};

const LAST = /^response\.(?:completed|incomplete)$/;

/** The last event has all of the response within; of servers that leave its output out, it is what the events before told. */
const ofEvents: Protocol['ofEvents'] = (events) => {
  const items: unknown[] = [];
  let isBegun = false;
  for (const { name, value } of events) {
    const type = stringOf(value['type']) || name;
    isBegun ||= type.startsWith('response.');
    if (type === 'response.output_item.done') items.push(value['item']);
    const { response } = value;
    if (!LAST.test(type) || !isObject(response)) continue;
    const { output } = response;
    const hasOutput = Array.isArray(output) && output.length > 0;
    return ofDocument({ ...response, object: 'response', output: hasOutput ? output : items });
  }
  return isBegun ? broken(NO_END) : null;
};

/** `/v1/responses`. */
export const RESPONSES: Protocol = { name: 'response', ofDocument, ofEvents };
