import { beforeAll, expect, it } from 'vitest';
import { bearer } from '../test/api-access.fixture.ts';
import { servedApi } from '../test/served-api.harness.ts';
import { AGENT_YAML, rolloutYaml } from '../test/simulation.fixture.ts';

const served = servedApi(41);
type Told = { next: string | null } & Record<string, { id?: string; sequence?: number; label?: string }[]>;
const get = async (path: string): Promise<{ status: number; body: Told }> => {
  const response = await fetch(served.urlOf(path), { headers: bearer('ann') });
  return { status: response.status, body: (await response.json()) as Told };
};
const post = async (path: string, body = ''): Promise<number> => {
  const type = body.startsWith('{') ? 'application/json' : 'application/yaml';
  const given =
    body === '' ? { headers: bearer('ann') } : { headers: { ...bearer('ann'), 'content-type': type }, body };
  return (await fetch(served.urlOf(path), { method: 'POST', ...given })).status;
};

beforeAll(async () => {
  await post('/v1/documents', AGENT_YAML);
  for (const name of ['one', 'two', 'three']) {
    expect(await post('/v1/documents', rolloutYaml('', name))).toBe(200);
    expect(await post(`/v1/rollouts/${name}/abort`)).toBe(200);
  }
});

it('a list goes on where its page ended, though decisions came meanwhile', async () => {
  const path = '/v1/decisions?agent=support&limit=4';
  const first = (await get(path)).body;
  await post('/v1/agents/support/stable', '{"version":"v2"}');
  const second = (await get(`${path}&cursor=${first.next}`)).body;
  const sequences = [first, second].flatMap((page) => page['decisions']!.map(({ sequence }) => sequence));
  expect(sequences).toEqual([7, 6, 5, 4, 3, 2, 1]);
  expect(second.next).toBeNull();
});

it.each(['/v1/rollouts', '/v1/versions', '/v1/agents/support/datasets', '/v1/agents/support/baselines'])(
  '%s is told in pages, and refuses a cursor of another list',
  async (path) => {
    const whole = (await get(path)).body;
    const field = path.split('/').at(-1)!;
    const told: unknown[] = [];
    for (let query = '?limit=1'; query !== '';) {
      const { status, body } = await get(`${path}${query}`);
      expect(status).toBe(200);
      told.push(...body[field]!);
      query = body.next === null ? '' : `?limit=1&cursor=${body.next}`;
    }
    expect(told).toEqual(whole[field]);
    const other = (await get('/v1/decisions?agent=support&limit=1')).body.next;
    for (const cursor of [other, 'x', ''])
      expect((await get(`${path}?cursor=${cursor}`)).status, String(cursor)).toBe(400);
    for (const limit of [0, 501, 'many']) expect((await get(`${path}?limit=${limit}`)).status).toBe(400);
  },
);
