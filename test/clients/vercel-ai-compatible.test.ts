import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { AGENT, describeLibrary } from './matrix.ts';
import { vercelLibrary } from './vercel-library.ts';

describeLibrary('vercel-ai-compatible', async ({ openai }) => {
  const provider = createOpenAICompatible({
    name: 'coalmine',
    baseURL: openai,
    apiKey: 'a-key',
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  return { library: vercelLibrary(provider(AGENT)), stop: async () => {} };
});
