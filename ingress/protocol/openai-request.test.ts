import { describe, expect, it } from 'vitest';
import { parseOpenAiRequest } from './openai-request.ts';

const read = (more: object) => {
  const parsed = parseOpenAiRequest(JSON.stringify({ model: 'support', ...more }));
  if ('error' in parsed) throw new Error(parsed.error.message);
  return parsed.request;
};

describe('what the front door reads of an OpenAI request', () => {
  it('is whom it is from, by each field that may say so', () => {
    const named = { user: 'u', safety_identifier: 's', prompt_cache_key: 'c', conversation: { id: 'conv_1' } };
    expect(read(named)).toMatchObject({ user: 'u', safetyIdentifier: 's', cacheKey: 'c', conversation: 'conv_1' });
    expect(read({})).toMatchObject({ user: null, safetyIdentifier: null, cacheKey: null, conversation: null });
  });

  it('leaves a field of another form, or an empty one, to the version', () => {
    for (const odd of [null, '', 7, {}, ['a']])
      expect(read({ safety_identifier: odd, prompt_cache_key: odd })).toMatchObject({
        safetyIdentifier: null,
        cacheKey: null,
      });
  });

  it.each(['resp_1', 'resp.v1:eu/west', 'x'.repeat(1_024)])('is the earlier answer that it goes on from: %s', (id) => {
    expect(read({ previous_response_id: id, conversation: 'conv_1' }).goesOnFrom).toBe(id);
  });
});
