import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateBench, type Ended } from '../cli/gate/gate-process.harness.ts';
import { createControllerClient } from '../cli/controller/client.ts';
import { bearer } from '../controller/test/api-access.fixture.ts';
import { servedApi } from '../controller/test/served-api.harness.ts';

const api = servedApi(33);
const KEY = bearer('ann').authorization.slice('Bearer '.length);
const COUNT = 40;

let bench: ReturnType<typeof createGateBench>;
let good: Awaited<ReturnType<typeof bench.agent>>;
let bad: typeof good;
let locked: typeof good;
let plan: string;
const version = (label: string, upstream: string, more = ''): string =>
  `    - { label: ${label}, upstream: "${upstream}", code: "git:${label}", prompt: ${label}${more} }`;
const agentOf = (...versions: readonly string[]): string => `
apiVersion: coalmine/v1
kind: Agent
metadata: { name: support }
spec:
  stable: v1
  versions:
${versions.join('\n')}
`;
const controller = () => createControllerClient(api.urlOf(''), KEY);
const gate = (...args: string[]): Promise<Ended> =>
  bench.run(['-f', plan, '--url', api.urlOf(''), ...args], { CONTROLLER_KEY: KEY });

beforeAll(async () => {
  bench = createGateBench();
  good = await bench.agent();
  bad = await bench.agent((question) => ({ content: Number(question.slice(1)) % 3 === 0 ? 'no idea' : question }));
  locked = await bench.agent((content, key) => (key === 'Bearer opened' ? { content } : { status: 401 }));
  bench.questions(COUNT);
  const criteria = [{ check: 'right', exact: true, minPct: 50, maxDropPct: 5, slices: true }];
  plan = bench.plan({ baseline: { registry: true }, slices: ['half'], criteria });
  await controller().applyDocuments({
    body: agentOf(version('v1', good.url, ', promptUsdPerMillion: 1'), version('v2', bad.url)),
    query: {},
  });
});
afterAll(() => bench.close());

describe('a gate with the registry', { timeout: 60_000 }, () => {
  it('asks a version at the address that the controller knows, and needs a baseline for what compares', async () => {
    expect(await gate('--candidate', 'v1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no baseline of golden is recorded for agent support: record one by --record'),
    });
    expect(good.asked).toHaveLength(0);
    expect(await gate('--candidate', 'v3')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'agent support has no version v3 with an address; did you mean v1? Versions: v1, v2',
      ),
    });
  });

  it('records the first baseline, though that alone is no pass, and files what it found', async () => {
    const { code, stderr, stdout } = await gate('--candidate', 'v1', '--record');
    expect([code, stdout]).toEqual([4, expect.stringContaining('right has no baseline to be compared with')]);
    expect(stderr).toContain('there is no baseline yet: this run is to be the first');
    expect(stderr).toContain('recorded as the baseline of golden, of v1');
    const recorded = await controller().getBaseline({ params: { agent: 'support', name: 'golden' } });
    expect(recorded).toMatchObject({ version: 'v1', recordedBy: 'ann (key_ann)', answers: { q7: 'q7' } });
    expect(recorded.measured).toHaveLength(COUNT);
    expect(recorded.measured[0]).toMatchObject({
      caseId: 'q0',
      slices: { half: 'even' },
      values: { right: { value: 1 }, error_rate: { value: 0 } },
    });
    const { gates } = await controller().getVersion({ params: { agent: 'support', version: 'v1' } });
    expect(gates).toMatchObject([
      { name: 'golden', verdict: 'inconclusive', cases: COUNT, dataset: { name: 'golden', id: recorded.dataset?.id } },
    ]);
  });

  it('compares another version with it, shows both answers, and files each criterion; what fails is recorded by nobody', async () => {
    const { code, stdout, stderr } = await gate('--candidate', 'v2', '--record');
    expect(code).toBe(3);
    expect(stdout).toMatch(/baseline +registry: golden of v1, \d{4}-\d\d-\d\d: 40 answers/);
    expect(stdout).toContain('right fell by 35 %, from 100 % to 65 %');
    expect(stdout).toMatch(/baseline: +q0\n +candidate: no idea/);
    expect(stderr).toContain('filed with the controller: gate of support v2 filed');
    expect(stderr).toContain('not recorded: what fails is no baseline for others');
    const version = await controller().getVersion({ params: { agent: 'support', version: 'v2' } });
    expect(version.gate).toMatchObject({ name: 'golden', verdict: 'fail' });
    expect(version.gates[0]?.summary).toContain('Gate golden failed: right fell by 35 %');
  });

  it('takes what a version answered before, for its id is its content, and passes it beside itself', async () => {
    expect(good.asked).toHaveLength(COUNT);
    const { code, stderr } = await gate('--candidate', 'v1');
    expect([code, good.asked.length]).toEqual([0, COUNT]);
    expect(stderr).toContain('0 answers to ask for, 40 are there');
    await gate('--candidate', 'v1', '--fresh');
    expect(good.asked).toHaveLength(2 * COUNT);
  });

  it('says where the baseline was recorded of other questions', async () => {
    bench.questions(COUNT + 1);
    const { code, stdout } = await gate('--candidate', 'v1');
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('the baseline was recorded of another state of the dataset'),
    ]);
  });

  it('asks a version with the key that the plan names, and says so where the variable is not set', async () => {
    await controller().applyDocuments({ body: agentOf(version('v1', good.url), version('v4', locked.url)), query: {} });
    bench.plan({ candidate: { version: 'v4', apiKeyFrom: 'AGENT_KEY' } });
    expect(await gate()).toMatchObject({ code: 1, stderr: expect.stringContaining('AGENT_KEY is not set') });
    const keyed = (...args: string[]): Promise<Ended> =>
      bench.start(['-f', plan, '--url', api.urlOf(''), ...args], { CONTROLLER_KEY: KEY, AGENT_KEY: 'opened' }).ended;
    expect((await keyed()).code).toBe(0);
    bench.plan({ candidate: { url: good.url, apiKeyFrom: 'AGENT_KEY' } });
    expect((await keyed('--candidate', 'v4', '--fresh')).code).toBe(0);
  });
});
