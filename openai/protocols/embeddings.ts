import { objectsIn } from '../json-value.ts';
import { answered, type Protocol } from './protocol.ts';

/** `/v1/embeddings`: an answer without words. */
export const EMBEDDINGS: Protocol = {
  name: 'list of embeddings',
  ofDocument: ({ data }) =>
    objectsIn(data).some(({ embedding }) => Array.isArray(embedding) || typeof embedding === 'string')
      ? answered({ text: null, refusal: '', calls: [], finishReason: null })
      : null,
  ofEvents: () => null,
};
