import { body } from '../../../schemas/exchange.fixture.ts';
import { completionOf, exchangeOf } from '../../answers/exchange.fixture.ts';
import { answersOf } from '../../answers/scorable-answer.ts';
import type { ScorableAnswer } from '../../answers/scorable-answer.ts';
import type { Reference } from '../../answers/tool-match.ts';

/**
 * One exchange with the value that a person gives it, by the metric's definition and not by what its rule can see; null says
 * that the metric does not apply. A request in words is the user's only message, an answer in words is the assistant's text.
 */
export type LabelledCase = {
  why: string;
  request: string | Readonly<Record<string, unknown>>;
  answer: string | Readonly<Record<string, unknown>>;
  /** Why the model says that it stopped. */
  finish?: string;
  reference?: Reference;
  expected: number | null;
};

export const answeredOf = ({
  request,
  answer,
  finish,
}: Pick<LabelledCase, 'request' | 'answer' | 'finish'>): ScorableAnswer => {
  const asked = typeof request === 'string' ? { messages: [{ role: 'user', content: request }] } : request;
  const message = typeof answer === 'string' ? { content: answer } : answer;
  const exchange = exchangeOf({
    requestBody: body(JSON.stringify({ model: 'support', ...asked })),
    responseBody: completionOf(
      { role: 'assistant', ...message },
      finish === undefined ? {} : { finish_reason: finish },
    ),
  });
  return answersOf({ exchange, shadow: null }).live;
};

/** An assistant's message that makes calls; arguments in words are sent as they are. */
export const calling = (...calls: readonly (readonly [name: string, args: unknown])[]): Record<string, unknown> => ({
  content: null,
  tool_calls: calls.map(([name, args], i) => ({
    id: `call_${i}`,
    type: 'function',
    function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
  })),
});

const tool = (name: string, properties: Readonly<Record<string, unknown>>, required: readonly string[]): unknown => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties, required, additionalProperties: false } },
});

/** A shop's tools. */
export const TOOLS: readonly unknown[] = [
  tool('get_order', { id: { type: 'string' } }, ['id']),
  tool('refund', { id: { type: 'string' }, amount: { type: 'number' }, reason: { type: 'string' } }, ['id', 'amount']),
  tool('get_weather', { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } }, [
    'city',
  ]),
  tool('tag', { labels: { type: 'array', items: { type: 'string' } }, urgent: { type: 'boolean' } }, ['labels']),
];

/** A user's message with the shop's tools, and what stands before it and after it. */
export const withTools = (text: string, ...rest: readonly unknown[]): Record<string, unknown> => ({
  messages: [{ role: 'user', content: text }, ...rest],
  tools: TOOLS,
});

/** Answers to one request, all of one label. */
export const answers = (expected: number, texts: readonly string[]): LabelledCase[] =>
  texts.map((answer) => ({ why: '', request: 'Please do it.', answer, expected }));

/** Requests and their answers. */
export const asked = (
  expected: number,
  pairs: readonly (readonly [request: string, answer: string])[],
): LabelledCase[] => pairs.map(([request, answer]) => ({ why: '', request, answer, expected }));

/** Results of a tool that was called, before an answer that calls none. */
export const results = (expected: number, texts: readonly string[]): LabelledCase[] =>
  texts.map((content) => ({
    why: content,
    request: withTools(
      'Where is A-17?',
      { role: 'assistant', ...calling(['get_order', { id: 'A-17' }]) },
      { role: 'tool', tool_call_id: 'call_0', content },
    ),
    answer: 'Let me see.',
    expected,
  }));
