import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ToldDecision, RolloutView } from '../../schemas/controller-api.ts';
import { serveApi } from '../api/http-api.io.ts';
import { agree } from '../commands/second-person.ts';
import { accessWith, bearer, keyFor } from './api-access.fixture.ts';
import {
  AGENT_YAML,
  createSimulation,
  rolloutYaml,
  startSimulated,
  type SimulatedController,
} from './simulation.fixture.ts';

const DAY_MS = 24 * 3_600_000;
const simulation = createSimulation(31);
const KEYS = [
  ...['ann', 'bob'].map((name) => keyFor(name, { roles: ['operate'] })),
  keyFor('zoe', { name: 'bob' }),
  keyFor('root'),
];
const startAgain = (): Promise<SimulatedController> =>
  startSimulated(simulation.bus, simulation.store, simulation.clock, undefined, undefined, 2);

let controller: SimulatedController;
let api: Awaited<ReturnType<typeof serveApi>>;
const serve = async (): Promise<void> => {
  controller = await startAgain();
  api = await serveApi({ controller, ...accessWith(...KEYS), anonymousRole: 'operate' });
};
beforeAll(serve);
afterAll(async () => {
  await api.stop();
  await controller.stop();
});

type Body = { decision: ToldDecision; detail: string };
const post = async (path: string, headers: object, body: string, type = 'application/json') => {
  const given = { method: 'POST', headers: { ...headers, 'content-type': type }, body };
  const response = await fetch(`http://127.0.0.1:${api.port}${path}`, given);
  return { status: response.status, body: (await response.json()) as Body };
};
const promote = (who: object, name: string, body = '{}') => post(`/v1/rollouts/${name}/promote`, who, body);
const begin = async (name: string): Promise<void> => {
  const applied = await post(
    '/v1/documents',
    bearer('root'),
    `${AGENT_YAML}---${rolloutYaml('', name)}`,
    'application/yaml',
  );
  expect(applied.status).toBe(200);
};
const seen = (name: string): RolloutView => controller.rollout(name)!;

describe('where a promotion takes two people', () => {
  it('the first asks, which moves nothing and is told to whoever looks; another key’s holder promotes', async () => {
    await begin('shared');
    const before = seen('shared').arms;
    const asked = await promote(bearer('ann'), 'shared', '{"reason":"the survey is in"}');
    expect([asked.status, asked.body.decision.type, asked.body.decision.by]).toEqual([200, 'approve', 'ann (key_ann)']);
    expect(asked.body.decision.sentence).toContain(
      'ann asks to promote v2: the survey is in. Another person must agree',
    );
    expect(seen('shared')).toMatchObject({
      state: 'canary',
      arms: before,
      approval: { by: 'ann (key_ann)', arm: null },
    });
    expect(seen('shared').sentence).toContain(
      'ann asked to promote v2; another person must agree within 24 hours (coalmine promote shared',
    );
    expect(controller.notified.map(({ type }) => type)).not.toContain('promote');

    const again = await promote(bearer('ann'), 'shared');
    expect([again.status, again.body.detail]).toEqual([
      409,
      'you have asked for the promotion of shared already; somebody with another key must agree',
    ]);
    const nobody = await promote({}, 'shared');
    expect([nobody.status, nobody.body.detail]).toEqual([409, 'a promotion takes the keys of two people here']);
    expect(seen('shared').state).toBe('canary');

    const agreed = await promote(bearer('bob'), 'shared', '{"reason":"so it is"}');
    expect(agreed.body.decision).toMatchObject({
      type: 'promote',
      by: 'bob (key_bob)',
      reason: 'asked for by ann: the survey is in: so it is',
    });
    expect(seen('shared')).toMatchObject({ state: 'promoted', approval: null });
  });

  it('a controller that comes after knows who asked, and that an abort took it back', async () => {
    const back = await post('/v1/agents/support/stable', bearer('root'), '{"version":"v1"}');
    expect(back.status).toBe(200);
    await begin('kept');
    expect((await promote(bearer('ann'), 'kept')).status).toBe(200);
    await api.stop();
    await controller.stop();
    await serve();
    await vi.waitFor(() => expect(seen('kept').approval).toMatchObject({ by: 'ann (key_ann)' }));
    expect((await promote(bearer('ann'), 'kept')).status).toBe(409);
    expect((await post('/v1/rollouts/kept/abort', bearer('bob'), '{}')).status).toBe(200);
    expect(seen('kept')).toMatchObject({ state: 'aborted', approval: null });
    await begin('next');
    expect((await promote(bearer('bob'), 'next')).body.decision.type).toBe('approve');
    expect((await post('/v1/rollouts/next/abort', bearer('bob'), '{}')).status).toBe(200);
  });

  it('the second may agree without naming the arm again, and nobody to what they asked for themselves', async () => {
    await begin('agreed');
    expect((await promote(bearer('ann'), 'agreed')).body.decision.type).toBe('approve');
    const approve = (who: object) => post('/v1/rollouts/agreed/approve', who, '{"reason":"yes"}');
    expect((await approve(bearer('ann'))).status).toBe(409);
    expect(await approve(bearer('bob'))).toMatchObject({
      status: 200,
      body: { decision: { type: 'promote', by: 'bob (key_bob)', reason: 'asked for by ann: yes' } },
    });
    expect((await post('/v1/rollouts/agreed/rollback', bearer('bob'), '{}')).status).toBe(200);
  });

  it('a second key of the same name is another key: names are told to people, ids decide', async () => {
    await begin('namesakes');
    expect((await promote(bearer('bob'), 'namesakes')).body.decision.type).toBe('approve');
    expect((await promote(bearer('zoe'), 'namesakes')).body.decision).toMatchObject({
      type: 'promote',
      by: 'bob (key_zoe)',
    });
  });
});

it('what one asked for counts for its arm, for a day, and for nobody without a key', () => {
  const asked = { by: 'ann (key_a)', atMs: 0, arm: 'kind', reason: '' };
  const kinds = (by: string, arm: string | null, nowMs: number): string =>
    agree({ name: 'tone', asked }, { by, arm, reason: '', nowMs }).kind;
  expect(kinds('bob (key_b)', 'kind', DAY_MS - 1)).toBe('agreed');
  expect(kinds('bob (key_b)', 'kind', DAY_MS)).toBe('ask');
  expect(kinds('bob (key_b)', 'curt', 1)).toBe('ask');
  expect(kinds('ann (key_a)', 'kind', 1)).toBe('refused');
  expect(kinds('ann (key_a) (key_b)', 'kind', 1)).toBe('agreed');
  expect(kinds('anonymous', 'kind', 1)).toBe('refused');
  expect(agree({ name: 'tone', asked: null }, { by: 'ann (key_a)', arm: null, reason: '', nowMs: 0 }).kind).toBe('ask');
});
