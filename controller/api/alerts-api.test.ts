import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { readDocuments } from '../../schemas/read-documents.ts';
import { takesAlerts } from '../test/alerting.fixture.ts';
import { receiver, regressionOf } from '../test/alerts.fixture.ts';
import { accessWith, bearer, keyFor } from '../test/api-access.fixture.ts';
import { createSimulation, type SimulatedController, startSimulated } from '../test/simulation.fixture.ts';
import { serveApi } from './http-api.io.ts';

const EXAMPLE = readFileSync(new URL('../../examples/alerting.yaml', import.meta.url), 'utf8');
const SECRETS: Readonly<Record<string, string>> = {
  'slack-support': 'https://hooks.slack.com/services/T0/B0/S3cret',
  'pagerduty-support': 'R0UT1NG',
  'hook-support': 'sh4red',
  odd: 'no address',
};
const ORIGINS = ['https://hooks.slack.com', 'https://events.pagerduty.com', 'https://hooks.example.com'];
const KEYS = [
  keyFor('ann'),
  keyFor('operator', { roles: ['operate'], agents: ['support'] }),
  keyFor('viewer', { roles: ['view'], agents: ['support'] }),
  keyFor('proposer', { roles: ['propose'] }),
  keyFor('stranger', { roles: ['admin'], agents: ['other'] }),
];

const taker = receiver();
const simulation = createSimulation(43);
let controller: SimulatedController;
let api: Awaited<ReturnType<typeof serveApi>>;
beforeAll(async () => {
  const alerting = takesAlerts({ send: taker.send, secretOf: (name) => SECRETS[name] });
  const { bus, store, clock } = simulation;
  controller = await startSimulated(bus, store, clock, undefined, undefined, 1, undefined, alerting, ORIGINS);
  api = await serveApi({ controller, ...accessWith(...KEYS) });
});
afterAll(async () => {
  await api.stop();
  await controller.stop();
});

const Body = z.looseObject({
  issues: z.array(z.object({ path: z.string() })).optional(),
  applied: z.array(z.looseObject({ result: z.string() })).optional(),
  alerts: z.array(z.looseObject({ key: z.string(), deliveries: z.array(z.looseObject({})) })).optional(),
  open: z.number().optional(),
  next: z.string().nullish(),
  receivers: z.array(z.string()).optional(),
});
const ask = async (who: string, method: string, path: string, body?: string) => {
  const response = await fetch(`http://127.0.0.1:${api.port}${path}`, {
    method,
    headers: { ...bearer(who), ...(body !== undefined && { 'content-type': 'application/yaml' }) },
    ...(body !== undefined && { body }),
  });
  return { status: response.status, body: Body.parse(await response.json()) };
};
const soon = { timeout: 10_000, interval: 10 };
/** So that the next message to a receiver may go out. */
const later = (): void => simulation.clock.set(simulation.clock.nowMs() + 6_000);

describe('an Alerting document', () => {
  it('is for admins with a key for all agents', async () => {
    for (const who of ['operator', 'proposer', 'stranger'])
      expect((await ask(who, 'POST', '/v1/documents', EXAMPLE)).status, who).toBe(403);
  });

  it('leads nowhere that the operator does not allow, whoever applies it, and names no secret that there is not', async () => {
    const changed = (from: string, to: string) => ask('ann', 'POST', '/v1/documents', EXAMPLE.replace(from, to));
    for (const [from, to, path] of [
      ['https://hooks.example.com/coalmine', 'http://169.254.169.254/latest', 'spec.receivers.3.url'],
      ['secret: hook-support', 'secret: redis-password', 'spec.receivers.3.secret'],
      ['secret: slack-support', 'secret: odd', 'spec.receivers.0.secret'],
    ] as const) {
      const { status, body } = await changed(
        `${from}${from.startsWith('secret') ? ' }' : ''}`,
        `${to}${to.startsWith('secret') ? ' }' : ''}`,
      );
      expect([status, body.issues![0]!.path]).toEqual([400, path]);
      expect(JSON.stringify(body)).not.toContain('no address here');
    }
  });

  it('as the examples have it is applied, once, and is read back', async () => {
    const plan = await ask('ann', 'POST', '/v1/documents/plan', EXAMPLE);
    expect(plan.status).toBe(200);
    const first = await ask('ann', 'POST', '/v1/documents', EXAMPLE);
    expect(first.body.applied).toMatchObject([{ kind: 'Alerting', name: 'support-team', result: 'registered' }]);
    expect((await ask('ann', 'POST', '/v1/documents', EXAMPLE)).body.applied).toMatchObject([{ result: 'unchanged' }]);
  });

  it('is refused where a route names no receiver, an address is several, or a receiver is there twice', () => {
    for (const [from, to, reason] of [
      ['receiver: chat', 'receiver: chatt', /names no receiver/],
      ['[support-team@example.com]', '["a@b.example, c@d.example"]', /email/i],
      ['name: team, type', 'name: chat, type', /two receivers of one name/],
      ['holdLongerThan', 'holdLonger', /unknown field/],
    ] as const) {
      const read = readDocuments(EXAMPLE.replace(from, to));
      expect('issues' in read && read.issues.map((issue) => issue.reason).join()).toMatch(reason);
    }
  });
});

describe('the alerts', () => {
  it('are seen by whose key is for the agent, page by page, open ones first', async () => {
    const agents = ['support', 'support', 'other'];
    await Promise.all(
      agents.map((agent, i) => controller.alerts.raise(regressionOf(agent, { key: `regression|${agent}|${i}` }))),
    );
    const list = async (who: string, query = '') => (await ask(who, 'GET', `/v1/alerts${query}`)).body;
    await vi.waitFor(async () => expect((await list('ann')).open).toBe(3), soon);
    expect((await list('viewer')).alerts!.map(({ key }) => key).sort()).toEqual([
      'regression|support|0',
      'regression|support|1',
    ]);
    expect((await list('stranger')).alerts).toHaveLength(1);
    const first = await list('ann', '?limit=2');
    const second = await list('ann', `?limit=2&cursor=${first.next}`);
    expect(second.next).toBeNull();
    expect([...first.alerts!, ...second.alerts!].map(({ key }) => key).sort()).toEqual(
      agents.map((agent, i) => `regression|${agent}|${i}`).sort(),
    );
    expect((await ask('ann', 'GET', '/v1/alerts?cursor=bm8')).status).toBe(400);
    await vi.waitFor(async () => {
      later();
      expect((await list('viewer')).alerts![0]!.deliveries).toMatchObject([
        { receiver: 'support-team/on-call', state: 'sent' },
        { receiver: 'support-team/chat', state: 'sent' },
      ]);
    }, soon);
  });

  it('are acknowledged by whoever may operate the agent, while they are open', async () => {
    const of = (key: string) => `/v1/alerts/${encodeURIComponent(key)}/acknowledge`;
    expect((await ask('viewer', 'POST', of('regression|support|0'))).status).toBe(403);
    expect((await ask('operator', 'POST', of('regression|other|2'))).status).toBe(404);
    expect((await ask('operator', 'POST', of('regression|nobody|2'))).status).toBe(404);
    const long = `regression|support|${'ä/#'.repeat(60)}`;
    await controller.alerts.raise(regressionOf('support', { key: long }));
    await vi.waitFor(async () => expect((await ask('operator', 'POST', of(long))).status).toBe(200), soon);
    const done = await ask('operator', 'POST', of('regression|support|0'));
    expect(done).toMatchObject({ status: 200, body: { acknowledged: { by: 'operator (key_operator)' } } });
    await controller.alerts.settle('regression|support|0');
    await vi.waitFor(
      async () => expect((await ask('operator', 'POST', of('regression|support|0'))).status).toBe(409),
      soon,
    );
  });

  it('of a test go to every receiver, at an admin’s word', async () => {
    expect((await ask('stranger', 'POST', '/v1/alerting/support-team/test')).status).toBe(404);
    const before = taker.taken.length;
    later();
    const { status, body } = await ask('ann', 'POST', '/v1/alerting/support-team/test');
    expect([status, body.receivers!.length]).toEqual([200, 4]);
    await vi.waitFor(() => expect(taker.taken.length).toBe(before + 4), soon);
  });

  it('show no secret, whether or not they could be sent', async () => {
    const { body } = await ask('ann', 'GET', '/v1/alerts');
    for (const secret of Object.values(SECRETS)) expect(JSON.stringify(body)).not.toContain(secret);
  });
});
