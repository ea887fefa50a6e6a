/** Which client libraries are tried. Each has a test of its name beside this file; docs/clients.md lists them. */

export type LibraryRow = {
  /** `<id>.test.ts` tries it. */
  id: string;
  name: string;
  language: 'JavaScript' | 'Python';
  /** As npm or pip names them; their versions stand in package.json and python/requirements.txt. */
  packages: readonly string[];
  speaks: '/v1/chat/completions' | '/v1/responses' | '/agents/{agent}/v1/messages';
  /** What its user gets where the agent refuses a call (400), and where a stream breaks off in its middle. */
  raises: { refused: string; broken: string };
};

export const LIBRARIES = [
  {
    id: 'openai-js',
    name: 'OpenAI',
    language: 'JavaScript',
    packages: ['openai'],
    speaks: '/v1/chat/completions',
    raises: { refused: 'BadRequestError', broken: 'APIError' },
  },
  {
    id: 'openai-py',
    name: 'OpenAI',
    language: 'Python',
    packages: ['openai'],
    speaks: '/v1/chat/completions',
    raises: { refused: 'BadRequestError', broken: 'APIError' },
  },
  {
    id: 'langchain-js',
    name: 'LangChain',
    language: 'JavaScript',
    packages: ['@langchain/openai'],
    speaks: '/v1/chat/completions',
    raises: { refused: 'BadRequestError', broken: 'APIError' },
  },
  {
    id: 'langchain-py',
    name: 'LangChain',
    language: 'Python',
    packages: ['langchain-openai'],
    speaks: '/v1/chat/completions',
    raises: { refused: 'OpenAIInvalidRequestError', broken: 'APIError' },
  },
  {
    id: 'vercel-ai',
    name: 'Vercel AI SDK',
    language: 'JavaScript',
    packages: ['ai', '@ai-sdk/openai'],
    speaks: '/v1/responses',
    raises: { refused: 'AI_APICallError', broken: 'an `error` part' },
  },
  {
    id: 'vercel-ai-compatible',
    name: 'Vercel AI SDK',
    language: 'JavaScript',
    packages: ['ai', '@ai-sdk/openai-compatible'],
    speaks: '/v1/chat/completions',
    raises: { refused: 'AI_APICallError', broken: 'an `error` part' },
  },
  {
    id: 'litellm-py',
    name: 'LiteLLM',
    language: 'Python',
    packages: ['litellm'],
    speaks: '/v1/chat/completions',
    raises: { refused: 'BadRequestError', broken: 'MidStreamFallbackError' },
  },
  {
    id: 'anthropic-js',
    name: 'Anthropic',
    language: 'JavaScript',
    packages: ['@anthropic-ai/sdk'],
    speaks: '/agents/{agent}/v1/messages',
    raises: { refused: 'BadRequestError', broken: 'TypeError' },
  },
  {
    id: 'anthropic-py',
    name: 'Anthropic',
    language: 'Python',
    packages: ['anthropic'],
    speaks: '/agents/{agent}/v1/messages',
    raises: { refused: 'BadRequestError', broken: 'RemoteProtocolError' },
  },
] as const satisfies readonly LibraryRow[];

export type LibraryId = (typeof LIBRARIES)[number]['id'];

export const libraryOf = (id: LibraryId): LibraryRow => LIBRARIES.find((row) => row.id === id)!;
