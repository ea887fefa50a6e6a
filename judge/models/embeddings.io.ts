import { z } from 'zod';
import type { AskEmbedding } from './similarity.ts';
import { createPost, type Endpoint, failed } from './endpoint.io.ts';

const Embeddings = z.object({
  data: z.array(z.object({ embedding: z.array(z.number()).min(1) })).length(1),
  usage: z
    .object({ prompt_tokens: z.number().int().nonnegative().max(1e9) })
    .nullish()
    .catch(null),
});

/** Asks an `/embeddings` endpoint for one text's vector. */
export const createEmbeddings = ({ name, ...endpoint }: Endpoint & { name: string }): AskEmbedding => {
  const post = createPost(endpoint, 'embeddings');
  return async (text) => {
    const posted = await post({ model: name, input: text, encoding_format: 'float' });
    if (!posted.ok) return posted;
    const { said } = posted;
    const parsed = Embeddings.safeParse(said.form === 'document' ? said.value : null);
    if (!parsed.success) return failed('did not answer with an embedding', { isPaid: true });
    const { data, usage } = parsed.data;
    return { ok: true, vector: data[0]!.embedding, promptTokens: usage?.prompt_tokens ?? null };
  };
};
