import { expect, it } from 'vitest';
import { familyOfModel, modelInBody } from './model-family.ts';

it.each([
  ['gpt-4o-2024-08-06', 'gpt'],
  ['openai/gpt-4.1-mini', 'gpt'],
  ['o3-mini', 'gpt'],
  ['ft:gpt-4o-mini:acme::x', 'gpt'],
  ['claude-3-5-sonnet-latest', 'claude'],
  ['us.anthropic.claude-3-haiku-20240307-v1:0', 'claude'],
  ['gemini-2.0-flash', 'gemini'],
  ['meta-llama/Llama-3.3-70B-Instruct', 'llama'],
  ['accounts/fireworks/models/llama-v3p1-8b', 'llama'],
  ['Qwen/Qwen2.5-7B', 'qwen'],
  ['mistralai/Mixtral-8x7B', 'mistral'],
  ['deepseek-chat', 'deepseek'],
  ['local-judge', ''],
  ['support', ''],
  ['', ''],
])('%s is of the family %j', (name, family) => expect(familyOfModel(name)).toBe(family));

it('the model stands at the beginning of an answer, plain or streamed', () => {
  expect(modelInBody('{"id":"c","model": "gpt-4o","choices":[]}')).toBe('gpt-4o');
  expect(modelInBody('data: {"id":"c","model":"claude-3"}\n\n')).toBe('claude-3');
  expect(modelInBody(`{"x":"${'y'.repeat(3_000)}","model":"gpt-4o"}`)).toBe('');
});
