/** Tools of a default request: one with a required parameter, one without any, one that takes free text. */
const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'read_file',
      parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
    },
  },
  { type: 'function', function: { name: 'list_orders', parameters: { type: 'object', properties: {} } } },
  { type: 'custom', custom: { name: 'shell' } },
];

const QUESTION = 'Where is my order?';

const BODIES: Readonly<Record<string, object>> = {
  '/v1/chat/completions': { model: 'support', messages: [{ role: 'user', content: QUESTION }], tools: TOOLS },
  '/v1/completions': { model: 'support', prompt: QUESTION },
  '/v1/responses': { model: 'support', input: QUESTION, tools: [{ type: 'custom', name: 'shell' }] },
  '/v1/embeddings': { model: 'support', input: QUESTION },
  '/v1/messages': { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: QUESTION }] },
};

const streaming = (api: string): object =>
  api === '/v1/chat/completions' || api === '/v1/completions'
    ? { stream: true, stream_options: { include_usage: true } }
    : { stream: true };

/** What is asked where an input does not say: by its API, as a stream if it is answered by one. */
export const defaultRequestBody = (path: string, isStream: boolean): string => {
  const api = path.replace(/\?.*$/, '').replace(/^\/agents\/[^/]+/, '');
  return JSON.stringify({ ...(BODIES[api] ?? { question: QUESTION }), ...(isStream ? streaming(api) : {}) });
};
