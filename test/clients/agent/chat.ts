import { objectsIn } from '../../../openai/json-value.ts';
import { event, inHalves, isSet, lastUserText, type Protocol } from './protocol.ts';
import { type Said, USAGE } from './script.ts';

const ERROR = { type: 'own_type', param: null, code: 'own_code' };
const HEAD = { id: 'chatcmpl-1', created: 1, model: 'm' };
const USED = {
  prompt_tokens: USAGE.prompt,
  completion_tokens: USAGE.completion,
  total_tokens: USAGE.prompt + USAGE.completion,
};

const chunk = (delta: object, finish: string | null = null): object => ({
  ...HEAD,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: finish }],
});

const chunks = ({ pieces, call }: Said): object[] => {
  const role = chunk({ role: 'assistant', content: call === null ? '' : null });
  if (call === null) return [role, ...pieces.map((content) => chunk({ content })), chunk({}, 'stop')];
  const begun = { index: 0, id: 'call_1', type: 'function', function: { name: call.name, arguments: '' } };
  return [
    role,
    chunk({ tool_calls: [begun] }),
    ...inHalves(call.arguments).map((text) => chunk({ tool_calls: [{ index: 0, function: { arguments: text } }] })),
    chunk({}, 'tool_calls'),
  ];
};

const messageOf = ({ pieces, call }: Said): object => ({
  role: 'assistant',
  refusal: null,
  ...(call === null
    ? { content: pieces.join('') }
    : { content: null, tool_calls: [{ id: 'call_1', type: 'function', function: call }] }),
});

/** `/v1/chat/completions`. */
export const CHAT: Protocol = {
  path: '/v1/chat/completions',
  asked: ({ messages }) => ({
    text: lastUserText(messages),
    hasResult: objectsIn(messages).some(({ role }) => role === 'tool'),
  }),
  document: (said) => ({
    ...HEAD,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: messageOf(said),
        logprobs: null,
        finish_reason: said.call === null ? 'stop' : 'tool_calls',
      },
    ],
    usage: USED,
  }),
  events: (said, body) => [
    ...chunks(said).map((part) => event(part)),
    ...(isSet(body, 'stream_options', 'include_usage') ? [event({ ...chunk({}), choices: [], usage: USED })] : []),
    event('[DONE]'),
  ],
  failure: (message) => ({ error: { message, ...ERROR } }),
};
