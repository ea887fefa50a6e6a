import { describe, expect, it } from 'vitest';
import type { Body, Exchange } from '../../schemas/exchange.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { body } from '../../schemas/exchange.fixture.ts';
import { completionOf, exchangeOf, requestOf, shadowOf } from '../answers/exchange.fixture.ts';
import { answersOf } from '../answers/scorable-answer.ts';
import { findByRules } from './by-rules.ts';
import { SCORERS } from './registry.ts';
import type { Finding } from '../answers/finding.ts';
import type { Reference } from '../answers/tool-match.ts';
import type { ToolCallCheck } from '../answers/tool-schema.ts';
import { createToolCallCheck } from '../answers/tool-schema.ts';

const RULES = SCORERS.filter(({ by }) => by === 'rules');
const ALL = RULES.map(({ name }) => name);
/** Those that read what was answered, and not only how the exchange went. */
const CONTENT = RULES.filter(({ source }) => source === 'scores').map(({ name }) => name);

const scoresOf = (
  exchange: Partial<Exchange>,
  reference?: Reference,
  check: ToolCallCheck = createToolCallCheck(),
): Record<string, Finding> => {
  const findings = findByRules({
    answered: answersOf({ exchange: exchangeOf(exchange), shadow: null }).live,
    reference,
    check,
  });
  expect(findings.map((f) => f.metric)).toEqual(ALL);
  for (const finding of findings) {
    expect(finding.value === null).toBe(finding.status !== 'scored');
    expect(finding.reason).not.toBe('');
    if (metricOrRubric(finding.metric).family === 'rate') expect([0, 1, null]).toContain(finding.value);
  }
  return Object.fromEntries(findings.map((f) => [f.metric, f]));
};

const lookup = {
  name: 'lookup',
  parameters: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
};
const withTools = requestOf('where?', { tools: [{ type: 'function', function: lookup }] });
const calling = (args: string, name = 'lookup') =>
  completionOf({ content: null, tool_calls: [{ id: 'c', type: 'function', function: { name, arguments: args } }] });

describe('measures', () => {
  it('are in the units of the metrics', () => {
    const scores = scoresOf({ latencyMs: 250, costUsd: 0.002, promptTokens: 30, completionTokens: 10 });
    expect(scores['latency']?.value).toBe(0.25);
    expect(scores['cost']?.value).toBe(2);
    expect(scores['tokens']?.value).toBe(0.04);
    expect(scores['length']?.value).toBe(0.028);
  });

  it('tell the first token of streams only', () => {
    expect(scoresOf({ stream: false })['first_token']?.status).toBe('not_applicable');
    expect(scoresOf({ stream: true, firstByteMs: 50 })['first_token']?.value).toBe(0.05);
    expect(scoresOf({ stream: true, firstByteMs: null })['first_token']?.status).toBe('not_applicable');
  });

  it('tell throughput of the time of writing alone', () => {
    const of = (rest: Partial<Exchange>) => scoresOf({ latencyMs: 500, completionTokens: 20, ...rest })['throughput'];
    expect(of({ stream: false })?.value).toBe(40);
    expect(of({ stream: true, firstByteMs: 100 })?.value).toBe(50);
    for (const rest of [
      { completionTokens: 0 },
      { stream: true, firstByteMs: null },
      { stream: true, firstByteMs: 500 },
    ])
      expect(of(rest)?.status).toBe('not_applicable');
  });

  it('tell no throughput of a streamed shadow of several rounds, whose tokens are of all and whose writing is of the last', () => {
    const exchange = exchangeOf({ stream: true });
    const times = { latencyMs: 500, firstByteMs: 400, completionTokens: 20 };
    const of = (rounds: number) => {
      const answered = answersOf({ exchange, shadow: shadowOf({ exchange, ...times, rounds }) }).shadow!;
      return findByRules({ answered, reference: undefined, check: createToolCallCheck() }).find(
        (f) => f.metric === 'throughput',
      );
    };
    expect(of(1)?.value).toBe(200);
    expect(of(2)?.status).toBe('not_applicable');
  });

  it('say nothing where nothing was counted, and that a cost is missing', () => {
    const scores = scoresOf({ costUsd: null, promptTokens: null, completionTokens: null });
    expect(scores['cost']).toMatchObject({ status: 'error', reason: expect.stringContaining('tells no tokens') });
    expect(scores['tokens']?.status).toBe('not_applicable');
    expect(scoresOf({ promptTokens: null, completionTokens: 5 })['tokens']?.status).toBe('not_applicable');
  });
});

describe('outcomes', () => {
  it.each([
    ['ok', 0],
    ['client_error', 1],
    ['client_abort', 0],
    ['upstream_error', 1],
    ['upstream_timeout', 1],
    ['truncated', 1],
  ] as const)('%s is an error rate of %i, and only whole answers have more', (outcome, value) => {
    const scores = scoresOf({ outcome });
    expect(scores['error_rate']?.value).toBe(value);
    if (outcome !== 'ok') for (const metric of ALL.slice(1)) expect(scores[metric]?.status).toBe('not_applicable');
  });
});

describe('bodies that can’t be read', () => {
  it.each([
    ['an answer that is no completion', { responseBody: body('{"hello":1}') }],
    ['a hashed answer', { responseBody: { ...body(''), state: 'hashed' as const } }],
    ['a stream without an end', { responseBody: body('data: {"choices":[]}\n\n', 'text/event-stream') }],
  ])('%s gives error scores, never a pass', (_, rest) => {
    const scores = scoresOf(rest, { accepted: null });
    for (const metric of CONTENT) expect(scores[metric]).toMatchObject({ status: 'error', value: null });
    expect(scores['error_rate']?.value).toBe(0);
  });

  it.each([
    ['a request that is none', body('[]')],
    ['a dropped request', { ...body(''), state: 'dropped' as const }],
    ['a cut request', { ...requestOf('x'), state: 'truncated' as const }],
  ])('%s leaves what the answer tells alone, and the rest does not apply', (_, requestBody) => {
    const called = completionOf({ content: 'Thank you!', tool_calls: [{ function: { name: 'f', arguments: '{}' } }] });
    const scores = scoresOf({ requestBody, responseBody: called }, { accepted: null });
    for (const metric of ['empathy', 'refusal', 'length', 'toxicity', 'json_validity'])
      expect(scores[metric]?.status).toBe('scored');
    for (const metric of [
      'task_success',
      'tool_accuracy',
      'tool_validity',
      'tool_errors',
      'reference_match',
      'pii_leak',
    ])
      expect(scores[metric]?.status).toBe('not_applicable');
    expect(scoresOf({ requestBody })['json_validity']?.status).toBe('not_applicable');
  });

  it('a scorer that throws gives an error score and stops no other', () => {
    const scores = scoresOf({ requestBody: withTools, responseBody: calling('{}') }, undefined, () => {
      throw new Error('broken');
    });
    expect(scores['tool_validity']).toMatchObject({ status: 'error', reason: 'the scorer failed: Error: broken' });
    expect(scores['json_validity']?.value).toBe(1);
  });
});

describe('tool_validity', () => {
  it.each([
    ['{"id":"1"}', 'lookup', 1],
    ['{"id":1}', 'lookup', 0],
    ['{', 'lookup', 0],
    ['{}', 'lookup', 0],
    ['{"id":"1"}', 'unknown', 0],
  ])('%s to %s scores %i', (args, name, value) => {
    expect(scoresOf({ requestBody: withTools, responseBody: calling(args, name) })['tool_validity']?.value).toBe(value);
  });

  it('does not apply without a call, nor where the client’s schema can’t be used', () => {
    expect(scoresOf({ requestBody: withTools })['tool_validity']?.status).toBe('not_applicable');
    const broken = requestOf('x', { tools: [{ function: { name: 'lookup', parameters: { type: 'nonsense' } } }] });
    expect(scoresOf({ requestBody: broken, responseBody: calling('{}') })['tool_validity']?.status).toBe(
      'not_applicable',
    );
  });
});

describe('calls as they are sent', () => {
  const bare = { name: 'lookup', parameters: { type: 'object', properties: {} } };
  const offering = (...tools: object[]) => requestOf('x', { tools });
  const answering = (...calls: unknown[]) => completionOf({ content: 'Let me look.', tool_calls: calls });
  const ratesOf = (requestBody: Body, responseBody: Body, path = '/v1/chat/completions') => {
    const scores = scoresOf({ requestBody, responseBody, path });
    return [scores['json_validity'], scores['tool_validity']].map((one) => one?.value ?? one?.status);
  };
  const fn = (args: unknown, rest: object = {}) => ({
    id: 'c',
    type: 'function',
    function: { name: 'lookup', arguments: args },
    ...rest,
  });
  const custom = { id: 'd', type: 'custom', custom: { name: 'shell', input: 'ls -l' } };
  const shell = { type: 'custom', custom: { name: 'shell' } };

  it.each(['', null, undefined, ' ', '{}'])('have no arguments where they are %j', (args) => {
    expect(ratesOf(offering({ type: 'function', function: bare }), answering(fn(args)))).toEqual([1, 1]);
    expect(ratesOf(withTools, answering(fn(args)))).toEqual([1, 0]);
    const accepted = [{ lookup: {} }];
    const request = { requestBody: offering({ type: 'function', function: bare }), responseBody: answering(fn(args)) };
    expect(scoresOf(request, { accepted })['task_success']?.value).toBe(1);
  });

  it('have broken ones where half a document stands', () => {
    expect(ratesOf(offering({ type: 'function', function: bare }), answering(fn('{')))).toEqual([0, 0]);
  });

  it.each([fn({ id: '1' }), fn([1]), fn('{"id":"1"}', { id: 7 }), { id: 'c', function: null }])(
    'are judged invalid where one is malformed, and the text stays readable: %j',
    (call) => {
      const responseBody = answering(call);
      expect(ratesOf(withTools, responseBody)).toEqual([0, 0]);
      expect(scoresOf({ requestBody: withTools, responseBody })['length']?.value).toBe(0.012);
    },
  );

  it('of custom tools have no form, and beside others those alone are judged', () => {
    const request = offering(shell, { type: 'function', function: lookup });
    expect(ratesOf(request, answering(custom))).toEqual(['not_applicable', 'not_applicable']);
    expect(ratesOf(request, answering(custom, fn('{"id":"1"}')))).toEqual([1, 1]);
    expect(ratesOf(request, answering(custom, fn('{}')))).toEqual([1, 0]);
    expect(ratesOf(withTools, answering(custom))).toEqual(['not_applicable', 0]);
    const scores = scoresOf({ requestBody: withTools, responseBody: answering(custom, fn('{"id":"1"}')) });
    expect(scores['tool_validity']).toMatchObject({ value: 0, reason: 'custom tool shell was not offered' });
    expect(scores['tool_errors']?.value).toBe(1);
  });

  it('of custom tools are the same as a stream and as a response', () => {
    const pieces = [
      { index: 0, id: 'd', type: 'custom', custom: { name: 'shell', input: '' } },
      { index: 0, custom: { input: 'ls -l' } },
    ];
    const chunks = pieces.map((piece) => ({ choices: [{ index: 0, delta: { tool_calls: [piece] } }] }));
    const text = `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`;
    const NEITHER = ['not_applicable', 'not_applicable'];
    expect(ratesOf(offering(shell), body(text, 'text/event-stream'))).toEqual(NEITHER);
    const item = { type: 'custom_tool_call', call_id: 'd', name: 'shell', input: 'ls -l' };
    const response = body(JSON.stringify({ object: 'response', status: 'completed', output: [item] }));
    const asked = (tools: object[]) => body(JSON.stringify({ input: 'x', tools }));
    expect(ratesOf(asked([{ type: 'custom', name: 'shell' }]), response, '/v1/responses')).toEqual(NEITHER);
    expect(ratesOf(asked([]), response, '/v1/responses')).toEqual(['not_applicable', 0]);
  });
});

describe('a refusal where JSON was asked for', () => {
  const format = { response_format: { type: 'json_schema', json_schema: { name: 'o', schema: { type: 'object' } } } };
  const responses = { input: 'x', text: { format: { type: 'json_schema', name: 'o', schema: { type: 'object' } } } };
  const item = { type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] };
  const response = { object: 'response', status: 'completed', output: [item] };
  it.each<[string, Body, Body, string]>([
    [
      'in the field for it',
      requestOf('x', format),
      completionOf({ content: null, refusal: 'No.' }),
      '/v1/chat/completions',
    ],
    ['in a part', requestOf('x', format), completionOf({ content: item.content }), '/v1/chat/completions'],
    ['of a response', body(JSON.stringify(responses)), body(JSON.stringify(response)), '/v1/responses'],
  ])('is a refusal and no broken JSON: %s', (_, requestBody, responseBody, path) => {
    const scores = scoresOf({ requestBody, responseBody, path });
    expect([scores['refusal']?.value, scores['json_validity']?.status]).toEqual([1, 'not_applicable']);
  });
});

describe('json_validity', () => {
  const json = requestOf('x', { response_format: { type: 'json_object' } });
  it.each([
    [json, completionOf({ content: '{"a":1}' }), 1],
    [json, completionOf({ content: ' [1] ' }), 1],
    [json, completionOf({ content: '```json\n{}\n```' }), 0],
    [json, completionOf({ content: '5' }), 0],
    [json, completionOf({ content: '' }), 0],
    [withTools, calling('{"id":"1"}'), 1],
    [withTools, calling('{"id":"1"'), 0],
    [json, calling('{'), 0],
    [requestOf('x'), completionOf({ content: '{"a":1}' }), 1],
    [requestOf('x'), completionOf({ content: 'Sure: {"a":1}' }), null],
  ])('case %#', (requestBody, responseBody, value) => {
    expect(scoresOf({ requestBody, responseBody })['json_validity']?.value).toBe(value);
  });
});

describe('json_validity against a schema', () => {
  const schema = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };
  const asked = (of: unknown) =>
    requestOf('x', { response_format: { type: 'json_schema', json_schema: { name: 'order', schema: of } } });
  it.each([
    [schema, '{"id":"A-17"}', 1],
    [schema, '{"id":17}', 0],
    [schema, '{}', 0],
    [schema, '{"id":', 0],
    [{ type: 'nonsense' }, '{}', 1],
    [undefined, '{}', 1],
  ])('%j answered with %s is %i', (of, content, value) => {
    const responseBody = completionOf({ content });
    expect(scoresOf({ requestBody: asked(of), responseBody })['json_validity']?.value).toBe(value);
  });
});

describe('tool_accuracy', () => {
  it('is right calls / max(expected, made), and not applicable without a reference', () => {
    const accepted = [{ lookup: { id: ['1'] } }, { lookup: { id: ['2'] } }];
    const called = { requestBody: withTools, responseBody: calling('{"id":"1"}') };
    expect(scoresOf(called, { accepted })['tool_accuracy']?.value).toBe(0.5);
    expect(scoresOf(called, { accepted: null })['tool_accuracy']?.value).toBe(0);
    expect(scoresOf({}, { accepted: [] })['tool_accuracy']?.value).toBe(1);
    expect(scoresOf(called)['tool_accuracy']?.status).toBe('not_applicable');
  });
});

describe('task_success', () => {
  it('is known only with a reference', () => {
    expect(scoresOf({})['task_success']?.status).toBe('not_applicable');
  });

  it('is 1 for the accepted calls, or for none where none is right', () => {
    const accepted = [{ lookup: { id: ['1'] } }];
    const called = { requestBody: withTools, responseBody: calling('{"id":"1"}') };
    expect(scoresOf(called, { accepted })['task_success']?.value).toBe(1);
    expect(scoresOf({ requestBody: withTools }, { accepted })['task_success']?.value).toBe(0);
    expect(scoresOf(called, { accepted: null })['task_success']?.value).toBe(0);
    expect(scoresOf({}, { accepted: null })['task_success']?.value).toBe(1);
  });
});

describe('scores of text', () => {
  it('do not apply to an answer without any', () => {
    const scores = scoresOf({ requestBody: withTools, responseBody: calling('{"id":"1"}') });
    for (const metric of ['empathy', 'refusal', 'length']) expect(scores[metric]?.status).toBe('not_applicable');
  });

  it('take the API’s own refusal for one, whatever its words', () => {
    expect(scoresOf({ responseBody: completionOf({ content: null, refusal: 'Nope.' }) })['refusal']?.value).toBe(1);
    expect(scoresOf({ responseBody: completionOf({ content: 'Nope.' }) })['refusal']?.value).toBe(0);
  });

  it('are the same for a plain answer and for the same answer as a stream', () => {
    const text = "I'm so sorry, I can't help with that.";
    const chunks = text
      .split('')
      .map((c) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: c } }] })}\n\n`);
    const streamed = body(`${chunks.join('')}data: [DONE]\n\n`, 'text/event-stream');
    const plain = scoresOf({ responseBody: completionOf({ content: text }) });
    const stream = scoresOf({ responseBody: streamed });
    for (const metric of CONTENT) expect(stream[metric]).toEqual(plain[metric]);
    expect(stream['refusal']?.value).toBe(1);
  });
});
