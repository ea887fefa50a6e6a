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

  it('is nobody by a `user` that is null or empty; by one that is no string it is a refusal that names the field', () => {
    for (const user of [null, '', undefined]) expect(read({ user })).toMatchObject({ user: null });
    for (const user of [7, true, {}, ['ann']])
      expect(parseOpenAiRequest(JSON.stringify({ model: 'support', user }))).toMatchObject({
        error: { status: 400, code: 'invalid_request', param: 'user' },
      });
  });

  it('takes an earlier answer of another form for none', () => {
    for (const odd of [null, '', 7, {}, ['resp_1']]) expect(read({ previous_response_id: odd }).goesOnFrom).toBeNull();
  });

  it.each(['resp_1', 'resp.v1:eu/west', '响应:é✓', 'x'.repeat(1_024)])(
    'is the earlier answer that it goes on from: %s',
    (id) => {
      expect(read({ previous_response_id: id, conversation: 'conv_1' }).goesOnFrom).toBe(id);
    },
  );
});
