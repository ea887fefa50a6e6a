import { expect, it } from 'vitest';
import { offeredKey, withoutKeys } from './socket-credential.ts';

const OURS = `cm_live_${'a'.repeat(43)}`;

it.each([
  [`realtime, openai-insecure-api-key.${OURS}, openai-beta.realtime-v1`, OURS, ['realtime', 'openai-beta.realtime-v1']],
  [`realtime,openai-insecure-api-key.sk-proj_x-1`, 'sk-proj_x-1', ['realtime']],
  [`OpenAI-Insecure-Api-Key.sk-x`, 'sk-x', []],
  [`openai-insecure-api-key.sk-x, openai-insecure-api-key.${OURS}`, OURS, []],
  [`token, ${OURS}`, OURS, ['token']],
  [`bearer.${OURS}, chat`, OURS, ['chat']],
  [`openai-insecure-api-key.${OURS}`, OURS, []],
  [`openai-insecure-api-key.${OURS}, chat, openai-insecure-api-key.sk-x`, OURS, ['chat']],
  [`a,${OURS},b, openai-insecure-api-key.sk-x`, OURS, ['a', 'b']],
  ['openai-insecure-api-key., chat', undefined, ['chat']],
  ['realtime, chat', undefined, ['realtime', 'chat']],
])('of %s the key is %s, and the version hears of %j', (header, key, rest) => {
  expect(offeredKey(header)).toBe(key);
  expect(withoutKeys(header.split(',').map((name) => name.trim()))).toEqual(rest);
});

it('a handshake without subprotocols brings no key', () => {
  expect(offeredKey(undefined)).toBeUndefined();
});
