import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import { keyOf } from '../../schemas/api-key.fixture.ts';
import { type ApiKey, KEY_PREFIX } from '../../schemas/api-key.ts';
import type { OwnMetric } from '../../schemas/own-metric.ts';
import { answerJson, closedAfterEach, completion, until, viewOf } from '../test/front-door.harness.ts';

const { frontDoor, upstream } = closedAfterEach();
const METRICS: OwnMetric[] = [{ name: 'csat', family: 'score', better: 'higher', min: 1, max: 5 }];

/** A whole key, and what is kept of it. */
const apiKey = (letter: string, more: Partial<ApiKey>): { key: string; record: ApiKey } => {
  const key = KEY_PREFIX + letter.repeat(43);
  return { key, record: keyOf(letter, { sha256: hash('sha256', key, 'hex'), ...more }) };
};

it('scores of one’s own are taken of keys with the role `score` that may call the agent, once of each exchange', async () => {
  const v1 = await upstream((res) => answerJson(res, completion('hello')));
  const grader = apiKey('a', { roles: ['score'] });
  const other = apiKey('b', { roles: ['score'], agents: ['sales'] });
  const caller = apiKey('c', {});
  const door = await frontDoor({
    views: [viewOf(v1.url, v1.url, 0, { metrics: METRICS })],
    policy: {},
    keys: [grader, other, caller].map(({ record }) => record),
  });
  const post = async (path: string, key: string, body: object): Promise<Response> =>
    fetch(`${door.url}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const ask = { model: 'support', messages: [{ role: 'user', content: 'hi' }] };
  const id = (await post('chat/completions', caller.key, ask)).headers.get('x-coalmine-exchange-id')!;
  const score = async (key: string, value: number, metric = 'csat') => {
    const response = await post('feedback', key, { exchange_id: id, scores: [{ metric, value }] });
    return { status: response.status, text: await response.text() };
  };
  expect(await score(caller.key, 4)).toMatchObject({ status: 403, text: expect.stringContaining('role `score`') });
  expect(await score(other.key, 4)).toMatchObject({ status: 404 });
  expect(await score(grader.key, 4, 'scat')).toMatchObject({
    status: 400,
    text: expect.stringContaining('agent support has no metric scat'),
  });
  expect([await score(grader.key, 4), await score(grader.key, 4)]).toMatchObject([{ status: 202 }, { status: 202 }]);
  expect((await post('feedback', caller.key, { exchange_id: id, thumbs: 'up' })).status).toBe(202);
  await until(() => door.feedback().length === 2, 'the feedback');
  expect(door.feedback()).toMatchObject([
    { exchangeId: id, version: 'v1', arm: 'stable', scores: [{ metric: 'csat:score:higher', value: 0.75 }] },
    { thumbs: 'up', scores: [] },
  ]);
});
