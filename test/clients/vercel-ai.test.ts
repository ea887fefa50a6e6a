import { createOpenAI } from '@ai-sdk/openai';
import { AGENT, describeLibrary } from './matrix.ts';
import { vercelLibrary } from './vercel-library.ts';

describeLibrary('vercel-ai', async ({ openai }) => ({
  library: vercelLibrary(createOpenAI({ baseURL: openai, apiKey: 'a-key' })(AGENT)),
  stop: async () => {},
}));
