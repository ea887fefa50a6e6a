import { isObject, type Json, objectsIn } from '../json-value.ts';
import type { AnswerCall, Reading } from '../reading.ts';
import { contentText, hasMore, isMore, jsonText, objectAt, reasonOrNull, stringOf, textOrNull } from './content.ts';
import { answered, broken, NO_END, type Protocol } from './protocol.ts';

/** A call's input is a JSON value here, and no text. Those that the provider runs itself are none of the client's. */
const callOf = ({ type, name, input }: Json): AnswerCall[] => {
  if (type !== 'tool_use') return [];
  const isInput = input === undefined || input === null || isObject(input);
  const text = isInput && isObject(input) ? jsonText(input) : '';
  const problem = !isInput ? 'its input is no object' : text === null ? 'its input is nested too deep' : '';
  return [{ kind: 'function', id: '', name: stringOf(name), arguments: text ?? '', problem }];
};

/** The API says that a model declined by how the answer stopped. */
const readingOf = (text: string, calls: readonly AnswerCall[], stopReason: unknown, isMore: boolean): Reading => {
  const refusal = stopReason === 'refusal' ? text || 'refusal' : '';
  return answered({ text: textOrNull(text), refusal, calls, finishReason: reasonOrNull(stopReason) }, isMore);
};

const ofDocument = ({ type, content, stop_reason: stopReason }: Json): Reading | null => {
  if (type !== 'message' || (typeof content !== 'string' && !Array.isArray(content))) return null;
  return readingOf(contentText(content), objectsIn(content).flatMap(callOf), stopReason, hasMore(content));
};

/** A block of content as its pieces come: the text of one, or a call with the text of its input. */
type Block = { start: Json; text: string; input: string };

const ofBlock = ({ start, input }: Block): AnswerCall[] =>
  callOf(start).map((call) => (input === '' ? call : { ...call, arguments: input }));

const EVENTS: ReadonlySet<unknown> = new Set([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'message_delta',
]);

const ofEvents: Protocol['ofEvents'] = (events) => {
  const blocks = new Map<unknown, Block>();
  let isMessage = false;
  let isEnded = false;
  let stopReason: unknown = null;
  for (const { value } of events) {
    const { type, index } = value;
    isMessage ||= EVENTS.has(type);
    isEnded ||= type === 'message_stop';
    const delta = objectAt(value, 'delta');
    if (type === 'content_block_start') {
      const start = objectAt(value, 'content_block') ?? {};
      blocks.set(index, { start, text: contentText(start), input: '' });
    } else if (type === 'message_delta') stopReason = delta?.['stop_reason'] ?? stopReason;
    else if (type === 'content_block_delta' && delta !== undefined) {
      const block = blocks.get(index) ?? { start: {}, text: '', input: '' };
      if (delta['type'] === 'text_delta') block.text += stringOf(delta['text']);
      if (delta['type'] === 'input_json_delta') block.input += stringOf(delta['partial_json']);
      blocks.set(index, block);
    }
  }
  if (!isMessage) return null;
  if (!isEnded && reasonOrNull(stopReason) === null) return broken(NO_END);
  const all = [...blocks.values()];
  return readingOf(
    all.map(({ text }) => text).join(''),
    all.flatMap(ofBlock),
    stopReason,
    all.some(({ start }) => isMore(start)),
  );
};

/** Anthropic's Messages: `/v1/messages`, at OpenAI's paths or below an agent's. */
export const ANTHROPIC: Protocol = { name: 'message', ofDocument, ofEvents };
