import { readAnswer } from '../../openai/answer.ts';
import { isObject, objectsIn } from '../../openai/json-value.ts';
import { contentText } from '../../openai/protocols/content.ts';
import type { Case } from './dataset/case.ts';
import type { Answered } from './reply.ts';
import { isReply } from './reply.ts';
import { CHAT_PATH } from './target/chat-endpoint.ts';

/** What the user asked last, as people read it. */
export const questionText = ({ request }: Case): string => {
  const last = objectsIn(request['messages']).findLast(({ role }) => role === 'user');
  return last === undefined ? '' : contentText(last['content']);
};

const callText = ({ name, arguments: given }: { name: string; arguments: string }): string => `${name}(${given})`;

/** An answer as people read it: its words and its calls, or what went wrong in its place. */
export const answerText = (answered: Answered): string => {
  if (!isReply(answered)) return `(no answer: ${answered.missing})`;
  const { contentType, body, outcome, reason, isCut } = answered;
  if (outcome !== 'ok') return `(${outcome}: ${reason})`;
  const state = isCut ? 'truncated' : 'full';
  const reading = readAnswer({ state, contentType, text: body }, { path: CHAT_PATH, answerPath: '' });
  if (reading.kind !== 'answer') return `(${reading.kind}: ${reading.reason})`;
  const { text, refusal, calls } = reading.answer;
  return [text ?? refusal, ...calls.map(callText)].filter((part) => part !== '').join('\n') || '(nothing)';
};

/** What would have been right, where somebody said. */
export const goldenText = ({ golden, accepted }: Case): string => {
  const calls =
    accepted === undefined
      ? []
      : accepted === null
        ? ['(no call)']
        : accepted.map((call) =>
            Object.entries(call)
              .map(([name, given]) => `${name}(${JSON.stringify(plainArguments(given))})`)
              .join(),
          );
  return [golden ?? '', ...calls].filter((part) => part !== '').join('\n');
};

/** The first of the values that are right for each parameter. */
const plainArguments = (given: Readonly<Record<string, readonly unknown[]>>): object =>
  Object.fromEntries(
    Object.entries(given).map(([name, [first]]) => [name, isObject(first) ? plainInner(first) : first]),
  );

const plainInner = (value: object): object =>
  Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, Array.isArray(one) ? (one[0] as unknown) : one]),
  );
