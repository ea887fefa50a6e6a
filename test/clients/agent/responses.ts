import { objectsIn } from '../../../openai/json-value.ts';
import { CHAT } from './chat.ts';
import { event, inHalves, lastUserText, type Protocol } from './protocol.ts';
import { type Said, USAGE } from './script.ts';

type Item = Record<string, unknown>;

const itemOf = ({ pieces, call }: Said): Item => {
  if (call !== null) return { id: 'fc_1', type: 'function_call', status: 'completed', call_id: 'call_1', ...call };
  const content = [{ type: 'output_text', text: pieces.join(''), annotations: [] }];
  return { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content };
};

const responseOf = (output: readonly Item[], status: string): Item => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status,
  model: 'm',
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  output,
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  usage:
    status === 'completed'
      ? {
          input_tokens: USAGE.prompt,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens: USAGE.completion,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: USAGE.prompt + USAGE.completion,
        }
      : null,
});

/** What is told of an item in pieces. */
const piecesOf = ({ pieces, call }: Said): Item[] => {
  if (call !== null)
    return [
      ...inHalves(call.arguments).map((delta) => ({ type: 'response.function_call_arguments.delta', delta })),
      { type: 'response.function_call_arguments.done', name: call.name, arguments: call.arguments },
    ].map((part) => ({ ...part, item_id: 'fc_1', output_index: 0 }));
  const part = { type: 'output_text', text: '', annotations: [] };
  const text = pieces.join('');
  return [
    { type: 'response.content_part.added', part },
    ...pieces.map((delta) => ({ type: 'response.output_text.delta', delta, logprobs: [] })),
    { type: 'response.output_text.done', text, logprobs: [] },
    { type: 'response.content_part.done', part: { ...part, text } },
  ].map((one) => ({ ...one, item_id: 'msg_1', output_index: 0, content_index: 0 }));
};

const begunItem = (item: Item): Item =>
  item['type'] === 'message'
    ? { ...item, status: 'in_progress', content: [] }
    : { ...item, status: 'in_progress', arguments: '' };

/** `/v1/responses`. */
export const RESPONSES: Protocol = {
  path: '/v1/responses',
  asked: ({ input }) => ({
    text: typeof input === 'string' ? input : lastUserText(input),
    hasResult: objectsIn(input).some(({ type }) => type === 'function_call_output'),
  }),
  document: (said) => responseOf([itemOf(said)], 'completed'),
  events: (said) => {
    const item = itemOf(said);
    const parts: Item[] = [
      { type: 'response.created', response: responseOf([], 'in_progress') },
      { type: 'response.in_progress', response: responseOf([], 'in_progress') },
      { type: 'response.output_item.added', output_index: 0, item: begunItem(item) },
      ...piecesOf(said),
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: responseOf([item], 'completed') },
    ];
    return parts.map((part, sequence) => event({ ...part, sequence_number: sequence }, String(part['type'])));
  },
  failure: CHAT.failure,
};
