import { hash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyOf } from '../../schemas/api-key.fixture.ts';
import { type ApiKey, KEY_PREFIX } from '../../schemas/api-key.ts';
import type { OwnEvent } from '../../schemas/own-event.ts';
import type { RateLimiter } from '../admission/limits.ts';
import { createIdSigner } from '../exchange/exchange-id.ts';
import { answerJson, closedAfterEach, completion, until, viewOf } from '../test/front-door.harness.ts';
import type { FrontDoorOptions } from '../test/front-door.harness.ts';

const { frontDoor, upstream } = closedAfterEach();
const EVENTS: OwnEvent[] = [{ name: 'purchase', min: 0, max: 1, perExchange: 1 }];
const FORWARDED = { access: { anonymous: {}, trustedProxies: ['127.0.0.1'] } };

/** A whole key, and what is kept of it. */
const apiKey = (letter: string, more: Partial<ApiKey> = {}): { key: string; record: ApiKey } => {
  const key = KEY_PREFIX + letter.repeat(43);
  return { key, record: keyOf(letter, { sha256: hash('sha256', key, 'hex'), ...more }) };
};
const asker = apiKey('a');
const other = apiKey('b');
const reporter = apiKey('c', { roles: ['events'], agents: ['support'] });
const stranger = apiKey('d', { roles: ['events', 'score'], agents: ['sales'] });

/** Lets each bucket have its burst, and no more. */
const bursts = (): RateLimiter & { charged: string[] } => {
  const counts = new Map<string, number>();
  const charged: string[] = [];
  return {
    charged,
    take: (buckets) => {
      const full = buckets.find(({ name, limit }) => (counts.get(name) ?? 0) >= limit.burst);
      const of = full ?? buckets[0]!;
      if (!full) for (const { name } of buckets) counts.set(name, (counts.get(name) ?? 0) + 1);
      if (!full) charged.push(...buckets.map(({ name }) => name.split(':')[0]!));
      const result = { allowed: !full, bucket: of.name, limit: of.limit.burst, remaining: 0, resetMs: 1_000 };
      return Promise.resolve({ ...result, retryAfterMs: full ? 1_000 : 0 });
    },
  };
};

const setUp = async (options: Partial<FrontDoorOptions> = {}) => {
  const version = await upstream((res) => answerJson(res, completion('hello')));
  const door = await frontDoor({
    views: [viewOf(version.url, version.url, 0, { events: EVENTS })],
    policy: {},
    keys: [asker, other, reporter, stranger].map(({ record }) => record),
    ...options,
  });
  const post = async (path: string, body: object, headers: Record<string, string>) => {
    const response = await fetch(`${door.url}/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const { error } = (await response.json()) as { error?: { code: string; message: string; param: string } };
    return { status: response.status, error, headers: response.headers };
  };
  const by = ({ key }: { key: string }) => ({ authorization: `Bearer ${key}` });
  const from = (address: string) => ({ 'x-forwarded-for': address });
  return {
    door,
    by,
    from,
    ask: async (headers: Record<string, string>, agent = 'support'): Promise<string> => {
      const answer = await post(
        'chat/completions',
        { model: agent, messages: [{ role: 'user', content: 'hi' }] },
        headers,
      );
      return answer.headers.get('x-coalmine-exchange-id')!;
    },
    tell: (id: string, said: object, headers: Record<string, string>) =>
      post('feedback', { exchange_id: id, ...said }, headers),
  };
};
const PURCHASE = { events: [{ name: 'purchase' }] };

describe('who may report of an exchange', () => {
  it('the key that asked for it, or one with the role `events` that may call its agent', async () => {
    const { door, ask, tell, by } = await setUp();
    const id = await ask(by(asker));
    expect((await tell(id, PURCHASE, by(asker))).status).toBe(202);
    expect((await tell(id, { ...PURCHASE, tags: ['order 1'] }, by(reporter))).status).toBe(202);
    for (const said of [PURCHASE, { thumbs: 'down' }, { rating: 1 }, { task_success: false }, { comment: 'bad' }])
      expect(await tell(id, said, by(other))).toMatchObject({ status: 403, error: { code: 'not_permitted' } });
    await until(() => door.feedback().length === 2, 'the feedback');
  });

  it('of an agent that a key may not call, nobody is told more than that there is none', async () => {
    const { door, ask, tell, by } = await setUp();
    const id = await ask(by(asker));
    const refused = await tell(id, PURCHASE, by(stranger));
    expect(refused).toMatchObject({
      status: 404,
      error: { code: 'model_not_found', message: 'There is no agent "support".' },
    });
    door.views.delete('support');
    expect(await tell(id, PURCHASE, by(asker))).toMatchObject({ status: 404, error: refused.error });
  });

  it('without a key, whoever comes from the network that asked', async () => {
    const { ask, tell, by, from } = await setUp({ policy: FORWARDED });
    const id = await ask(from('2001:db8:1:2::7'));
    expect((await tell(id, PURCHASE, from('2001:db8:1:2:ffff::8'))).status).toBe(202);
    for (const headers of [from('2001:db8:1:3::7'), from('203.0.113.7'), { ...from('2001:db8:1:2::7'), ...by(other) }])
      expect((await tell(id, { thumbs: 'up' }, headers)).status).toBe(403);
    const keyed = await ask({ ...from('203.0.113.7'), ...by(asker) });
    expect((await tell(keyed, { thumbs: 'up' }, from('203.0.113.7'))).status).toBe(403);
    expect((await tell(keyed, { thumbs: 'up' }, { ...from('198.51.100.1'), ...by(asker) })).status).toBe(202);
  });

  it('callers without a key may report for others where the policy gives them the role', async () => {
    const access = { anonymous: { roles: ['events' as const] }, trustedProxies: ['127.0.0.1'] };
    const { ask, tell, by, from } = await setUp({ policy: { access } });
    const id = await ask(by(asker));
    expect((await tell(id, { thumbs: 'up' }, from('203.0.113.7'))).status).toBe(202);
    expect((await tell(id, { labels: [{ metric: 'empathy', value: 1 }] }, from('203.0.113.7'))).status).toBe(403);
  });

  it('an id that was made with another secret, or that names no exchange, is none of ours', async () => {
    const { ask, tell, by } = await setUp();
    const id = await ask(by(asker));
    const claims = { agent: 'support', rollout: 'r1', routingSequence: 3, version: 'v2', arm: 'candidate' };
    const more = { evidence: true, subjectBucket: 3, caller: 1, timeMs: 1 };
    const foreign = createIdSigner(Buffer.alloc(32, 8), randomBytes)({ ...claims, ...more }, 0);
    for (const wrong of [foreign, 'shadow-1', `${id}A`, id.slice(2)])
      expect(await tell(wrong, PURCHASE, by(reporter))).toMatchObject({
        status: 403,
        error: { code: 'invalid_exchange_id' },
      });
  });
});

describe('feedback counts as a request does', () => {
  const limit = (burst: number) => ({ requests: 1, per: '1h', burst });

  it('in the limits of its key, its user and its agent, and tells how they stand', async () => {
    const limiter = bursts();
    const limits = { perKey: limit(4), perUser: limit(3) };
    const agents = { support: { limit: limit(9) } };
    const { ask, tell, by } = await setUp({ limiter, policy: { limits, agents } });
    const id = await ask(by(asker));
    const told = await tell(id, PURCHASE, { ...by(asker), 'x-session-id': 's1' });
    expect(told).toMatchObject({ status: 202 });
    expect(told.headers.get('x-ratelimit-limit-requests')).toBe('4');
    expect(limiter.charged).toEqual(['key', 'agent', 'key', 'user', 'agent']);
    for (let i = 0; i < 2; i += 1) expect((await tell(id, { rating: 1 + i }, by(asker))).status).toBe(202);
    expect(await tell(id, { rating: 3 }, by(asker))).toMatchObject({
      status: 429,
      error: { code: 'rate_limit_exceeded' },
    });
    const isRefused = async (n: number) => (await tell(id, { rating: n }, by(reporter))).status === 429;
    expect(await Promise.all([1, 2, 3, 4, 5].map(isRefused))).toEqual([false, false, false, false, true]);
    expect((await tell(id, PURCHASE, by(other))).error?.message).toMatch(/Another caller asked/);
    expect((await tell(id, PURCHASE, by(other))).error?.message).toMatch(/limit of this agent/);
  });

  it('in the limit of its address, where there is no key: refused words are charged, too', async () => {
    const { ask, tell, from } = await setUp({
      limiter: bursts(),
      policy: { ...FORWARDED, limits: { perKey: limit(3) } },
    });
    const id = await ask(from('203.0.113.7'));
    const invented = { events: [{ name: 'n1' }] };
    for (const status of [400, 400, 429]) expect((await tell(id, invented, from('203.0.113.7'))).status).toBe(status);
    expect((await tell(id, PURCHASE, from('203.0.113.8'))).status).toBe(403);
  });
});

describe('one client with an exchange in each arm’s every bucket', () => {
  it('gets no invented event into the log, nor a value off its range', async () => {
    const { door, ask, tell, by } = await setUp();
    const ids = await Promise.all(Array.from({ length: 20 }, (_, i) => ask({ ...by(asker), 'x-session-id': `s${i}` })));
    const invented = Array.from({ length: 16 }, (_, k) => ({ name: `n_${k}` }));
    const answers = await Promise.all(
      ids.flatMap((id) => [
        tell(id, { events: invented }, by(asker)),
        tell(id, { events: [{ name: 'purchases' }] }, by(asker)),
        tell(id, { events: [{ name: 'purchase', value: 1e6 }] }, by(asker)),
        tell(id, { events: [{ name: 'purchase' }, { name: 'purchase' }] }, by(asker)),
      ]),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
    expect(answers[1]!.error?.message).toMatch(/no event purchases; did you mean purchase\?/);
    expect((await tell(ids[0]!, PURCHASE, by(asker))).status).toBe(202);
    await until(() => door.feedback().length > 0, 'the feedback');
    expect(door.feedback()).toMatchObject([{ events: [{ name: 'purchase', value: 1, perExchange: 1 }] }]);
  });

  it('reports side by side in the same words are one record or carry one id', async () => {
    const { door, ask, tell, by } = await setUp();
    const id = await ask(by(asker));
    const answers = await Promise.all(Array.from({ length: 30 }, () => tell(id, PURCHASE, by(asker))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    await until(() => door.feedback().length > 0, 'the feedback');
    expect(new Set(door.feedback().map(({ feedbackId }) => feedbackId)).size).toBe(1);
  });
});
