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
      expect(planReplay(withQuery, viewOf(all))).toEqual(planReplay(exchangeOf({ path }), viewOf(all)));
      expect(planReplay(withQuery, viewOf(all)).replays).toHaveLength(2);
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
    const planned = (shadowTools: ShadowTools) => planReplay(exchangeOf({ requestBody }), { ...viewOf(), shadowTools });
    expect(planned('pass')).toMatchObject({ text: requestBody.text, baseline: null });
    expect(planned('stub')).toMatchObject({ text: requestBody.text, baseline: null });
    expect(planned('strip')).toMatchObject({ text: '{"model":"support"}', baseline: { label: 'v1' } });
  });

  it('needs no other answer than the live one where there were no tools to strip', () => {
    expect(planReplay(exchangeOf(), { ...viewOf(), shadowTools: 'strip' }).baseline).toBeNull();
  });

  it('lets tools of the upstream’s own go where they are stripped or passed', () => {
    for (const shadowTools of ['strip', 'pass'] as const)
      expect(planReplay(exchangeOf({ requestBody: HOSTED }), { ...viewOf(), shadowTools }).skip).toBeNull();
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
    ['not_replayable', { path: '/v1/files' }, viewOf()],
    ['not_replayable', { path: '/v1/chat/completions/x/cancel' }, viewOf()],
    ['not_replayable', { path: '/agents/support/refund' }, viewOf()],
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
    expect(bodyFor(version!, text)).toBe(text);
    expect(JSON.parse(bodyFor({ ...version!, upstreamModel: 'gpt-4o' }, text))).toEqual({ model: 'gpt-4o', n: 1 });
  });
});
