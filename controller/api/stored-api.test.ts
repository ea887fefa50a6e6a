import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTROLLER_API } from '../../schemas/controller-api.ts';
import { exchangeOf } from '../../schemas/exchange.fixture.ts';
import { sheetWith } from '../../schemas/score.fixture.ts';
import { storesForEach, take } from '../store/store.harness.ts';
import { accessWith, bearer, keyFor } from '../test/api-access.fixture.ts';
import { person } from '../test/person.fixture.ts';
import { AGENT_YAML, createSimulation, type SimulatedController, startSimulated } from '../test/simulation.fixture.ts';
import { StoreUnavailableError } from '../store/store-reader.ts';
import { serveApi } from './http-api.io.ts';

const { makeFile, openAll } = storesForEach();
const simulation = createSimulation(77);
let controller: SimulatedController;
let api: Awaited<ReturnType<typeof serveApi>>;
let isAway = false;
let reader: ReturnType<typeof openAll>['reader'];

beforeAll(async () => {
  controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
  for (const name of ['support', 'other'])
    await controller.apply(
      AGENT_YAML.replace('name: support', `name: ${name}`),
      person('ann'),
      AbortSignal.timeout(5_000),
    );
  const askStore: typeof controller.askStore = async (call, asked) => {
    if (isAway) throw new StoreUnavailableError('the store is being opened; ask again in a moment');
    return reader[call](asked as never) as never;
  };
  const keys = [keyFor('ann'), keyFor('bob', { roles: ['view'], agents: ['other'] })];
  api = await serveApi({ controller: { ...controller, askStore }, ...accessWith(...keys) });
});
afterAll(async () => {
  await api.stop();
  await controller.stop();
});

const fill = (): void => {
  const { writer, reader: opened } = openAll(makeFile());
  reader = opened;
  for (const [i, agent] of ['support', 'support', 'other'].entries()) {
    const exchangeId = `x-${i}`;
    take(writer, writer.folds.exchange, exchangeOf({ exchangeId, agent, routingSequence: 1, finishedAtMs: i }));
    take(writer, writer.folds.sheet, sheetWith({ sheetId: exchangeId, exchangeId, agent, value: i / 10 }));
  }
};

const get = async (path: string, who = 'ann'): Promise<{ status: number; body: never }> => {
  const response = await fetch(`http://127.0.0.1:${api.port}${path}`, { headers: bearer(who) });
  return { status: response.status, body: (await response.json()) as never };
};
const idsOf = (body: unknown): string[] =>
  CONTROLLER_API.listExchanges.response.parse(body).exchanges.map(({ exchangeId }) => exchangeId);

describe('the queries of the API', () => {
  it('answer pages in the form of the contract, of those agents alone that a key sees', async () => {
    fill();
    expect(idsOf((await get('/v1/exchanges')).body)).toEqual(['x-2', 'x-1', 'x-0']);
    expect(idsOf((await get('/v1/exchanges', 'bob')).body)).toEqual(['x-2']);
    const first = await get('/v1/exchanges?agent=support&limit=1');
    const { next } = CONTROLLER_API.listExchanges.response.parse(first.body);
    expect(idsOf((await get(`/v1/exchanges?agent=support&limit=1&cursor=${next}`)).body)).toEqual(['x-0']);
    const scores = CONTROLLER_API.listScores.response.parse((await get('/v1/scores?metric=empathy&above=0.05')).body);
    expect(scores.scores.map(({ value }) => value)).toEqual([0.2, 0.1]);
    for (const path of ['/v1/exchanges?agent=support', '/v1/windows?agent=support&metric=latency', '/v1/exchanges/x-0'])
      expect((await get(path, 'bob')).status).toBe(404);
  });

  it('tell of one exchange also the decision by which it was routed', async () => {
    fill();
    const { status, body } = await get('/v1/exchanges/x-1');
    expect(status).toBe(200);
    expect(CONTROLLER_API.getExchange.response.parse(body)).toMatchObject({
      exchange: { exchangeId: 'x-1' },
      decision: { agent: 'support', sequence: 1, type: 'register' },
      scores: [{ metric: 'empathy' }],
      asked: { isCut: false },
      answered: { isCut: false },
    });
  });

  it.each([
    '/v1/exchanges?limit=501',
    '/v1/exchanges?cursor=nonsense',
    '/v1/exchanges?cursor=WyJhIiwxXQ',
    '/v1/exchanges?below=0.5',
    '/v1/exchanges?slice=de',
    '/v1/exchanges?colour=red',
    '/v1/exchanges?outcome=fine',
    '/v1/scores?since=yesterday',
    '/v1/shadows?order=best',
    '/v1/feedback?slice=a=b',
    '/v1/windows?agent=support',
  ])('refuse %s', async (path) => {
    fill();
    expect((await get(path)).status).toBe(400);
  });

  it('say why while the store does not answer', async () => {
    isAway = true;
    const { status, body } = await get('/v1/exchanges');
    isAway = false;
    expect([status, JSON.stringify(body)]).toEqual([503, expect.stringContaining('is being opened')]);
  });

  it('give what is of all agents at once to keys for all of them alone', async () => {
    expect((await get('/v1/dead-letters', 'bob')).status).toBe(403);
    expect((await get('/v1/dead-letters/coalmine.judge.dlq/0/0', 'bob')).status).toBe(403);
    expect((await get('/v1/dead-letters?cursor=nonsense')).status).toBe(400);
    expect((await get('/v1/lag')).status).toBe(503);
  });
});
