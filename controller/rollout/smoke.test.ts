import { describe, expect, it } from 'vitest';
import type { BlueGreenSpec } from '../../schemas/documents.ts';
import type { SmokeRequest } from '../../schemas/smoke-request.ts';
import { BLUE_GREEN, started, strategyDocument } from '../test/play.fixture.ts';
import { type SmokeAnswer, smokeCalls, smokeProblem, smokeReport } from './smoke.ts';

const specOf = (requests: object[]): BlueGreenSpec => {
  const { spec } = strategyDocument({ ...BLUE_GREEN, smoke: { requests, timeout: '3s' } });
  if (spec.strategy !== 'bluegreen') throw new Error(spec.strategy);
  return spec;
};
const requestOf = (expectation: object): SmokeRequest => specOf([{ body: {}, expect: expectation }]).smoke.requests[0]!;
const HELLO = '{"choices":[{"message":{"content":"hello"}}]}';
const answer = (given: Partial<Extract<SmokeAnswer, { status: number }>> = {}): SmokeAnswer => ({
  status: 200,
  contentType: 'application/json',
  text: HELLO,
  latencyMs: 12.4,
  ...given,
});

describe('a smoke check', () => {
  it('asks the upstream that the candidate is registered with, under the model that the ingress would name', () => {
    const view = started(strategyDocument(BLUE_GREEN)).state.routing!;
    const spec = specOf([{ body: { temperature: 0 } }, { path: '/embeddings', body: { model: 'mine', input: 'x' } }]);
    expect(smokeCalls(view, spec)).toEqual([
      {
        url: 'http://127.0.0.1:9101/v2/chat/completions',
        body: '{"model":"support","temperature":0}',
        timeoutMs: 3_000,
      },
      { url: 'http://127.0.0.1:9101/v2/embeddings', body: '{"model":"mine","input":"x"}', timeoutMs: 3_000 },
    ]);
    const named = view.versions.map((v) => ({ ...v, upstream: `${v.upstream}/?a=1`, upstreamModel: 'gpt' }));
    expect(smokeCalls({ ...view, versions: named }, spec).map(({ url, body }) => [url, body])).toEqual([
      ['http://127.0.0.1:9101/v2/chat/completions?a=1', '{"model":"gpt","temperature":0}'],
      ['http://127.0.0.1:9101/v2/embeddings?a=1', '{"model":"gpt","input":"x"}'],
    ]);
  });

  it.each([
    ['as expected', {}, answer(), null],
    ['another status', {}, answer({ status: 500, text: 'oh' }), 'answered 500, expected 200: oh'],
    ['a refusal that is expected', { status: 400 }, answer({ status: 400, text: '{"error":{}}' }), null],
    [
      'an error said with a good status',
      {},
      answer({ text: '{"error":{"message":"no"}}' }),
      /with an error in its body/,
    ],
    ['words that are missing', { contains: 'bye' }, answer(), `the answer does not contain "bye": ${HELLO}`],
    ['words that are there', { contains: 'hello' }, answer(), null],
    ['too slow', { maxLatency: '12ms' }, answer(), 'took 13 ms, more than 12 ms'],
    ['just quick enough', { maxLatency: '12.4ms' }, answer({ latencyMs: 12 }), null],
    ['nothing', {}, answer({ status: 503, text: '' }), 'answered 503, expected 200: (nothing)'],
    ['no answer', {}, { failure: 'refused', latencyMs: 1 }, 'no answer: refused'],
    ['a long answer, cut', {}, answer({ status: 500, text: 'x'.repeat(900) }), /^answered 500, expected 200: x{200}…$/],
  ])('finds %s', (_, expectation, given, problem) => {
    const found = smokeProblem(requestOf(expectation), given);
    if (problem instanceof RegExp) expect(found).toMatch(problem);
    else expect(found).toBe(problem);
  });

  it.each([
    ['', 'text/plain'],
    ['null', 'application/json'],
    ['{"choices":[]}', 'application/json'],
    ['<html></html>', 'text/html'],
    ['starting', 'text/plain'],
    ['{"say":"hello"}', 'application/json'],
    ['{"choices":[{"message":{"cont', 'application/json'],
    ['data: [DONE]\n\n', 'text/event-stream'],
    ['data: {"choices":[{"delta":{"content":"hello"}}]}\n\n', 'text/event-stream'],
    ['{"object":"error","message":"no such model"}', 'application/json'],
  ])('finds that a good status is no answer: %j', (text, contentType) => {
    expect(smokeProblem(requestOf({}), answer({ text, contentType }))).toMatch(/^answered 200 with/);
  });

  it('asks no form of what an agent’s own path answers, but that it is no error', () => {
    const [own] = specOf([{ path: '/answer', body: {} }]).smoke.requests;
    expect(smokeProblem(own!, answer({ text: '{"reply":"hello"}' }))).toBeNull();
    expect(smokeProblem(own!, answer({ text: '', contentType: '' }))).toBeNull();
    expect(smokeProblem(own!, answer({ text: '{"error":"down"}' }))).toMatch(/an error in its body/);
  });

  it('passes when every request is answered as expected, and else tells the first that is not', () => {
    const requests = [requestOf({}), requestOf({ contains: 'bye' }), requestOf({})];
    expect(smokeReport(requests, [answer(), answer({ text: HELLO.replace('hello', 'bye') }), answer()])).toEqual({
      isPassed: true,
      text: '3 of 3 requests answered as expected (12 ms, 12 ms, 12 ms)',
    });
    expect(smokeReport(requests, [answer(), answer()])).toEqual({
      isPassed: false,
      text: `request 2 of 3, POST /chat/completions: the answer does not contain "bye": ${HELLO}`,
    });
    expect(smokeReport(requests, [answer()])).toMatchObject({
      isPassed: false,
      text: expect.stringMatching(/request 2 of 3.*was not sent/),
    });
  });
});
