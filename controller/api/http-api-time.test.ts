import { describe, expect, it } from 'vitest';
import { type Applied, CONTROLLER_API, type RolloutView } from '../../schemas/controller-api.ts';
import { bearer } from '../test/api-access.fixture.ts';
import { worldOf } from '../test/play.fixture.ts';
import { servedApi } from '../test/served-api.harness.ts';
import { AGENT_YAML } from '../test/simulation.fixture.ts';

const { simulation, controller, urlOf } = servedApi(12);

const apply = async (body: string): Promise<Applied[]> => {
  const headers = { 'content-type': 'application/yaml', ...bearer('ann') };
  const response = await fetch(urlOf('/v1/documents'), { method: 'POST', headers, body });
  return CONTROLLER_API.applyDocuments.response.parse(await response.json()).applied;
};
const view = async (): Promise<RolloutView> => {
  const response = await fetch(urlOf('/v1/rollouts/support-v2'), { headers: bearer('ann') });
  return CONTROLLER_API.getRollout.response.parse(await response.json());
};
const ROLLOUT = `
apiVersion: coalmine/v1
kind: Rollout
metadata: { name: support-v2 }
spec: { agent: support, candidate: v2, promotion: budget, metrics: [{ name: error_rate }, { name: latency }] }
`;

describe('the time to a verdict over HTTP', { timeout: 30_000 }, () => {
  it('is told in requests before any traffic was seen, in minutes after, and no more when it is over', async () => {
    const [agent] = await apply(AGENT_YAML);
    expect(agent).toMatchObject({ timeToVerdict: null, sentence: '' });
    const [started] = await apply(ROLLOUT);
    expect(started).toMatchObject({ result: 'started', timeToVerdict: { requestsPerMinute: null, minutes: null } });
    expect(started!.sentence).toMatch(/^No traffic was seen yet: it needs about [\d,]+ requests of the candidate\.$/);

    await simulation.run([controller()], worldOf(200), 10);
    const early = await view();
    expect(early.timeToVerdict!.metrics.map(({ metric }) => metric).toSorted()).toEqual(['error_rate', 'latency']);
    expect(early.sentence).toMatch(/At 12,000 requests a minute it needs about \d+ minutes? more and [\d,]+ requests/);
    const [again] = await apply(ROLLOUT);
    expect(again!.result).toBe('unchanged');
    expect(again!.sentence).toMatch(/^At 12,000 requests a minute/);

    await simulation.run([controller()], worldOf(200), 120);
    expect(await view()).toMatchObject({ state: 'promoted', timeToVerdict: null });
  });
});
