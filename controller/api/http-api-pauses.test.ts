import { describe, expect, it } from 'vitest';
import type { RolloutView } from '../../schemas/controller-api.ts';
import { bearer } from '../test/api-access.fixture.ts';
import { worldOf } from '../test/play.fixture.ts';
import { servedApi } from '../test/served-api.harness.ts';
import { AGENT_YAML } from '../test/simulation.fixture.ts';

const { simulation, controller, urlOf } = servedApi(11);

const ask = async (path: string, body?: string): Promise<{ status: number; body: unknown }> => {
  const headers = { 'content-type': 'application/yaml', ...bearer('ann') };
  const response = await fetch(urlOf(path), body === undefined ? { headers } : { method: 'POST', headers, body });
  return { status: response.status, body: await response.json() };
};
const command = async (name: string): Promise<{ status: number; body: unknown }> => {
  const url = urlOf(`/v1/rollouts/support-v2/${name}`);
  const response = await fetch(url, { method: 'POST', headers: bearer('ann') });
  return { status: response.status, body: await response.json() };
};
const rollout = (stages: string): string => `${AGENT_YAML}---
apiVersion: coalmine/v1
kind: Rollout
metadata: { name: support-v2 }
spec: { agent: support, candidate: v2, minRequests: 20, notify: { webhook: 'http://127.0.0.1:1/hook' }, stages: [${stages}] }
`;
const STAGES = '{ weightPct: 25, duration: 6s }, { pause: {} }, { weightPct: 50, duration: 6s }';

describe('pauses over HTTP', () => {
  it.each([
    ['a weight over 100', STAGES.replace('50', '120'), 'stages.2.weightPct', /100/],
    [
      'an unknown field of a pause',
      STAGES.replace('pause: {}', 'pause: { time: 1h }'),
      'stages.1.pause.time',
      /unknown/,
    ],
    ['a field beside a pause', STAGES.replace('pause: {}', 'pause: {}, duration: 1h'), 'stages.1.duration', /unknown/],
    ['a pause in no unit', STAGES.replace('pause: {}', 'pause: { duration: 5 }'), 'stages.1.pause.duration', /string/],
  ])('a document with %s is refused where it stands', async (_, stages, path, reason) => {
    const { status, body } = await ask('/v1/documents', rollout(stages));
    expect(status).toBe(400);
    expect(body).toMatchObject({
      issues: [{ path: `document 2.spec.${path}`, reason: expect.stringMatching(reason) as string }],
    });
  });

  it(
    'a planned pause says where it stands and how to go on, and goes on when it is resumed',
    { timeout: 20_000 },
    async () => {
      expect((await ask('/v1/documents', rollout(STAGES))).status).toBe(200);
      await simulation.run([controller()], worldOf(80), 20);
      const view = (await ask('/v1/rollouts/support-v2')).body as RolloutView;
      expect(view).toMatchObject({ state: 'paused', stage: 0, pause: { untilMs: null }, weights: { candidate: 25 } });
      expect(view.sentence).toMatch(
        /^v2 waits at 25 % of the traffic for someone to resume \(coalmine resume support-v2\)\. Nothing is proven worse/,
      );
      expect(controller().notified.map(({ type, pause }) => [type, pause])).toEqual([['pause', { untilMs: null }]]);
      expect(await command('pause')).toMatchObject({ status: 409 });
      expect(await command('resume')).toMatchObject({
        status: 200,
        body: { decision: { by: 'ann (key_ann)', sentence: 'v2 goes on at 25 % of the traffic, resumed by ann.' } },
      });
      await simulation.run([controller()], worldOf(80), 5);
      expect((await ask('/v1/rollouts/support-v2')).body).toMatchObject({ state: 'canary', stage: 1, pause: null });
    },
  );
});
