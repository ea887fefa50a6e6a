import { objectsIn } from '../../../openai/json-value.ts';
import { event, inHalves, lastUserText, type Protocol } from './protocol.ts';
import { type Said, USAGE } from './script.ts';

const messageOf = (said: Said | null): Record<string, unknown> => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: said === null ? [] : [blockOf(said)],
  stop_reason: said === null ? null : stopReasonOf(said),
  stop_sequence: null,
  usage: { input_tokens: USAGE.prompt, output_tokens: said === null ? 1 : USAGE.completion },
});

const blockOf = ({ pieces, call }: Said): object =>
  call === null
    ? { type: 'text', text: pieces.join('') }
    : { type: 'tool_use', id: 'toolu_1', name: call.name, input: JSON.parse(call.arguments) as unknown };
const stopReasonOf = ({ call }: Said): string => (call === null ? 'end_turn' : 'tool_use');

const deltasOf = ({ pieces, call }: Said): object[] =>
  call === null
    ? pieces.map((text) => ({ type: 'text_delta', text }))
    : inHalves(call.arguments).map((text) => ({ type: 'input_json_delta', partial_json: text }));

const begunBlock = ({ call }: Said): object =>
  call === null ? { type: 'text', text: '' } : { type: 'tool_use', id: 'toolu_1', name: call.name, input: {} };

/** `/v1/messages` of Anthropic. */
export const MESSAGES: Protocol = {
  path: '/v1/messages',
  asked: ({ messages }) => ({
    text: lastUserText(messages),
    hasResult: objectsIn(messages).some(({ content }) => objectsIn(content).some(({ type }) => type === 'tool_result')),
  }),
  document: messageOf,
  events: (said) =>
    [
      { type: 'message_start', message: messageOf(null) },
      { type: 'content_block_start', index: 0, content_block: begunBlock(said) },
      { type: 'ping' },
      ...deltasOf(said).map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: stopReasonOf(said), stop_sequence: null },
        usage: { output_tokens: USAGE.completion },
      },
      { type: 'message_stop' },
    ].map((part) => event(part, part.type)),
  failure: (message) => ({ type: 'error', error: { type: 'invalid_request_error', message } }),
};
