import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decision } from '../../schemas/decision.ts';
import type { RolloutDocument } from '../../schemas/documents.ts';
import { type AgentState, applyDecision, newAgent, underWay } from '../rollout/agent-log.ts';
import { buildDecision, commandGrounds } from '../rollout/build-decision.ts';
import {
  factsOf,
  AB,
  BLUE_GREEN,
  play,
  rolloutDocument,
  SHADOW,
  started,
  stepped,
  strategyDocument,
  worldOf,
} from './play.fixture.ts';
import { type Command, COMMANDS, onEvent, type RolloutEvent } from '../rollout/rollout.ts';
import { rolloutView } from '../api/rollout-view.ts';
import { isOver } from '../rollout/run.ts';
import type { World } from './traffic.fixture.ts';

const T0 = 1_700_000_000_000;
const world = (candidate: object = {}): World => worldOf(60, candidate);
const command = (name: Command, arm: string | null = null): RolloutEvent => ({
  type: 'command',
  command: name,
  reason: '',
  arm,
});
const smoke = (isPassed: boolean): RolloutEvent => ({ type: 'smoke', report: { isPassed, text: 'told' } });
const told = (decisions: readonly Decision[]): string[] => decisions.map((d) => `${d.type} ${d.state} ${d.stage}`);
const armsOf = ({ routing }: Decision): string[] =>
  routing.arms.map(({ name, version, weight }) => `${name} ${version} ${weight}`);
const replayed = (decisions: readonly Decision[]): AgentState | null =>
  decisions.reduce<AgentState | null>(
    (state, decision) => state && applyDecision(state, Decision.parse(JSON.parse(JSON.stringify(decision)))),
    newAgent('support'),
  );

const ab = strategyDocument(AB);
const blueGreen = strategyDocument(BLUE_GREEN);
const watching = (document: RolloutDocument = blueGreen) => stepped(started(document), smoke(true));

describe('an experiment', () => {
  it('gives each arm its weight under a salt of its own until its time is over, then all traffic to stable', () => {
    const played = play(ab, world(), 1);
    expect(told(played.decisions)).toEqual(['register null 0', 'start ab 0', 'inconclusive inconclusive 0']);
    const [, start, end] = played.decisions;
    expect(armsOf(start!)).toEqual(['stable v1 30', 'short v2 30', 'kind v3 40']);
    expect(start).toMatchObject({ rollout: 'support-x#2', routing: { salt: 'support-x#2', rollout: 'support-x#2' } });
    expect(start!.reason).toBe(
      'experiment between stable (v1, 30 %), short (v2, 30 %), kind (v3, 40 %) starts; stable is v1',
    );
    expect(armsOf(end!)).toEqual(['stable v1 100']);
    expect(end!.timeMs).toBe(T0 + 20_000);
    expect(replayed(played.decisions)).toEqual(played.state);
  });

  it('claims no evidence: however bad an arm is, nothing is decided by it', () => {
    const played = play(strategyDocument({ ...AB, arms: two('stable', 'candidate') }), world({ error: 1 }), 2);
    expect(told(played.decisions).slice(2)).toEqual(['inconclusive inconclusive 0']);
    for (const decision of played.decisions.slice(1))
      expect(decision).toMatchObject({ bounded: false, evidence: [], windowKeys: [], logE: null, logThreshold: null });
  });

  it('takes a person’s winner, and asks for one', () => {
    const begun = started(ab);
    for (const [arm, reason] of [
      [null, /name the arm that wins: one of stable, short, kind/],
      ['long', /has no arm long; it has stable, short, kind/],
    ] as const)
      expect(onEvent(begun.state.run!, command('promote', arm))).toMatchObject({ kind: 'refused', reason });
    for (const [arm, version] of [
      ['kind', 'v3'],
      ['stable', 'v1'],
    ] as const) {
      const { state, decisions } = stepped(begun, command('promote', arm));
      expect(decisions.at(-1)).toMatchObject({
        type: 'promote',
        reason: `arm ${arm} wins (${version})`,
      });
      expect(armsOf(decisions.at(-1)!)).toEqual([`stable ${version} 100`]);
      expect(decisions.at(-1)).not.toHaveProperty('promotes');
      expect(rolloutView(state, state.run!, null, null, 0)).toMatchObject({
        state: 'promoted',
        candidate: null,
        weights: null,
        arms: [{ name: 'stable', version, weightPct: 100 }],
      });
    }
    expect(onEvent(started(rolloutDocument({})).state.run!, command('promote', 'kind'))).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/is no experiment/),
    });
  });

  it('stands still while paused, and goes on with the time that was left', () => {
    const paused = stepped(started(ab), command('pause'), T0 + 5_000);
    expect(armsOf(paused.decisions.at(-1)!)).toEqual(['stable v1 30', 'short v2 30', 'kind v3 40']);
    expect(told(play(ab, world(), 3, { windows: 60, from: paused }).decisions).at(-1)).toBe('pause paused 0');
    const resumed = stepped(paused, command('resume'), T0 + 10_000);
    expect(told(resumed.decisions).at(-1)).toBe('resume ab 0');
    const ended = play(ab, world(), 3, { windows: 60, from: resumed }).decisions.at(-1)!;
    expect([ended.state, ended.timeMs]).toEqual(['inconclusive', T0 + 25_000]);
  });

  it('may leave stable out, and never shares a salt with another', () => {
    const first = started(strategyDocument({ ...AB, arms: two('a', 'b') }));
    const stopped = stepped(first, command('abort'));
    expect(stopped.decisions[1]!.routing.arms.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(armsOf(stopped.decisions.at(-1)!)).toEqual(['stable v1 100']);
    const salts = [first, started(ab), started(strategyDocument(AB, 'other'))].map(
      ({ state }) => `${state.agent} ${state.routing!.salt} ${state.sequence}`,
    );
    expect(new Set(salts.map((salt) => salt.split('#')[0])).size).toBe(2);
  });
});

const two = (a: string, b: string): object[] => [
  { name: a, version: 'v1', weightPct: 50 },
  { name: b, version: 'v2', weightPct: 50 },
];

describe('blue-green', () => {
  it('switches everybody in one decision once the smoke check has passed, and promotes after the watch', () => {
    const begun = watching();
    const played = play(blueGreen, world(), 4, { from: begun });
    expect(told(played.decisions)).toEqual([
      'register null 0',
      'start smoke -1',
      'switch watch 0',
      'promote promoted 0',
    ]);
    expect(played.decisions.map(armsOf).slice(1)).toEqual([
      ['stable v1 100', 'candidate v2 0'],
      ['stable v1 0', 'candidate v2 100'],
      ['stable v2 100'],
    ]);
    expect(played.decisions[2]!.reason).toBe('the smoke check passed, all traffic switches: told');
    expect(played.decisions[3]!.reason).toMatch(
      /^stage 1 of 1 passed with \d+ candidate requests: no threshold was broken$/,
    );
    for (const decision of played.decisions.slice(1)) expect(decision).toMatchObject({ bounded: false, logE: null });
    expect(replayed(played.decisions)).toEqual(played.state);
  });

  it('moves nobody when the smoke check fails', () => {
    const { state, decisions } = stepped(started(blueGreen), smoke(false));
    expect(decisions.at(-1)).toMatchObject({
      type: 'rollback',
      state: 'rolled_back',
      reason: 'the smoke check failed, no traffic moved: told',
    });
    expect(decisions.map(armsOf).flat()).not.toContain('candidate v2 100');
    expect(underWay(state)).toBeNull();
    expect(onEvent(state.run!, smoke(true)).kind).toBe('none');
  });

  it('switches back in one decision when asked to, and by itself when a threshold is broken', () => {
    const aborted = stepped(watching(), command('abort'));
    expect(armsOf(aborted.decisions.at(-1)!)).toEqual(['stable v1 100']);
    const played = play(blueGreen, world({ error: 0.4 }), 5, { from: watching() });
    expect(told(played.decisions).slice(2)).toEqual(['switch watch 0', 'rollback rolled_back 0']);
    const broken = played.decisions.at(-1)!;
    expect(broken).toMatchObject({
      metric: 'error_rate',
      bounded: false,
      evidence: [{ metric: 'error_rate', rule: 'plain threshold', logE: null, detail: broken.reason }],
    });
    expect(broken.evidence[0]!.candidateCount).toBeGreaterThanOrEqual(30);
    expect(broken.windowKeys.length).toBeGreaterThan(0);
    expect(played.decisions.at(-1)!.reason).toMatch(
      /^error_rate: candidate 0\.\d+ \(n=\d+\) is above 0\.1 \(maxAbsolute 0\.1\)/,
    );
  });

  it('promotes nothing that it did not see', () => {
    const silent = play(blueGreen, { ...world(), requestsPerWindow: 0 }, 6, { windows: 60, from: watching() });
    expect(silent.decisions.at(-1)).toMatchObject({
      type: 'hold',
      state: 'watch',
      reason: expect.stringMatching(/^no data/),
    });
    const lossy = { ...world(), lost: { stable: 0, candidate: 0.2 } };
    expect(play(blueGreen, lossy, 6, { windows: 60, from: watching() }).decisions.at(-1)).toMatchObject({
      type: 'hold',
      reason: expect.stringMatching(/^telemetry is missing: seen were \d+(\.\d)? % of \S+'s requests/),
    });
    const unchecked = strategyDocument({ ...BLUE_GREEN, thresholds: [{ metric: 'cost', maxAbsolute: 1 }] });
    expect(play(unchecked, world(), 6, { windows: 60, from: watching(unchecked) }).decisions.at(-1)).toMatchObject({
      type: 'hold',
      reason: 'no data: too few values to check the threshold of cost in this stage',
    });
  });

  it('waits for its smoke check whatever the windows say, but not beyond the deadline', () => {
    const document = strategyDocument({ ...BLUE_GREEN, deadline: '30s' });
    expect(onEvent(started(document).state.run!, command('pause'))).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/abort it/),
    });
    const played = play(document, world({ error: 1 }), 7);
    expect(told(played.decisions).slice(1)).toEqual(['start smoke -1', 'inconclusive inconclusive -1']);
    expect(played.decisions.at(-1)!.timeMs).toBe(T0 + 30_000);
  });
});

describe('segments and beta matches', () => {
  const segments = [{ name: 'internal', groups: ['staff'] }];
  const beta = [{ headers: { 'x-plan': ['beta'] } }];

  it('stand in the view while the canary runs, not in shadow, and are gone at the end', () => {
    const document = rolloutDocument({ shadow: SHADOW, segments, beta, betaSubjects: ['ann'] });
    const { decisions } = play(document, world(), 1);
    const rules = decisions.map((d) => [
      d.state,
      d.routing.rules.segments.length,
      d.routing.rules.beta.length,
      d.routing.rules.betaSubjects.length,
    ]);
    expect(rules.slice(1)).toEqual([
      ['shadow', 0, 0, 0],
      ...Array.from({ length: 4 }, () => ['canary', 1, 1, 1]),
      ['promoted', 0, 0, 0],
    ]);
    expect(decisions[2]!.routing.rules).toMatchObject({ segments: [{ groups: ['staff'], headers: {} }], beta });
  });

  it('an experiment within segments keeps everyone else on stable', () => {
    const { state } = started(strategyDocument({ ...AB, segments }));
    expect(state.routing!.rules).toMatchObject({ segments, beta: [] });
  });
});

describe('every strategy over random walks', () => {
  const events = fc.oneof(
    fc.constantFrom(...COMMANDS).chain((name) => fc.constantFrom(null, 'kind').map((arm) => command(name, arm))),
    fc.boolean().map(smoke),
    fc
      .record({ clockMs: fc.integer({ min: T0, max: T0 + 60_000 }), isWorse: fc.boolean(), isShort: fc.boolean() })
      .map(({ clockMs, isWorse, isShort }) =>
        factsOf({
          clockMs,
          streamTimeMs: clockMs,
          worse: isWorse ? { reason: 'worse', metric: 'error_rate', slice: '_all' } : null,
          shortfall: isShort ? 'short' : null,
          shortfallLasts: isShort,
        }),
      ),
  );
  const step = (before: AgentState, event: RolloutEvent, timeMs: number): Decision | null => {
    const outcome = onEvent(before.run!, event);
    return outcome.kind === 'decide'
      ? buildDecision(before, before.run!, outcome.plan, commandGrounds('walk', timeMs))
      : null;
  };

  it.each([
    ['ab', ab],
    ['bluegreen', blueGreen],
  ])(
    '%s: weights add up to 100, the salt stays, abort always wins, the end is the end, the log replays',
    (_, document) => {
      fc.assert(
        fc.property(fc.array(events, { maxLength: 20 }), (walk) => {
          let { state, decisions } = started(document);
          for (const [i, event] of walk.entries()) {
            const decision = step(state, event, T0 + i * 3_000);
            expect(step(state, command('abort'), T0) === null).toBe(isOver(state.run!.state));
            if (decision === null) continue;
            expect(isOver(state.run!.state)).toBe(false);
            const next = applyDecision(state, decision);
            expect(next).not.toBeNull();
            expect(decision.routing.arms.reduce((sum, arm) => sum + arm.weight, 0)).toBe(100);
            expect(decision.routing.salt).toBe(state.routing!.salt);
            const weightOf = ({ routing }: AgentState): number =>
              routing?.arms.find((a) => a.name === 'candidate')?.weight ?? 0;
            if (decision.type !== 'switch') expect(weightOf(next!)).toBeLessThanOrEqual(weightOf(state));
            state = next!;
            decisions = [...decisions, decision];
          }
          expect(replayed(decisions)).toEqual(state);
        }),
        { seed: 20_260_301, numRuns: 200 },
      );
    },
  );
});
