import { describe, expect, it } from 'vitest';
import type { Json } from '../../openai/json-value.ts';
import { type Change, changeFor, withChanges } from './accepted-request.ts';

const schema = {
  type: 'object',
  properties: {
    score: { type: 'number', minimum: 1, maximum: 5 },
    minimum: { type: 'string', minLength: 1 },
    list: { type: 'array', items: { type: 'integer', maximum: 9 }, minItems: 1 },
  },
  required: ['score', 'minimum'],
  additionalProperties: false,
};
const request: Json = {
  model: 'm',
  messages: [],
  temperature: 0,
  seed: 7,
  max_tokens: 4_096,
  response_format: { type: 'json_schema', json_schema: { name: 'verdict', strict: true, schema } },
};
const error = (message: string, more: object = {}): string => JSON.stringify({ error: { message, ...more } });
const without = (member: string): Change => ({ what: 'leave out', member });
const loosen = expect.objectContaining({ what: 'loosen', keywords: expect.arrayContaining(['minimum']) });

describe('what is changed about a request that was refused', () => {
  it.each([
    [
      error(
        "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
        {
          param: 'temperature',
          code: 'unsupported_value',
        },
      ),
      without('temperature'),
    ],
    [error('`temperature` is deprecated for this model.'), without('temperature')],
    [error('`temperature` must be strictly positive'), without('temperature')],
    ['{"detail":[{"loc":["body","temperature"],"msg":"Extra inputs are not permitted"}]}', without('temperature')],
    ['{"message":"Temperature is not supported"}', without('temperature')],
    ['{"error":"temperature is not supported"}', without('temperature')],
    ['temperature: not supported', without('temperature')],
    [error('Unrecognized request argument supplied: seed'), without('seed')],
    [
      error(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        {
          param: 'max_tokens',
          code: 'unsupported_parameter',
        },
      ),
      without('max_tokens'),
    ],
    [error('max_tokens: no such member'), without('max_tokens')],
    [
      error(
        "Invalid schema for response_format 'verdict': In context=('properties', 'score'), 'minimum' is not permitted.",
        {
          param: 'response_format',
        },
      ),
      loosen,
    ],
    [error("For 'number' type, properties maximum, minimum are not supported"), loosen],
    [
      '[{"error":{"code":400,"message":"Unknown name \\"min_length\\" at \'generation_config.response_schema\': Cannot find field."}}]',
      loosen,
    ],
    [error('Unknown name "additionalProperties"'), { what: 'loosen', keywords: ['additionalProperties'] }],
    [error('json_schema is not supported'), { what: 'any JSON' }],
    [error('Unsupported response format'), { what: 'any JSON' }],
    [error('Bad value', { param: 'response_format.type' }), { what: 'any JSON' }],
    [error('0 is less than the minimum of 0.01', { param: 'temperature' }), without('temperature')],
    [
      error(
        "litellm.UnsupportedParamsError: o1 does not support parameters: {'temperature': 0.0}, for model=o1. To drop these, set `drop_params=True`",
        { type: 'None', param: 'None', code: '400' },
      ),
      without('temperature'),
    ],
    [
      '{"message":"Malformed input request: #: extraneous key [temperature] is not permitted, please reformat your input and try again."}',
      without('temperature'),
    ],
    [
      '{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted","input":7}]}}',
      without('seed'),
    ],
    ['{"statusCode":400,"error":"Bad Request","message":["property seed should not exist"]}', without('seed')],
    [
      '{"detail":[{"loc":["body","messages",0,"content"],"msg":"too long","input":"what temperature, seed, minimum?"}]}',
      null,
    ],
    ['{"detail":[{"loc":["body"],"msg":"invalid","input":{"temperature":0,"response_format":{}}}]}', { what: 'plain' }],
    [error('The model `m` does not exist', { param: 'model' }), null],
    [error('filtered; see response_format', { param: 'prompt', code: 'content_filter' }), null],
    [
      error('you asked for more than 8192 tokens', { code: 'context_length_exceeded' }),
      { what: 'at most', tokens: 2_048, isForThis: true },
    ],
    [error('invalid messages', { param: 'messages' }), null],
    ['', { what: 'plain' }],
    ['null', { what: 'plain' }],
    ['[]', { what: 'plain' }],
    [error('x'.repeat(5_000) + ' temperature'), { what: 'plain' }],
  ])('by %s', (refusal, change) => {
    expect(changeFor(request, refusal)).toEqual(change);
  });

  it.each([
    error("Unsupported value: 'messages[0].role' does not support 'system' with this model.", {
      param: 'messages[0].role',
      code: 'unsupported_value',
    }),
    error('System role not supported'),
    error('Conversation roles must alternate user/assistant/user/assistant/...'),
    error('Only user and assistant roles are supported!'),
    error('Developer instruction is not enabled for models/gemma-3-27b-it'),
  ])('is that the user says what the system says, by %s', (refusal) => {
    const asked = {
      ...request,
      messages: [
        { role: 'system', content: 'Judge.' },
        { role: 'user', content: '{}' },
      ],
    };
    const change = changeFor(asked, refusal)!;
    const changed = withChanges(asked, [change]);
    expect(changed).toEqual({ ...asked, messages: [{ role: 'user', content: 'Judge.\n\n{}' }] });
    expect(changeFor(changed, refusal)).not.toEqual(change);
  });

  it('is all but the question and the reply’s limit where nothing is named, and nothing where the question is', () => {
    for (const refusal of ['', 'null', '[]', 'Bad Request', error('invalid request'), error('x'.repeat(9_000))]) {
      expect(changeFor(request, refusal)).toEqual({ what: 'plain' });
      expect(changeFor({ model: 'm', messages: [] }, refusal)).toBe(null);
    }
    expect(withChanges(request, [{ what: 'plain' }])).toEqual({ model: 'm', messages: [], max_tokens: 4_096 });
    expect(changeFor(request, error('no', { param: 'temperature' }))).toEqual(without('temperature'));
    for (const param of ['model', 'messages', 'messages[1].content', 'input'])
      expect(changeFor(request, error('temperature?', { param }))).toBe(null);
  });

  it('is the whole form of the reply where a schema was not asked for', () => {
    const free = { ...request, response_format: { type: 'json_object' } };
    expect(changeFor(free, error("'response_format.type' must be 'json_schema' or 'text'"))).toEqual(
      without('response_format'),
    );
  });

  it('takes bounds out of a schema, and no member that is named like one', () => {
    const change = changeFor(request, error("'maximum' is not permitted"))!;
    expect(withChanges(request, [change])).toEqual({
      ...request,
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'verdict',
          strict: true,
          schema: {
            type: 'object',
            properties: {
              score: { type: 'number' },
              minimum: { type: 'string' },
              list: { type: 'array', items: { type: 'integer' } },
            },
            required: ['score', 'minimum'],
            additionalProperties: false,
          },
        },
      },
    });
  });

  it('ends, whatever is refused', () => {
    const everything = error(
      'temperature seed max_tokens max_completion_tokens minimum additionalProperties response_format',
    );
    let asked = request;
    const changes: Change[] = [];
    for (
      let change = changeFor(asked, everything);
      change !== null && changes.length < 99;
      change = changeFor(asked, everything)
    ) {
      changes.push(change);
      asked = withChanges(request, changes);
    }
    expect(asked).toEqual({ model: 'm', messages: [] });
    expect(changes.length).toBeLessThan(99);
  });
});
