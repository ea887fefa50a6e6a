import { describe, expect, it } from 'vitest';
import { AgentDocument } from '../../schemas/documents.ts';
import type { Decision } from '../../schemas/decision.ts';
import { type AgentState, applyDecision, newAgent, underWay } from '../rollout/agent-log.ts';
import { agentView } from '../api/agent-view.ts';
import { AGENT, play, rolloutDocument, started, T0, worldOf } from '../test/play.fixture.ts';
import { register } from './register.ts';
import type { World } from '../test/traffic.fixture.ts';

const context = { by: 'ann', timeMs: T0 };
const id = ({ prompt }: { prompt: string }): string => `id-${prompt}`;
const withRules = (rules: object): AgentDocument =>
  AgentDocument.parse({ ...AGENT, spec: { ...AGENT.spec, ...rules } });
const RULES = {
  flags: [
    { key: 'concise', version: 'v2', pct: 50, match: { groups: ['staff'] } },
    { key: 'all', version: 'v3' },
  ],
  fallbacks: [[{ version: 'v3' }, { version: 'v2', weight: 3 }], [{ version: 'v1' }]],
};
const world = (candidate: object = {}): World => worldOf(100, candidate);

describe('flags and fallbacks of an Agent document', () => {
  it('go into the view, with their defaults', () => {
    const outcome = register(newAgent('support'), withRules(RULES), id, context);
    if (outcome.kind !== 'decide') throw new Error(outcome.kind);
    expect(outcome.decision).toMatchObject({ type: 'register', rollout: '', state: null, bounded: true });
    expect(outcome.decision.reason).toBe(
      'agent applied with versions v1, v2, v3; flags concise (v2, 50 %), all (v3, 100 %); fallbacks v3 | v2, then v1',
    );
    expect(outcome.decision.routing).toMatchObject({
      flags: [
        { key: 'concise', version: 'v2', pct: 50, match: { groups: ['staff'], subjects: [] } },
        { key: 'all', version: 'v3', pct: 100, match: null },
      ],
      rules: {
        fallbacks: [
          [
            { version: 'v3', weight: 1 },
            { version: 'v2', weight: 3 },
          ],
          [{ version: 'v1', weight: 1 }],
        ],
        beta: [],
        segments: [],
      },
    });
    const state = applyDecision(newAgent('support'), outcome.decision)!;
    expect(register(state, withRules(RULES), id, context)).toEqual({ kind: 'unchanged' });
    expect(agentView(state)).toMatchObject({ flags: [{ key: 'concise' }, {}], fallbacks: [{}, {}] });
  });

  it('may name versions registered before, and no others', () => {
    const { state } = started(rolloutDocument({}));
    const less = { versions: [AGENT.spec.versions[0]!], fallbacks: [[{ version: 'v3' }]] };
    expect(register(state, withRules(less), id, context)).toMatchObject({ kind: 'decide' });
    const missing = { flags: [{ key: 'a', version: 'v8' }], fallbacks: [[{ version: 'v1' }, { version: 'v9' }]] };
    expect(register(newAgent('support'), withRules(missing), id, context)).toMatchObject({
      kind: 'refused',
      refusal: {
        kind: 'invalid',
        issues: [
          { path: 'spec.flags.0.version', reason: 'there is no version v8 (there are v1, v2, v3)' },
          { path: 'spec.fallbacks.0.1.version', reason: expect.stringMatching(/no version v9/) },
        ],
      },
    });
  });

  it('alone may change while a rollout is under way: stage, state, weights and salt stay', () => {
    const { state } = started(rolloutDocument({}));
    const outcome = register(state, withRules(RULES), id, context);
    if (outcome.kind !== 'decide') throw new Error(outcome.kind);
    const { decision } = outcome;
    expect(decision).toMatchObject({ rollout: 'support-v2#2', state: 'canary', stage: 0, bounded: true });
    expect(decision.reason).toMatch(/^agent applied, versions as before, with flags concise/);
    const next = applyDecision(state, decision)!;
    expect(next.routing).toMatchObject({
      arms: state.routing!.arms,
      salt: state.routing!.salt,
      rollout: 'support-v2#2',
    });
    expect({ ...next.run!, stageOf: null, last: null }).toEqual({ ...state.run!, stageOf: null, last: null });
    expect(next.run!.stageOf).toEqual(
      new Map([
        [2, 0],
        [3, 0],
      ]),
    );
    const off = register(next, AGENT, id, context);
    expect(off).toMatchObject({
      decision: { reason: 'agent applied, versions as before, with no flags and no fallbacks' },
    });
    const moved = withRules({
      ...RULES,
      versions: AGENT.spec.versions.map((v) => ({ ...v, upstream: 'http://127.0.0.1:1/v1' })),
    });
    expect(register(state, moved, id, context)).toMatchObject({
      refusal: {
        kind: 'conflict',
        message: expect.stringContaining('flags, fallbacks, events, gauges and spec.http alone can change now'),
      },
    });
  });

  it('among them the gauges that the controller reads, of versions that are there', () => {
    const { state } = started(rolloutDocument({}));
    const prometheus = { endpoint: 'prom', query: 'avg(gpu)' };
    const gauges = [{ name: 'gpu', prometheus, every: '30s' }];
    const added = register(state, withRules({ gauges }), id, context);
    if (added.kind !== 'decide') throw new Error(added.kind);
    expect(added.decision.reason).toBe('agent applied, versions as before, with gauges gpu');
    const next = applyDecision(state, added.decision)!;
    expect(register(next, withRules({ gauges }), id, context)).toEqual({ kind: 'unchanged' });
    expect(register(next, AGENT, id, context).kind).toBe('decide');
    expect(register(next, withRules({ gauges: [{ ...gauges[0], version: 'v8' }] }), id, context)).toMatchObject({
      refusal: { issues: [{ path: 'spec.gauges.0.version', reason: expect.stringContaining('no version v8') }] },
    });
  });

  it('among them on which 4xx another version answers, with its own default', () => {
    const { state } = started(rolloutDocument({}));
    expect(state.routing!.rules.fallbackOn).toEqual([
      { status: 408, retryAfter: false },
      { status: 429, retryAfter: true },
    ]);
    const changed = register(state, withRules({ fallbackOn: [{ status: 429 }] }), id, context);
    expect(changed).toMatchObject({
      decision: {
        rollout: 'support-v2#2',
        reason: 'agent applied, versions as before, with fallback on 429',
        routing: { rules: { fallbackOn: [{ status: 429, retryAfter: false }] } },
      },
    });
    if (changed.kind !== 'decide') throw new Error(changed.kind);
    const next = applyDecision(state, changed.decision)!;
    expect(register(next, AGENT, id, context)).toMatchObject({
      decision: { routing: { rules: state.routing!.rules } },
    });
    expect(register(next, withRules({ fallbackOn: [] }), id, context)).toMatchObject({
      decision: { reason: 'agent applied, versions as before, with fallback on no 4xx' },
    });
    for (const wrong of [[{ status: 500 }], [{ status: 429 }, { status: 429, retryAfter: true }], [429]])
      expect(() => withRules({ fallbackOn: wrong })).toThrow();
  });

  it('a register that does not name the rollout under way is not effective', () => {
    const { state } = started(rolloutDocument({}));
    const outcome = register(state, withRules(RULES), id, context);
    if (outcome.kind !== 'decide') throw new Error(outcome.kind);
    for (const wrong of [{ rollout: '' }, { state: 'paused' as const }, { stage: 1 }])
      expect(applyDecision(state, { ...outcome.decision, ...wrong })).toBeNull();
  });

  it.each([
    ['a good candidate is promoted', {}, 'promoted'],
    ['a bad one is rolled back', { error: 0.1 }, 'rolled_back'],
  ])('changed in the middle of a stage, the evidence goes on: %s', (_, candidate, end) => {
    const document = rolloutDocument({});
    const turned = (window: number, state: AgentState): Decision | null => {
      if (window !== 3 && window !== 5) return null;
      const outcome = register(state, window === 3 ? withRules(RULES) : AGENT, id, {
        by: 'ann',
        timeMs: T0 + window * 1_000,
      });
      return outcome.kind === 'decide' ? outcome.decision : null;
    };
    const played = play(document, world(candidate), 11, { meanwhile: turned });
    const plain = play(document, world(candidate), 11);
    const path = ({ decisions }: typeof played): string[] =>
      decisions.filter((d) => d.type !== 'register').map((d) => `${d.type} ${d.state} ${d.stage} ${d.timeMs}`);
    expect(path(played)).toEqual(path(plain));
    expect(played.decisions.filter((d) => d.type === 'register')).toHaveLength(3);
    expect(played.decisions.at(-1)).toMatchObject({ state: end, logE: plain.decisions.at(-1)!.logE });
    expect(underWay(played.state)).toBeNull();
  });
});

describe('spec.http of an Agent document', () => {
  const HTTP = { requestPath: '/question', answerPath: '/reply', replay: ['/answer'] };

  it('goes into the view, is told, and is nothing new when it is applied again', () => {
    const outcome = register(newAgent('support'), withRules({ http: HTTP }), id, context);
    if (outcome.kind !== 'decide') throw new Error(outcome.kind);
    expect(outcome.decision.routing.http).toEqual(HTTP);
    expect(outcome.decision.reason).toBe(
      "agent applied with versions v1, v2, v3; its own protocol, with the user's text at /question, the answer's at /reply, replaying /answer",
    );
    const state = applyDecision(newAgent('support'), outcome.decision)!;
    expect(register(state, withRules({ http: HTTP }), id, context)).toEqual({ kind: 'unchanged' });
    expect(register(state, AGENT, id, context)).toMatchObject({ decision: { routing: { http: null } } });
  });

  it('lets the mirror repeat nothing, and finds no text, unless it says so', () => {
    const outcome = register(newAgent('support'), withRules({ http: {} }), id, context);
    expect(outcome).toMatchObject({ decision: { routing: { http: { requestPath: '', answerPath: '', replay: [] } } } });
  });

  it('may be given, and changed, while a rollout is under way, which keeps it to its end', () => {
    const { state } = started(rolloutDocument({}));
    const outcome = register(state, withRules({ http: HTTP }), id, context);
    if (outcome.kind !== 'decide') throw new Error(outcome.kind);
    const played = play(rolloutDocument({}), world(), 11, {
      meanwhile: (window, before) => {
        const changed = window === 3 ? register(before, withRules({ http: HTTP }), id, context) : null;
        return changed?.kind === 'decide' ? changed.decision : null;
      },
    });
    expect(played.decisions.at(-1)).toMatchObject({ state: 'promoted', routing: { http: HTTP } });
  });

  it.each([
    [{ requestPath: 'question' }, 'requestPath'],
    [{ answerPath: '$.reply' }, 'answerPath'],
    [{ answerPath: '/a~2' }, 'answerPath'],
    [{ replay: true }, 'replay'],
    [{ replay: ['answer'] }, 'replay'],
    [{ replay: ['/../admin'] }, 'replay'],
    [{ replay: ['/a/%2e%2e/b'] }, 'replay'],
    [{ replay: ['/answer?fast=1'] }, 'replay'],
    [{ replay: ['/answer', '/answer'] }, 'replay'],
    [{ protocol: 'a2a' }, 'http'],
  ])('%j is refused, and told where', (http, where) => {
    const parsed = AgentDocument.safeParse({ ...AGENT, spec: { ...AGENT.spec, http } });
    expect(parsed.error?.issues[0]?.path).toContain(where);
  });

  it.each(['/', '/answer', '/v1/messages', '/models/small:generate', '/a/b/c'])('may repeat %s', (path) => {
    expect(withRules({ http: { replay: [path] } }).spec.http?.replay).toEqual([path]);
  });
});
