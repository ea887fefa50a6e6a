import { describe, expect, it } from 'vitest';
import { body } from '../schemas/exchange.fixture.ts';
import type { Outcome } from '../schemas/exchange.ts';
import { answerFacts } from './answer-facts.ts';
import { outcomeOfBody } from './in-band-error.ts';

const SSE = 'text/event-stream; charset=utf-8';
const CHAT = { path: '/v1/chat/completions', answerPath: '' };
const RESPONSES = { path: '/v1/responses', answerPath: '' };
const OWN = { path: '/agents/helpdesk/answer', answerPath: '' };

const chunk = (finish: string | null = null): string =>
  `data: {"choices":[{"index":0,"delta":{"content":"\\"error\\": data: {\\"error\\":{}}"},"finish_reason":${JSON.stringify(finish)}}]}\n\n`;
const failed = 'data: {"error":{"message":"overloaded"}}\n\n';
const done = 'data: [DONE]\n\n';

describe('a stream', () => {
  it.each<[Outcome, string]>([
    ['ok', `${chunk()}${done}`],
    ['ok', chunk('stop')],
    ['ok', `${chunk('stop')}data: {"choices":[],"error":null}\n\n`],
    ['truncated', `${chunk()}${failed}`],
    ['truncated', `${chunk()}${failed}${done}`],
    ['truncated', `${failed}${chunk('stop')}${done}`],
    ['truncated', `${chunk()}event: error\r\ndata:{"error":"overloaded"}\r\n\r\n: exchange id\r\n\r\n${done}`],
    ['truncated', chunk()],
    ['truncated', chunk('')],
    ['upstream_error', ''],
    ['upstream_error', done],
    ['upstream_error', '<html></html>'],
  ])('is %s: %j', (outcome, text) => {
    expect(outcomeOfBody('ok', body(text, SSE), CHAT)).toBe(outcome);
  });

  it('of an agent’s own protocol fails by an error alone', () => {
    for (const text of ['', done, chunk(), 'data: hello\n\n'])
      expect(outcomeOfBody('ok', body(text, SSE), OWN)).toBe('ok');
    expect(outcomeOfBody('ok', body(`${chunk()}${failed}`, SSE), OWN)).toBe('truncated');
  });

  it('kept only by its end fails by an error that stands there, and by nothing that only the whole would tell', () => {
    const end = (text: string) => ({ ...body(text, SSE), state: 'truncated' as const });
    const cut = 'is the rest of a chunk"}}]}\n\n';
    for (const text of ['', cut, `${cut}${chunk()}`, `${cut}data: ping\n\n`, `${cut}${chunk('stop')}${done}`])
      expect(outcomeOfBody('ok', end(text), CHAT)).toBe('ok');
    for (const text of [`${cut}${failed}`, `${cut}${failed}${done}`, `${cut}${chunk()}event: error\ndata: down\n\n`])
      expect(outcomeOfBody('ok', end(text), CHAT)).toBe('truncated');
  });
});

describe('a plain answer', () => {
  it.each<[Outcome, string]>([
    ['ok', '{"choices":[{"message":{"content":"{\\"error\\":{}}"}}]}'],
    ['ok', '{"error":null,"choices":[{"message":{"content":"a"}}]}'],
    ['upstream_error', '{"error":null,"choices":[]}'],
    ['upstream_error', ' {"error":{"message":"no such model"}}'],
    ['upstream_error', '{"error":"overloaded"}'],
    ['upstream_error', '{"object":"error","message":"overloaded"}'],
    ['upstream_error', '{"choices":[],"error":{"message":"overloaded"}}'],
    ['upstream_error', '{"choices":[{"message":{"content":""},"finish_reason":"error"}]}'],
    ['upstream_error', ''],
    ['upstream_error', 'null'],
    ['upstream_error', 'Service is starting'],
    ['upstream_error', '<html></html>'],
    ['truncated', '{"choices":[{"message":{"content":"Hel'],
  ])('is %s: %j', (outcome, text) => {
    expect(outcomeOfBody('ok', body(text), CHAT)).toBe(outcome);
  });

  it('of responses fails where it says so, and not where it was cut short by its limit', () => {
    const of = (status: string) => body(JSON.stringify({ object: 'response', output: [], error: null, status }));
    expect(outcomeOfBody('ok', of('failed'), RESPONSES)).toBe('upstream_error');
    expect(outcomeOfBody('ok', of('incomplete'), RESPONSES)).toBe('ok');
  });

  it('of an agent’s own protocol fails by an error alone', () => {
    for (const text of ['', 'null', '<html></html>', '{"reply":"x"}', '{"choices":[]}', '{"rep'])
      expect(outcomeOfBody('ok', body(text), OWN)).toBe('ok');
    expect(outcomeOfBody('ok', body('{"error":{"message":"down"}}'), OWN)).toBe('upstream_error');
  });
});

it('what failed by its status or its time stays what it was', () => {
  expect(outcomeOfBody('client_abort', body('{"error":{}}'), CHAT)).toBe('client_abort');
  expect(outcomeOfBody('upstream_timeout', body(''), CHAT)).toBe('upstream_timeout');
});

it('a body that was not kept says nothing', () => {
  for (const state of ['hashed', 'dropped'] as const)
    expect(outcomeOfBody('ok', { ...body(''), state }, CHAT)).toBe('ok');
});

it('a megabyte of markers takes no time', () => {
  const text = 'data:'.repeat(200_000);
  expect(outcomeOfBody('ok', body(text, SSE), OWN)).toBe('ok');
});

it('an answer read once says the same of its outcome and its usage', () => {
  const usage = '"usage":{"prompt_tokens":5,"completion_tokens":2}';
  const price = { promptUsdPerMillion: 1, completionUsdPerMillion: 1 };
  const json = { contentType: 'application/json', text: '' };
  const facts = (answer: { text: string; end?: string }) => answerFacts('ok', { ...json, ...answer }, CHAT, price);
  const counted = { promptTokens: 5, completionTokens: 2, costUsd: 7 / 1e6 };
  expect(facts({ text: `{"choices":[],${usage}}` })).toEqual({ outcome: 'upstream_error', usage: counted });
  expect(facts({ text: '{"choices"', end: `ello"}}],${usage}}` })).toEqual({ outcome: 'ok', usage: counted });
  const end = answerFacts('ok', { contentType: SSE, text: '', end: `x"}\n\n${failed}` }, CHAT, price);
  expect(end).toMatchObject({ outcome: 'truncated' });
});
