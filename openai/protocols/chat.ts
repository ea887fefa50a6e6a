import { isObject, type Json, objectsIn } from '../json-value.ts';
import type { Answer, Reading } from '../reading.ts';
import { CallPieces, callsIn } from './calls.ts';
import {
  contentRefusal,
  contentText,
  hasMore,
  isContent,
  objectAt,
  reasonOrNull,
  stringOf,
  textOrNull,
} from './content.ts';
import { answered, broken, NO_END, type Protocol } from './protocol.ts';
import { isError } from './told-error.ts';

const FAILED = 'a choice ended in an error';

/** Gateways that stand before a failing model say so in the choice. */
const hasFailed = (choice: Json): boolean => choice['finish_reason'] === 'error' || isError(choice['error']);

const errorIn = (choices: readonly Json[]): Reading | null =>
  choices.some(hasFailed) ? { kind: 'error', reason: FAILED } : null;

/** What a choice says: chat's message, or the text of a completion; undefined where there is neither. */
const messageOf = (choice: Json): Json | undefined => {
  const message = objectAt(choice, 'message');
  if (message !== undefined) return isContent(message['content']) ? message : undefined;
  return typeof choice['text'] === 'string' ? { content: choice['text'] } : undefined;
};

const contentOf = (message: Json): Omit<Answer, 'finishReason'> => {
  const { content, refusal } = message;
  return {
    text: textOrNull(contentText(content)),
    refusal: stringOf(refusal) || contentRefusal(content),
    calls: callsIn(message),
  };
};

const ofDocument = (document: Json): Reading | null => {
  const choices = objectsIn(document['choices']);
  const failed = errorIn(choices);
  if (failed !== null) return failed;
  const message = choices[0] && messageOf(choices[0]);
  if (message === undefined) return null;
  const answer = { ...contentOf(message), finishReason: reasonOrNull(choices[0]!['finish_reason']) };
  return answered(answer, showsMore(message));
};

/** Sound and pictures have members of their own. */
const showsMore = ({ audio, images, content }: Json): boolean =>
  isObject(audio) || (Array.isArray(images) && images.length > 0) || hasMore(content);

/** What one event adds. */
const deltaOf = (choice: Json): Json => objectAt(choice, 'delta') ?? { content: choice['text'] };

/** What a stream told of its first choice piece by piece; where that is nothing, what the last whole message in it says. */
const toldIn = (told: Omit<Answer, 'finishReason'>, message: Json | undefined): Omit<Answer, 'finishReason'> => {
  if (message === undefined || told.text !== null || told.refusal !== '' || told.calls.length > 0) return told;
  return contentOf(message);
};

const ofEvents: Protocol['ofEvents'] = (events, isDone) => {
  const calls = new CallPieces();
  const unfinished = new Set<number>();
  const finished = new Set<number>();
  let text = '';
  let refusal = '';
  let finishReason: string | null = null;
  let message: Json | undefined;
  let isMore = false;
  for (const { value } of events) {
    const choices = objectsIn(value['choices']);
    const failed = errorIn(choices);
    if (failed !== null) return failed;
    for (const choice of choices) {
      const index = typeof choice['index'] === 'number' ? choice['index'] : 0;
      const reason = reasonOrNull(choice['finish_reason']);
      if (reason !== null) finished.add(index);
      else unfinished.add(index);
      if (index !== 0) continue;
      const delta = deltaOf(choice);
      text += contentText(delta['content']);
      refusal += stringOf(delta['refusal']) || contentRefusal(delta['content']);
      calls.add(delta);
      isMore ||= showsMore(delta);
      finishReason = reason ?? finishReason;
      message = objectAt(choice, 'message') ?? message;
    }
  }
  if (finished.size + unfinished.size === 0) return null;
  const isWhole = isDone || [...unfinished].every((index) => finished.has(index));
  if (!isWhole) return broken(NO_END);
  const told = toldIn({ text: textOrNull(text), refusal, calls: calls.finished() }, message);
  return answered({ ...told, finishReason }, isMore || (message !== undefined && showsMore(message)));
};

/** `/v1/chat/completions`, and `/v1/completions`, whose choices have a text in place of a message. */
export const CHAT: Protocol = { name: 'chat completion', ofDocument, ofEvents };
