import { describe, expect, it } from 'vitest';
import type { Exchange } from '../schemas/exchange.ts';
import { body, exchangeOf } from '../schemas/exchange.fixture.ts';
import type { ShadowTools } from '../schemas/routing-view.ts';
import { viewOf } from './view.fixture.ts';
import { bodyFor, planReplay } from './plan.ts';

const HOSTED = body('{"model":"support","tools":[{"type":"mcp","server_url":"https://example.com"}]}');
const all = { noiseSharePct: 100 };
const shareOf = (view: ReturnType<typeof viewOf>, kind: string): number => {
  const count = 4_000;
  const kinds = Array.from({ length: count }, (_, i) =>
    planReplay(exchangeOf({ exchangeId: `x-${i}` }), view).replays.map((r) => r.kind),
  );
  return kinds.flat().filter((k) => k === kind).length / count;
};

/** An agent whose own protocol may be repeated in two of its calls. */
const OWN = { ...viewOf(), http: { requestPath: '', answerPath: '/reply', replay: ['/answer', '/v1/messages'] } };
const planned = (...asked: Parameters<typeof planReplay>) => {
  const plan = planReplay(...asked);
  if (plan.skip !== null) throw new Error(plan.skip);
  return plan;
};

describe('a plan', () => {
  it('replays to the candidate, and for the noise floor to the version that served it', () => {
    const { replays } = planReplay(exchangeOf(), viewOf(all));
    expect(replays).toMatchObject([
      { kind: 'shadow', arm: 'candidate', version: 'v2', target: { upstream: 'http://v2/v1' } },
      { kind: 'noise', arm: 'stable', version: 'v1', target: { upstream: 'http://v1/v1' } },
    ]);
  });

  it('is the same each time, with ids of its own for each exchange, kind and version', () => {
    expect(planReplay(exchangeOf(), viewOf(all))).toEqual(planReplay(exchangeOf(), viewOf(all)));
    const ids = ['x-1', 'x-2'].flatMap((exchangeId) =>
      ['v1', 'v2'].flatMap((version) =>
        planReplay(exchangeOf({ exchangeId }), viewOf({ ...all, version })).replays.map((r) => r.shadowId),
      ),
    );
    expect(new Set(ids).size).toBe(6);
  });

  it('takes the shares that the view names, each drawn for itself', () => {
    expect(shareOf(viewOf({ sharePct: 30, noiseSharePct: 0 }), 'shadow')).toBeCloseTo(0.3, 1);
    const half = viewOf({ sharePct: 50, noiseSharePct: 20 });
    expect(shareOf(half, 'shadow')).toBeCloseTo(0.5, 1);
    expect(shareOf(half, 'noise')).toBeCloseTo(0.1, 1);
    expect(shareOf(viewOf({ sharePct: 0 }), 'shadow')).toBe(0);
    expect(shareOf(viewOf({ sharePct: 100 }), 'shadow')).toBe(1);
  });

  it.each(['/v1/chat/completions', '/v1/completions', '/v1/embeddings', '/v1/responses'])(
    'of a call of %s is the same with a query behind it',
    (path) => {
      const withQuery = exchangeOf({ path: `${path}?api-version=2` });
      const plan = planned(exchangeOf({ path }), viewOf(all));
      const outgoing = { ...plan.outgoing, path: `${path.slice('/v1'.length)}?api-version=2` };
      expect(planReplay(withQuery, viewOf(all))).toEqual({ ...plan, outgoing });
      expect(plan.replays).toHaveLength(2);
    },
  );

  it('knows a response that goes on from another by its path without the query', () => {
    const requestBody = body('{"model":"support","input":"hi","previous_response_id":"resp_1"}');
    expect(planReplay(exchangeOf({ path: '/v1/responses?a=1', requestBody }), viewOf()).skip).toBe('stateful');
  });

  it('only adds exchanges as the share rises', () => {
    const ids = Array.from({ length: 500 }, (_, i) => `x-${i}`);
    const chosen = (sharePct: number): string[] =>
      ids.filter((exchangeId) => planReplay(exchangeOf({ exchangeId }), viewOf({ sharePct })).replays.length > 0);
    expect(chosen(60)).toEqual(expect.arrayContaining(chosen(20)));
  });

  it.each(['upstream_error', 'upstream_timeout', 'truncated', 'client_error'] as const)(
    'replays what ended in %s on stable, or the comparison would know only its successes',
    (outcome) => {
      const responseBody = { ...body(''), state: 'truncated' as const };
      expect(planReplay(exchangeOf({ outcome, responseBody }), viewOf()).replays).not.toEqual([]);
    },
  );

  it('of a response without state is one like any other', () => {
    const requestBody = body('{"model":"support","input":"Hi","conversation":null,"previous_response_id":null}');
    expect(planReplay(exchangeOf({ path: '/v1/responses', requestBody }), viewOf()).skip).toBeNull();
  });

  it('sends the request as it was, unless tools are stripped', () => {
    const requestBody = body('{"tools":[{"type":"function"}],"model":"support"}');
    const under = (shadowTools: ShadowTools) => planReplay(exchangeOf({ requestBody }), { ...viewOf(), shadowTools });
    expect(under('pass')).toMatchObject({ outgoing: { text: requestBody.text }, baseline: null });
    expect(under('stub')).toMatchObject({ outgoing: { text: requestBody.text }, baseline: null });
    expect(under('strip')).toMatchObject({ outgoing: { text: '{"model":"support"}' }, baseline: { label: 'v1' } });
  });

  it('needs no other answer than the live one where there were no tools to strip', () => {
    expect(planReplay(exchangeOf(), { ...viewOf(), shadowTools: 'strip' }).baseline).toBeNull();
  });

  it('lets tools of the upstream’s own go where they are stripped or passed', () => {
    for (const shadowTools of ['strip', 'pass'] as const)
      expect(planReplay(exchangeOf({ requestBody: HOSTED }), { ...viewOf(), shadowTools }).skip).toBeNull();
  });

  it('of a query that personal data was taken out of compares answers to the same one', () => {
    const path = '/v1/chat/completions?user=[EMAIL]';
    expect(planned(exchangeOf({ path, capture: 'redacted' }), viewOf()).baseline).toMatchObject({ label: 'v1' });
  });

  it.each([
    ['/agents/support/answer', '/answer'],
    ['/agents/support@v1/answer?lang=en', '/answer?lang=en'],
    ['/agents/support/v1/messages?beta=true', '/v1/messages?beta=true'],
  ])('repeats %s, which the agent’s document names, below the version’s address, as it came', (path, below) => {
    const requestBody = body('question=Where+is+it%3F&tools=none', 'application/x-www-form-urlencoded');
    for (const shadowTools of ['pass', 'stub', 'strip'] as const)
      expect(planned(exchangeOf({ path, requestBody }), { ...OWN, shadowTools })).toMatchObject({
        outgoing: { path: below, text: requestBody.text, contentType: requestBody.contentType, isOwn: true },
        baseline: null,
      });
  });

  it('of a type that no header can bear sends JSON’s', () => {
    const requestBody = body('{}', 'text/ö');
    const { outgoing } = planned(exchangeOf({ path: '/agents/support/answer', requestBody }), OWN);
    expect(outgoing.contentType).toBe('application/json');
  });

  const cut = { ...body('{'), state: 'truncated' as const };
  it.each([
    ['no_shadow', {}, viewOf(null)],
    ['no_shadow', {}, undefined],
    ['no_shadow', {}, viewOf({ version: 'v9' })],
    ['other_rollout', { rollout: '' }, viewOf()],
    ['other_rollout', { rollout: 'support-0' }, viewOf()],
    ['not_stable', { servedArm: 'candidate', assignedArm: 'candidate' }, viewOf()],
    ['not_stable', { assignedArm: 'candidate' }, viewOf()],
    ['unvouched', { vouched: false }, viewOf()],
    ['client_left', { outcome: 'client_abort' }, viewOf()],
    ['not_sampled', {}, viewOf({ sharePct: 0 })],
    ['not_replayable', { requestBody: cut }, viewOf()],
    ['not_replayable', { responseBody: cut }, viewOf()],
    ['not_replayable', { requestBody: { ...body(''), state: 'hashed' } }, viewOf()],
    ['not_replayable', { requestBody: { ...body(''), state: 'redacted' }, servedVersion: 'v0' }, viewOf()],
    ['not_replayable', { method: 'GET' }, viewOf()],
    ['not_replayable', { path: '@evil.example/v1' }, viewOf()],
    ['not_replayable', { path: '/v1/../../admin' }, viewOf()],
    ['not_replayable', { path: '/v1/models?x=/v1/chat/completions' }, viewOf()],
    ['not_replayable', { path: '/v1/chat/completions/?x=1' }, viewOf()],
    ['not_replayable', { path: '/v1/files' }, viewOf()],
    ['not_replayable', { path: '/v1/chat/completions/x/cancel' }, viewOf()],
    ['not_replayable', { path: '/agents/support/refund' }, viewOf()],
    ['not_replayable', { method: 'GET', path: '/agents/support/answer' }, OWN],
    ['not_replayable', { method: 'DELETE', path: '/agents/support/answer' }, OWN],
    ['not_replayable', { path: '/agents/support/refund' }, OWN],
    ['not_replayable', { path: '/agents/support' }, OWN],
    ['not_replayable', { path: '/agents/support/answer/' }, OWN],
    ['not_replayable', { path: '/agents/support/answer/../refund' }, OWN],
    ['not_replayable', { path: '/agents/support//answer' }, OWN],
    ['not_replayable', { path: '/agents/support/%61nswer' }, OWN],
    ['not_replayable', { path: '/agents/support/refund?x=/answer' }, OWN],
    ['not_replayable', { path: '/agents/support/answer', requestBody: cut }, OWN],
    ['hosted_tools', { path: '/agents/support/v1/messages', requestBody: HOSTED }, { ...OWN, shadowTools: 'stub' }],
    ['not_replayable', { method: 'GET', path: '/agents/support/socket' }, viewOf()],
    ['not_replayable', { method: 'DELETE' }, viewOf()],
    ['not_replayable', { requestBody: body('not JSON') }, viewOf()],
    ['not_replayable', { requestBody: body('[1]') }, viewOf()],
    ['stateful', { path: '/v1/responses', requestBody: body('{"conversation":"conv_1"}') }, viewOf()],
    ['stateful', { path: '/v1/responses', requestBody: body('{"previous_response_id":"resp_1"}') }, viewOf()],
    ['stateful', { path: '/v1/responses', requestBody: body('{"background":true}') }, viewOf()],
    ['hosted_tools', { requestBody: HOSTED }, { ...viewOf(), shadowTools: 'stub' }],
  ] as [string, Partial<Exchange>, ReturnType<typeof viewOf>][])('skips by %s: %j', (skip, rest, view) => {
    expect(planReplay(exchangeOf(rest), view)).toEqual({ replays: [], baseline: null, skip });
  });
});

describe('bodyFor', () => {
  it('names the model that the version’s upstream wants, and leaves the body alone if it wants none', () => {
    const [version] = viewOf().versions;
    const text = '{"model":"support","n":1}';
    const other = { ...version!, upstreamModel: 'gpt-4o' };
    expect(bodyFor(version!, { text, isOwn: false })).toBe(text);
    expect(JSON.parse(bodyFor(other, { text, isOwn: false }))).toEqual({ model: 'gpt-4o', n: 1 });
    expect(bodyFor(other, { text, isOwn: true })).toBe(text);
  });
});
