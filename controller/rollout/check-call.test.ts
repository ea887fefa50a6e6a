import { describe, expect, it } from 'vitest';
import { Check } from '../../schemas/rollout-check.ts';
import { rolloutDocument, started, T0 } from '../test/play.fixture.ts';
import { checkCalls, readCheck } from './check-call.ts';
import type { CheckAnswer } from './prometheus.ts';

const WEBHOOK = Check.parse({ name: 'release', webhook: { endpoint: 'ops' } });
const PROMETHEUS = Check.parse({
  name: 'cpu',
  prometheus: { endpoint: 'prom', query: 'avg(cpu{version="v2"})', max: 0.9, min: 0.1 },
  timeout: '5s',
});
const RATE = Check.parse({
  name: 'refunds',
  prometheus: { endpoint: 'prom', rate: { bad: 'refunds', total: 'orders', max: 0.02 } },
});
const run = started(rolloutDocument({})).state.run!;

describe('a check is asked', () => {
  it('by webhook with the rollout’s facts as JSON', () => {
    const [{ body, ...call } = { body: '' }, ...more] = checkCalls('support', run, WEBHOOK);
    expect(more).toEqual([]);
    expect(call).toEqual({ endpoint: 'ops', path: '', contentType: 'application/json', timeoutMs: 10_000 });
    expect(JSON.parse(body)).toEqual({
      check: 'release',
      agent: 'support',
      rollout: run.id,
      candidate: 'v2',
      stable: 'v1',
      state: 'canary',
      stage: 0,
      stages: 4,
      weightPct: 5,
      startedAtMs: T0,
      hold: null,
    });
  });

  it('by Prometheus with its query as a form', () => {
    const call = {
      endpoint: 'prom',
      path: '/api/v1/query',
      contentType: 'application/x-www-form-urlencoded',
      body: 'query=avg%28cpu%7Bversion%3D%22v2%22%7D%29',
      timeoutMs: 5_000,
    };
    expect(checkCalls('support', run, PROMETHEUS)).toEqual([call]);
    expect(checkCalls('support', run, RATE).map(({ body }) => body)).toEqual(['query=refunds', 'query=orders']);
  });
});

const told = (check: Check, ...answers: CheckAnswer[]): string => {
  const { outcome, reason } = readCheck(check, answers);
  return `${outcome}: ${reason}`;
};

describe('a webhook’s answer', () => {
  it.each([
    [200, '', 'passed: '],
    [200, '{"reason":"approved by bob"}', 'passed: approved by bob'],
    [200, '{"ok":true}', 'passed: '],
    [200, 'go\n ahead\u0007', 'passed: go ahead'],
    [409, '{"reason":"change freeze"}', 'failed: change freeze'],
    [422, 'not now', 'failed: not now'],
    [400, '"no"', 'failed: no'],
    [410, '', 'failed: it answered 410 and gave no reason'],
    [204, '', 'unanswered: it answered 204 (only 200 is a yes)'],
    [302, '', 'unanswered: it answered 302 (no redirect is followed)'],
    [401, 'who are you?', 'unanswered: it answered 401: who are you?'],
    [404, '', 'unanswered: it answered 404'],
    [429, 'slow down', 'unanswered: it answered 429: slow down'],
    [500, '<h1>oops</h1>', 'unanswered: it answered 500: <h1>oops</h1>'],
    [409, `{"reason":"${'x'.repeat(1_000)}"}`, `failed: ${'x'.repeat(300)}…`],
  ])('%i %j', (status, text, expected) => expect(told(WEBHOOK, { status, text })).toBe(expected));

  it('that did not come is neither yes nor no', () => {
    expect(told(WEBHOOK, { failure: 'not done within 10000 ms' })).toBe('unanswered: not done within 10000 ms');
  });
});

const vector = (...values: unknown[]): string =>
  JSON.stringify({
    status: 'success',
    data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1_700_000_000, value] })) },
  });
const scalar = (value: string): string =>
  JSON.stringify({ status: 'success', data: { resultType: 'scalar', result: [1_700_000_000, value] } });

describe('an answer of Prometheus', () => {
  it.each([
    [200, vector('0.5'), 'passed: the query gives 0.5'],
    [200, scalar('0.9'), 'passed: the query gives 0.9'],
    [200, vector('0.95'), 'failed: the query gives 0.95, at most 0.9 is allowed'],
    [200, vector('0.05'), 'failed: the query gives 0.05, at least 0.1 is needed'],
    [200, vector(), 'unanswered: the query gives no series: there are no data'],
    [200, vector('0.5', '0.6'), 'unanswered: the query gives 2 series; aggregate them to one'],
    [200, vector('NaN'), 'unanswered: the query gives NaN, which is no number to hold against anything'],
    [200, vector('+Inf'), 'unanswered: the query gives +Inf, which is no number to hold against anything'],
    [200, vector(''), 'unanswered: the query’s result has no value'],
    [200, vector(0.5), 'unanswered: the query’s result has no value'],
    [
      200,
      JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [] } }),
      'unanswered: the query gives a matrix; one number is needed',
    ],
    [200, '{"status":"success"}', 'unanswered: Prometheus answered no result: {"status":"success"}'],
    [200, '<html>', 'unanswered: Prometheus answered no JSON: <html>'],
    [200, 'null', 'unanswered: Prometheus answered no JSON: null'],
    [
      400,
      '{"status":"error","errorType":"bad_data","error":"1:4: parse error"}',
      'unanswered: Prometheus answered 400: 1:4: parse error',
    ],
    [401, 'Unauthorized', 'unanswered: Prometheus answered 401: Unauthorized'],
  ])('%i %s', (status, text, expected) => expect(told(PROMETHEUS, { status, text })).toBe(expected));
});

describe('a rate of Prometheus’ counters', () => {
  const count = (value: number): CheckAnswer => ({ status: 200, text: scalar(String(value)) });

  it.each([
    [0, 40, 'passed: 0 of 40 were bad (0 %), at most 2 % is allowed (evidence 0.41 of the 20 that prove more)'],
    [3, 100, 'passed: 3 of 100 were bad (3 %), at most 2 % is allowed (evidence 0.85 of the 20 that prove more)'],
    [
      9.8,
      100.2,
      'failed: 10 of 100 were bad (10 %), at most 2 % is allowed (evidence 1,100 of the 20 that prove more)',
    ],
    [0, 0, 'unanswered: the queries have counted nothing yet'],
    [9, 5, 'unanswered: the queries give 9 bad of 5, which can’t be'],
    [-3, 5, 'unanswered: the queries give -3 bad of 5, which can’t be'],
  ])('%d bad of %d', (bad, total, expected) => expect(told(RATE, count(bad), count(total))).toBe(expected));

  it('of which one can’t be read says neither yes nor no', () => {
    expect(told(RATE, count(9), { status: 200, text: vector() })).toBe(
      'unanswered: the query gives no series: there are no data',
    );
    expect(told(RATE, { failure: 'not done within 10000 ms' }, count(9))).toBe('unanswered: not done within 10000 ms');
  });
});

describe('a document’s check', () => {
  const issueOf = (check: object): string => Check.safeParse(check).error?.issues[0]?.message ?? '';
  const webhook = { endpoint: 'ops' };

  it.each([
    [{ name: 'a' }, /needs one of webhook and prometheus/],
    [{ name: 'a', webhook, prometheus: { endpoint: 'p', query: 'up', max: 1 } }, /needs one of/],
    [{ name: 'a', prometheus: { endpoint: 'p', query: 'up' } }, /needs max, min or both/],
    [{ name: 'a', prometheus: { endpoint: 'p' } }, /needs one of query and rate/],
    [
      { name: 'a', prometheus: { endpoint: 'p', max: 1, rate: { bad: 'a', total: 'b', max: 0.1 } } },
      /a rate has its max within/,
    ],
    [{ name: 'a', prometheus: { endpoint: 'p', rate: { bad: 'a', total: 'b', max: 2 } } }, /./],
    [{ name: 'a', webhook: { endpoint: 'http://169.254.169.254/' } }, /./],
    [{ name: 'a', webhook: { url: 'http://10.0.0.1/' } }, /./],
    [{ name: 'a', webhook, every: '10ms' }, /a second or more/],
    [{ name: 'a', webhook, timeout: '2m' }, /a minute at most/],
  ])('%j is refused', (check, message) => expect(issueOf(check)).toMatch(message));
});
