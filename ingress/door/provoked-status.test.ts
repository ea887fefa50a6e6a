import { expect, it } from 'vitest';
import { answerJson, closedAfterEach, completion, until, viewOf } from '../test/front-door.harness.ts';

const { upstream, frontDoor } = closedAfterEach();

const CHAT = {
  method: 'POST',
  path: '/v1/chat/completions',
  body: JSON.stringify({ model: 'support', messages: [{ role: 'user', content: 'hi' }] }),
};
const GET = { method: 'GET', path: '/agents/support/orders/1' };
const POST = { method: 'POST', path: '/agents/support/orders', body: '{"a":1}' };
/** Its length is not told, so that it is passed on as it comes. */
const UPLOAD = { ...POST, isUpload: true };
type Call = { method: string; path: string; body?: string; isUpload?: boolean };

/** What becomes of a call that is given to this arm, where the versions answer with these statuses. */
const outcomeOf = async (
  call: Call,
  arm: 'stable' | 'candidate',
  statuses: { stable: number; candidate: number },
  roles: 'subjects'[] = ['subjects'],
) => {
  const answering = (status: number) =>
    upstream((res) => answerJson(res, status === 200 ? completion('hello') : { error: { message: 'no' } }, status));
  const [stable, candidate] = [await answering(statuses.stable), await answering(statuses.candidate)];
  const door = await frontDoor({ views: [viewOf(stable.url, candidate.url, arm === 'candidate' ? 100 : 0)] });
  door.applyPolicy({ access: { anonymous: { roles } }, defaults: { capture: { mode: 'full' } } });
  const { method, path, body, isUpload = false } = call;
  const response = await fetch(`${door.url}${path}`, {
    method,
    ...(body === undefined ? {} : isUpload ? { body: new Blob([body]).stream(), duplex: 'half' } : { body }),
  });
  await response.arrayBuffer();
  const { provoked, servedArm, assignedArm, outcome } = await until(() => door.exchanges()[0], 'the exchange');
  const isFailure = assignedArm !== servedArm || (outcome !== 'ok' && !provoked);
  return { told: response.status, asked: [stable.requests.length, candidate.requests.length], isFailure };
};

const both = (status: number) => ({ stable: status, candidate: status });

it.each([413, 415, 422])('a %d that stable gives as well is no failure of the candidate', async (status) => {
  expect(await outcomeOf(CHAT, 'candidate', both(status))).toEqual({ told: status, asked: [1, 1], isFailure: false });
});

it.each([413, 415, 422])('a %d to what stable takes is one, and its user gets stable’s answer', async (status) => {
  const found = await outcomeOf(CHAT, 'candidate', { stable: 200, candidate: status });
  expect(found).toEqual({ told: 200, asked: [1, 1], isFailure: true });
});

it('stable’s own is none either, and nobody else is asked', async () => {
  expect(await outcomeOf(CHAT, 'stable', both(422))).toEqual({ told: 422, asked: [1, 0], isFailure: false });
});

it.each([400, 401, 403, 404, 405, 409, 429])(
  'a %d on the OpenAI API is the version’s, in both arms',
  async (status) => {
    expect(await outcomeOf(CHAT, 'candidate', both(status))).toEqual({ told: status, asked: [0, 1], isFailure: true });
    expect(await outcomeOf(CHAT, 'stable', both(status))).toEqual({ told: status, asked: [1, 0], isFailure: true });
  },
);

it.each([404, 405, 410, 414])('a %d on a path of the agent’s own may be the client’s', async (status) => {
  expect(await outcomeOf(GET, 'candidate', both(status))).toEqual({ told: status, asked: [1, 1], isFailure: false });
  const alone = await outcomeOf(GET, 'candidate', { stable: 200, candidate: status });
  expect(alone).toEqual({ told: 200, asked: [1, 1], isFailure: true });
  expect(await outcomeOf(GET, 'candidate', both(400))).toMatchObject({ asked: [0, 1], isFailure: true });
});

it('what can’t be sent again can’t be asked again: then it is a failure in both arms', async () => {
  expect(await outcomeOf(POST, 'candidate', both(404))).toEqual({ told: 404, asked: [1, 1], isFailure: false });
  expect(await outcomeOf(UPLOAD, 'candidate', both(404))).toEqual({ told: 404, asked: [0, 1], isFailure: true });
  expect(await outcomeOf(UPLOAD, 'stable', both(404))).toEqual({ told: 404, asked: [1, 0], isFailure: true });
});

it('for who counts for nothing nobody is asked twice', async () => {
  expect(await outcomeOf(CHAT, 'candidate', both(422), [])).toMatchObject({ told: 422, asked: [0, 1] });
});
