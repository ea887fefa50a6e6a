import { beforeAll, describe, expect, it } from 'vitest';
import { bearer } from '../test/api-access.fixture.ts';
import { servedApi } from '../test/served-api.harness.ts';
import { AGENT_YAML, rolloutYaml } from '../test/simulation.fixture.ts';

const served = servedApi(47);
type Body = Record<string, unknown> & {
  detail: string;
  decision: Record<string, unknown>;
  audit: { type: string; by: string; rollout: string; atMs: number; changes: { field: string }[] }[];
};
const ask = async (
  method: string,
  path: string,
  body?: string,
  who = 'ann',
): Promise<{ status: number; body: Body }> => {
  const type = body?.startsWith('{') ? 'application/json' : 'application/yaml';
  const given = body === undefined ? {} : { body };
  const headers = { ...bearer(who), ...(body !== undefined && { 'content-type': type }) };
  const response = await fetch(served.urlOf(path), { method, headers, ...given });
  return { status: response.status, body: (await response.json()) as Body };
};
const post = (path: string, body?: string, who?: string) => ask('POST', path, body, who);
const GATE = `
apiVersion: coalmine/v1
kind: Gate
metadata: { name: ci }
spec:
  agent: support
  version: v2
  passed: false
  cases: 12
  metrics:
    - { metric: empathy, verdict: pass, p: 0.9 }
    - { metric: refusal, verdict: fail, p: 0.01, slice: de }
  worst: [{ id: q7, question: Wo ist es?, candidate: Nein. }]
`;

beforeAll(async () => {
  expect((await post('/v1/documents', `${AGENT_YAML}---${rolloutYaml('', 'first')}---${GATE}`)).status).toBe(200);
});

describe('a person’s steps', () => {
  it('skip the rest of a stage, each to the next and with their words, and no further than the last', async () => {
    for (const [stage, weight] of [
      [1, 50],
      [2, 95],
    ] as const) {
      const { status, body } = await post('/v1/rollouts/first/skip', '{"reason":"seen enough"}');
      expect([status, body.decision]).toMatchObject([
        200,
        { type: 'advance', stage, by: 'ann (key_ann)', reason: 'seen enough', routing: {} },
      ]);
      const view = (await ask('GET', '/v1/rollouts/first')).body;
      expect(view['weights']).toMatchObject({ candidate: weight });
    }
    const last = await post('/v1/rollouts/first/skip');
    expect([last.status, last.body.detail]).toEqual([409, expect.stringMatching(/last stage; promote it/)]);
  });

  it('agree to nothing that does not wait for it', async () => {
    const { status, body } = await post('/v1/rollouts/first/approve');
    expect([status, body.detail]).toEqual([409, 'no promotion of first waits for somebody who agrees']);
  });

  it('roll back: what is under way is aborted, what was promoted is undone, and what is over stays', async () => {
    const aborted = await post('/v1/rollouts/first/rollback', '{"reason":"no"}');
    expect(aborted).toMatchObject({
      status: 200,
      body: { did: 'aborted', stable: 'v1', decision: { type: 'abort', reason: 'no' } },
    });
    const over = await post('/v1/rollouts/first/rollback');
    expect([over.status, over.body.detail]).toEqual([
      409,
      expect.stringMatching(/is over \(aborted\), and v1 answers/),
    ]);
    await post('/v1/documents', rolloutYaml('', 'second'));
    await post('/v1/rollouts/second/promote');
    const undone = await post('/v1/rollouts/second/rollback', '{"reason":"worse after all"}');
    expect(undone).toMatchObject({
      status: 200,
      body: { did: 'stable set', stable: 'v1', decision: { type: 'register' } },
    });
    expect((await ask('GET', '/v1/agents/support')).body['stable']).toBe('v1');
    expect((await post('/v1/rollouts/second/rollback')).status).toBe(409);
    expect((await post('/v1/rollouts/nothing/rollback')).status).toBe(404);
  });
});

describe('what gates found', () => {
  it('is listed, and told by name with the worst criterion first', async () => {
    const report = { agent: 'support', version: 'v2', name: 'ci', verdict: 'fail', cases: 12, by: 'ann (key_ann)' };
    expect((await ask('GET', '/v1/gates?agent=support')).body).toMatchObject({ gates: [report], next: null });
    const told = (await ask('GET', '/v1/gates/ci')).body;
    expect(told).toMatchObject({ ...report, metrics: [{ metric: 'refusal', slice: 'de' }, { metric: 'empathy' }] });
    const question = { id: 'q7', question: 'Wo ist es?', candidate: 'Nein.' };
    expect(told['worst']).toEqual([{ ...question, golden: '', baseline: null, findings: [] }]);
    for (const path of ['/v1/gates?agent=nobody', '/v1/gates/other', '/v1/gates/ci?version=v1'])
      expect((await ask('GET', path)).status, path).toBe(404);
  });
});

describe('the audit', () => {
  const audit = async (query: string) => (await ask('GET', `/v1/audit?limit=500${query}`)).body.audit;

  it('says who did what, and from what to what each field went, newest first', async () => {
    const all = await audit('');
    expect(all.map(({ atMs }) => atMs)).toEqual(all.map(({ atMs }) => atMs).toSorted((a, b) => b - a));
    const skip = all.findLast(({ type }) => type === 'advance');
    expect(skip).toMatchObject({
      by: 'ann (key_ann)',
      agent: 'support',
      sentence: expect.stringMatching(/^ann ended/),
    });
    expect(skip?.changes).toEqual([
      { field: 'weights.v1', before: 90, after: 50 },
      { field: 'weights.v2', before: 10, after: 50 },
      { field: 'stage', before: 0, after: 1 },
    ]);
    const undone = all.find(({ type }) => type === 'register');
    expect(undone?.changes).toContainEqual({ field: 'stable', before: 'v2', after: 'v1' });
    const begun = all.find(({ rollout, type }) => type === 'start' && rollout.startsWith('second#'));
    expect(begun?.changes).toContainEqual({ field: 'document.metadata.name', before: null, after: 'second' });
  });

  it('is asked by agent, person, kind of step and time', async () => {
    const all = await audit('');
    expect(await audit('&agent=support&by=ann')).toEqual(all);
    expect(await audit('&by=bob')).toEqual([]);
    expect((await audit('&type=abort')).map(({ type }) => type)).toEqual(['abort']);
    const middle = all[3]!.atMs;
    const [since, until] = [await audit(`&since=${middle}`), await audit(`&until=${middle}`)];
    expect([...since, ...until]).toEqual(all);
    expect(since.every(({ atMs }) => atMs >= middle)).toBe(true);
    expect((await ask('GET', '/v1/audit?agent=nobody')).status).toBe(404);
    expect((await ask('GET', '/v1/audit?type=nothing')).status).toBe(400);
  });
});
