import { beforeAll, describe, expect, it } from 'vitest';
import { bearer } from '../test/api-access.fixture.ts';
import { servedApi } from '../test/served-api.harness.ts';
import { AGENT_YAML, rolloutYaml } from '../test/simulation.fixture.ts';

const served = servedApi(43);
const get = (path: string, headers = {}): Promise<Response> =>
  fetch(served.urlOf(path), { headers: { ...bearer('ann'), ...headers } });
const apply = (body: string, headers = {}): Promise<Response> =>
  fetch(served.urlOf('/v1/documents'), {
    method: 'POST',
    headers: { ...bearer('ann'), 'content-type': 'application/yaml', ...headers },
    body,
  });
const tagOf = async (path: string): Promise<string> => (await get(path)).headers.get('etag') ?? '';
const ROLLOUT = rolloutYaml();
const GATE = `
apiVersion: coalmine/v1
kind: Gate
metadata: { name: ci }
spec: { agent: support, version: v2, passed: true, cases: 12 }
`;
const changed = (word: string): string => AGENT_YAML.replace('label: category', `label: ${word}`);

beforeAll(async () => {
  expect((await apply(`${AGENT_YAML}---${ROLLOUT}---${GATE}`)).status).toBe(200);
});

describe('a document', () => {
  it.each(['Agent/support', 'Rollout/support-v2', 'Gate/ci'])('is told as it was applied: %s', async (which) => {
    const [kind, name] = which.split('/');
    const told = await get(`/v1/documents/${which}`);
    expect([told.status, await told.json()]).toMatchObject([
      200,
      { apiVersion: 'coalmine/v1', kind, metadata: { name }, spec: {} },
    ]);
    const tag = told.headers.get('etag') ?? '';
    expect(tag).toMatch(/^"[0-9a-f]{64}"$/);
    for (const known of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      const again = await get(`/v1/documents/${which}`, { 'if-none-match': known });
      expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, tag, '']);
    }
    expect((await get(`/v1/documents/${which}`, { 'if-none-match': '"x"' })).status).toBe(200);
  });

  it('that nobody has applied is 404, and of no kind there is 400', async () => {
    for (const which of ['Agent/nobody', 'Rollout/nothing', 'Gate/nothing', 'Calibration/nothing'])
      expect((await get(`/v1/documents/${which}`)).status).toBe(404);
    expect((await get('/v1/documents/Robot/support')).status).toBe(400);
  });

  it('takes the place of the one that was seen, and of no other', async () => {
    await fetch(served.urlOf('/v1/rollouts/support-v2/abort'), { method: 'POST', headers: bearer('ann') });
    const seen = await tagOf('/v1/documents/Agent/support');
    expect((await apply(changed('fr'), { 'if-match': seen })).status).toBe(200);
    const now = await tagOf('/v1/documents/Agent/support');
    expect(now).not.toBe(seen);
    const late = await apply(changed('it'), { 'if-match': seen });
    expect([late.status, await late.json()]).toMatchObject([
      412,
      { type: 'urn:coalmine:problem:stale', detail: expect.stringMatching(/^Agent support is another/) as string },
    ]);
    expect(await tagOf('/v1/documents/Agent/support')).toBe(now);
    expect((await apply(changed('it'), { 'if-match': '*' })).status).toBe(200);
  });

  it('of several each must be one that was seen: one that is not, and nothing is applied', async () => {
    const [agent, rollout] = [
      await tagOf('/v1/documents/Agent/support'),
      await tagOf('/v1/documents/Rollout/support-v2'),
    ];
    const next = `${changed('es')}---${ROLLOUT.replace('minRequests: 20', 'minRequests: 30')}`;
    expect((await apply(next, { 'if-match': agent })).status).toBe(412);
    expect((await apply(next.replace('name: support-v2', 'name: other'), { 'if-match': '*' })).status).toBe(412);
    expect(await tagOf('/v1/documents/Agent/support')).toBe(agent);
    expect((await apply(next, { 'if-match': `${agent}, ${rollout}` })).status).toBe(200);
  });

  it('with tags that are none is in nobody’s place, and of two who saw the same one alone applies', async () => {
    await fetch(served.urlOf('/v1/rollouts/support-v2/abort'), { method: 'POST', headers: bearer('ann') });
    for (const tags of ['x', '"a', '"a" "b"']) expect((await apply(AGENT_YAML, { 'if-match': tags })).status).toBe(412);
    const seen = await tagOf('/v1/documents/Agent/support');
    const both = await Promise.all(['pt', 'nl'].map((word) => apply(changed(word), { 'if-match': seen })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
  });
});
