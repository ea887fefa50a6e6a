import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../schemas/decision.ts';
import type { CheckResult } from '../../schemas/rollout-check.ts';
import { type AgentState, applyDecision, underWay } from './agent-log.ts';
import { buildDecision, commandGrounds } from './build-decision.ts';
import { register } from '../commands/register.ts';
import {
  AB,
  AGENT,
  BLUE_GREEN,
  factsOf,
  gateDocument,
  rolloutDocument,
  started,
  strategyDocument,
  T0,
} from '../test/play.fixture.ts';
import { COMMANDS, onEvent, type Outcome, type RolloutEvent } from './rollout.ts';
import { TABLE, type TableEvent, type TableState } from './rollout-table.fixture.ts';
import { elapsedMs, isOver } from './run.ts';
import { file } from '../commands/report.ts';
import { createRegistryFold } from '../registry/registry-fold.ts';
import { start } from '../commands/start.ts';

const SECOND = 1_000;
const DUE_MS = T0 + 10 * SECOND;
const DEADLINE_MS = T0 + 1_000 * SECOND;

const document = rolloutDocument({
  shadow: { duration: '10s', minPairs: 1 },
  stages: [
    { weightPct: 10, duration: '10s' },
    { weightPct: 100, duration: '10s' },
  ],
  deadline: '1000s',
});

const worse = { reason: 'more errors', metric: 'error_rate', slice: '_all' };
const command = (name: (typeof COMMANDS)[number], arm: string | null = null): RolloutEvent => ({
  type: 'command',
  command: name,
  reason: 'why',
  arm,
});
/** What each of two checks says a second after the start, while a step waits for them. */
const checks = (release: CheckResult['outcome'], cpu: CheckResult['outcome'], timeMs = T0 + SECOND): RolloutEvent => ({
  type: 'checks',
  results: [
    { name: 'release', outcome: release, reason: 'why', atMs: timeMs },
    { name: 'cpu', outcome: cpu, reason: 'why', atMs: timeMs },
  ],
  isAwaited: true,
});
const smoke = (isPassed: boolean): RolloutEvent => ({ type: 'smoke', report: { isPassed, text: 'told' } });

const EVENTS: Record<TableEvent, RolloutEvent> = {
  'windows: worse': factsOf({ worse }),
  'windows: deadline': factsOf({ streamTimeMs: DEADLINE_MS, shortfall: 'no data' }),
  'windows: short': factsOf({ streamTimeMs: DUE_MS, shortfall: 'no data', shortfallLasts: true }),
  'windows: early': factsOf({}),
  'windows: due': factsOf({ streamTimeMs: DUE_MS }),
  'windows: judged before': factsOf({ streamTimeMs: T0 - 1, worse }),
  'windows: proven': factsOf({ isProven: true }),
  'windows: another weight': factsOf({ weightPct: 40 }),
  'windows: a winner': factsOf({ outcome: { winner: 'kind' } }),
  'windows: equivalent': factsOf({ outcome: { winner: null } }),
  pause: command('pause'),
  resume: command('resume'),
  skip: command('skip'),
  promote: command('promote'),
  'promote an arm': command('promote', 'kind'),
  abort: command('abort'),
  'smoke: passed': smoke(true),
  'smoke: failed': smoke(false),
  'checks: passed': checks('passed', 'passed'),
  'checks: failed': checks('failed', 'passed'),
  'checks: failed, which ends it': checks('passed', 'failed'),
  'checks: unanswered': checks('unanswered', 'unanswered'),
};

const inShadow = started(document).state;
const take = (state: AgentState, event: RolloutEvent, timeMs = T0): AgentState => {
  const outcome = onEvent(state.run!, event);
  if (outcome.kind !== 'decide') throw new Error(`nothing decided on ${JSON.stringify(event)}`);
  const grounds = { ...commandGrounds('test', timeMs), windowsThroughMs: 0 };
  const next = applyDecision(state, buildDecision(state, state.run!, outcome.plan, grounds));
  if (next === null) throw new Error('not effective');
  return next;
};
const inCanary = take(inShadow, EVENTS['windows: due']);
const deadline = '1000s';
const inSmoke = started(strategyDocument({ ...BLUE_GREEN, watch: '10s', deadline })).state;
const inWatch = take(inSmoke, EVENTS['smoke: passed']);
const inExperiment = started(strategyDocument({ ...AB, duration: '10s', deadline })).state;

const promoting = (promotion: 'prove' | 'budget', more: object): AgentState =>
  started(rolloutDocument({ promotion, deadline, minRequests: 20, ...more })).state;
const byBudget = promoting('budget', { stages: undefined });
const byProof = promoting('prove', {
  stages: [
    { weightPct: 10, duration: '10s' },
    { weightPct: 100, duration: '10s' },
  ],
});
const FIRST = { weightPct: 10, duration: '10s' };
const LAST = { weightPct: 100, duration: '10s' };
const pausing = (stages: readonly object[], more: object = {}): AgentState =>
  started(rolloutDocument({ stages, deadline, ...more })).state;
const beforePause = pausing([FIRST, { pause: {} }, LAST]);
const beforeTimedPause = pausing([FIRST, { pause: { duration: '5s' } }, LAST]);
const inTimedPause = take(beforeTimedPause, EVENTS['windows: due']);
const checked = (every: string): AgentState =>
  pausing([FIRST, LAST], {
    checks: [
      { name: 'release', webhook: { endpoint: 'release' }, every },
      { name: 'cpu', prometheus: { endpoint: 'prom', query: 'cpu', max: 0.9 }, every, onFail: 'rollback' },
    ],
  });
const atGate = promoting('budget', { stages: undefined, gate: {} });
const gateResult = (state: AgentState, passed: boolean): AgentState => {
  const filing = file(state, gateDocument({ passed }), { by: 'ci', timeMs: T0, registry: createRegistryFold() });
  const next = filing.kind === 'decide' ? applyDecision(state, filing.decision) : null;
  if (next === null) throw new Error('not filed');
  return next;
};

const STATES: Record<TableState, AgentState> = {
  shadow: inShadow,
  'shadow on hold': take(inShadow, EVENTS['windows: short']),
  canary: inCanary,
  'canary on hold': take(inCanary, EVENTS['windows: short']),
  'last stage': take(inCanary, EVENTS['windows: due']),
  'paused in shadow': take(inShadow, EVENTS['pause']),
  'paused in canary': take(inCanary, EVENTS['pause']),
  smoke: inSmoke,
  watch: inWatch,
  'watch on hold': take(inWatch, EVENTS['windows: short']),
  'paused in watch': take(inWatch, EVENTS['pause']),
  'canary by budget': byBudget,
  'canary by proof': byProof,
  'last stage by proof': take(byProof, EVENTS['windows: due']),
  'shadow before a pause': pausing([{ pause: {} }, FIRST, LAST], { shadow: { duration: '10s', minPairs: 1 } }),
  'canary before a pause': beforePause,
  'last stage before a pause': take(pausing([FIRST, LAST, { pause: {} }]), EVENTS['windows: due']),
  'canary by proof before a pause': pausing([FIRST, { pause: {} }, LAST], { promotion: 'prove' }),
  'in a pause': take(beforePause, EVENTS['windows: due']),
  'in a timed pause': inTimedPause,
  'in a timed pause made to wait': take(inTimedPause, EVENTS['pause']),
  'a pause behind it': take(take(beforePause, EVENTS['windows: due']), EVENTS['resume']),
  'checks not asked': checked('1m'),
  'checks passed': take(checked('1m'), checks('passed', 'passed', T0)),
  'checks passed long ago': take(checked('1s'), checks('passed', 'passed', T0)),
  'a check failed': take(checked('1m'), checks('failed', 'passed', T0)),
  'paused with checks': take(checked('1m'), EVENTS['pause']),
  'before the gate': atGate,
  'gate passed': gateResult(atGate, true),
  'gate failed': gateResult(atGate, false),
  experiment: inExperiment,
  'paused experiment': take(inExperiment, EVENTS['pause']),
  promoted: take(inCanary, EVENTS['promote']),
  'rolled back': take(inCanary, EVENTS['windows: worse']),
  aborted: take(inCanary, EVENTS['abort']),
  inconclusive: take(inCanary, EVENTS['windows: deadline']),
};

const told = (outcome: Outcome): string => {
  if (outcome.kind === 'none') return '-';
  if (outcome.kind !== 'decide') return outcome.kind;
  const { type, state, stage } = outcome.plan;
  return `${type} → ${state} ${stage}`;
};

const EXPECTED = new Map(
  Object.entries(TABLE).flatMap(([state, cells]) =>
    Object.entries(cells).map(([event, expected]) => [`${state}, ${event}`, expected] as const),
  ),
);

describe('the table of states and events', () => {
  for (const [name, state] of Object.entries(STATES))
    for (const [eventName, event] of Object.entries(EVENTS)) {
      const expected = EXPECTED.get(`${name}, ${eventName}`);
      it(`${name}, ${eventName}: ${expected}`, () => {
        // A decision's own windows are behind it, so every state here was reached by T0.
        expect(told(onEvent({ ...state.run!, judgedThroughMs: T0 - 1 }, event))).toBe(expected);
      });
    }

  it.each(Object.entries(STATES).filter(([, state]) => underWay(state) !== null))(
    'refuses to start a second rollout in state %s',
    (_, state) => {
      expect(start(state, document, { by: 'ann', timeMs: T0 })).toMatchObject({
        kind: 'refused',
        refusal: { kind: 'conflict' },
      });
    },
  );

  it.each(['promoted', 'rolled back', 'inconclusive'] as const)('may start anew, under a new id, after %s', (name) => {
    const candidate = name === 'promoted' ? 'v3' : 'v2';
    const next = start(STATES[name], rolloutDocument({ candidate }), { by: 'ann', timeMs: T0 });
    expect(next).toMatchObject({ kind: 'decide', decision: { rollout: `support-v2#${STATES[name].sequence + 1}` } });
  });

  it('an event is needed for time to pass: a stage waits for its requests and its pairs', () => {
    expect(onEvent(inShadow.run!, factsOf({ streamTimeMs: DUE_MS, enoughPairs: false })).kind).toBe('none');
    expect(onEvent(inCanary.run!, factsOf({ streamTimeMs: DUE_MS, candidateRequests: 19 })).kind).toBe('none');
  });

  it('a shadow-only rollout ends as inconclusive when its gate is passed', () => {
    const only = started(rolloutDocument({ strategy: 'shadow', shadow: { duration: '10s' } })).state;
    expect(told(onEvent(only.run!, EVENTS['windows: due']))).toBe('inconclusive → inconclusive -1');
  });

  it('while a check says no, a budget’s weight may fall and never rises', () => {
    const byBudgetChecked = promoting('budget', {
      stages: undefined,
      budget: { minPct: 2 },
      checks: [{ name: 'release', webhook: { endpoint: 'release' } }],
    });
    const failed = take(take(byBudgetChecked, EVENTS['windows: another weight']), checks('failed', 'passed', T0));
    expect(onEvent(failed.run!, factsOf({ weightPct: 50 })).kind).toBe('none');
    expect(onEvent(failed.run!, factsOf({ weightPct: 10 }))).toMatchObject({ plan: { type: 'adjust', weightPct: 10 } });
  });

  it('a pause stops the stage’s clock and a resume goes on with what is left of it', () => {
    const paused = take(inCanary, EVENTS['pause'], T0 + 4 * SECOND);
    const resumed = take(paused, EVENTS['resume'], T0 + 500 * SECOND);
    expect(elapsedMs(paused.run!, T0 + 400 * SECOND)).toBe(4 * SECOND);
    expect(elapsedMs(resumed.run!, T0 + 501 * SECOND)).toBe(5 * SECOND);
    expect(onEvent(resumed.run!, factsOf({ streamTimeMs: T0 + 505 * SECOND })).kind).toBe('none');
    expect(told(onEvent(resumed.run!, factsOf({ streamTimeMs: T0 + 506 * SECOND })))).toBe('advance → canary 1');
  });
});

describe('invariants over random walks', () => {
  const weightOf = (state: AgentState): number =>
    state.routing?.arms.find((arm) => arm.name === 'candidate')?.weight ?? 0;
  const anyEvent = fc.oneof(
    fc
      .record({
        clockMs: fc.integer({ min: T0, max: T0 + 200 * SECOND }),
        streamTimeMs: fc.integer({ min: T0, max: T0 + 200 * SECOND }),
        worse: fc.option(fc.constant(worse), { freq: 12 }),
        shortfall: fc.option(fc.constant('short'), { freq: 3 }),
        shortfallLasts: fc.boolean(),
        candidateRequests: fc.constantFrom(0, 10, 1_000),
        enoughPairs: fc.boolean(),
      })
      .map((given) => factsOf(given)),
    fc.constantFrom(...COMMANDS).map((name) => command(name)),
  );

  /** Checks what must hold for one step, whichever it was. */
  const check = (before: AgentState, after: AgentState, decision: Decision): void => {
    const [was, is] = [weightOf(before), weightOf(after)];
    expect(after.sequence).toBe(before.sequence + 1);
    expect(isOver(before.run!.state)).toBe(false);
    if (decision.type !== 'advance') expect(is).toBeLessThanOrEqual(was);
    const total = after.routing!.arms.reduce((sum, arm) => sum + arm.weight, 0);
    expect(total).toBe(100);
    if (isOver(after.run!.state)) {
      expect(after.routing).toMatchObject({ rollout: '', shadow: null });
      const version = after.run!.state === 'promoted' ? 'v2' : 'v1';
      expect(after.routing!.arms).toMatchObject([{ name: 'stable', version, weight: 100 }]);
    } else {
      expect(after.routing!.arms[0]!.weight).toBeGreaterThanOrEqual(5);
      expect(after.routing!.salt).toBe(before.routing!.salt);
    }
    if (decision.type === 'resume')
      expect([after.run!.stage, after.run!.spentMs]).toEqual([before.run!.stage, before.run!.spentMs]);
  };

  it('weights rise only by advancing, the holdback stays, the end is the end, abort always wins', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyEvent, fc.integer({ min: 0, max: 9 * SECOND })), { maxLength: 60 }), (walk) => {
        let state = inShadow;
        let nowMs = T0;
        for (const [event, stepMs] of walk) {
          nowMs += stepMs;
          const outcome = onEvent(state.run!, event);
          const aborting = onEvent(state.run!, command('abort'));
          expect(told(aborting)).toMatch(isOver(state.run!.state) ? /refused/ : /^abort → aborted/);
          if (isOver(state.run!.state)) expect(outcome.kind).not.toBe('decide');
          if (outcome.kind !== 'decide') continue;
          const throughMs = event.type === 'windows' ? event.facts.clockMs : 0;
          const grounds = { ...commandGrounds('walk', nowMs), windowsThroughMs: throughMs };
          const decision = buildDecision(state, state.run!, outcome.plan, grounds);
          const next = applyDecision(state, decision);
          expect(next).not.toBeNull();
          check(state, next!, decision);
          state = next!;
        }
      }),
      { seed: 20_260_101, numRuns: 400 },
    );
  });
});

describe('the log as arbiter', () => {
  const plan = { type: 'advance', state: 'canary', stage: 0, reason: 'x', promotes: null } as const;
  const first = buildDecision(inShadow, inShadow.run!, plan, commandGrounds('one', T0));
  const second = buildDecision(
    inShadow,
    inShadow.run!,
    { ...plan, type: 'pause', state: 'paused' },
    commandGrounds('two', T0),
  );

  it('of two decisions that expect the same sequence the first in the log counts, for every reader', () => {
    const after = applyDecision(inShadow, first)!;
    expect(applyDecision(after, second)).toBeNull();
    expect(applyDecision(after, first)).toBeNull();
  });

  it('a decision from before or beyond the sequence changes nothing', () => {
    expect(applyDecision(inShadow, { ...first, expect: 1, sequence: 2 })).toBeNull();
    expect(applyDecision(inShadow, { ...first, expect: 7, sequence: 8 })).toBeNull();
  });

  it('a version label never gets another content, and an unchanged document changes nothing', () => {
    const context = { by: 'ann', timeMs: T0 };
    expect(register(STATES['rolled back'], AGENT, ({ prompt }) => `other-${prompt}`, context)).toMatchObject({
      kind: 'refused',
      refusal: { issues: [{ path: 'spec.versions.0.label' }, {}, {}] },
    });
    expect(register(STATES['rolled back'], AGENT, ({ prompt }) => `id-${prompt}`, context)).toEqual({
      kind: 'unchanged',
    });
  });

  it('a later Agent document may add versions and never moves stable', () => {
    const more = structuredClone(AGENT);
    more.spec.versions.push({ ...more.spec.versions[0]!, label: 'v4', prompt: 'v4' });
    const outcome = register(STATES['promoted'], more, ({ prompt }) => `id-${prompt}`, { by: 'ann', timeMs: T0 });
    if (outcome.kind !== 'decide') throw new Error(outcome.kind);
    expect(outcome.decision.routing.versions.map((v) => v.label)).toEqual(['v1', 'v2', 'v3', 'v4']);
    expect(outcome.decision.routing.arms).toMatchObject([{ name: 'stable', version: 'v2', weight: 100 }]);
    expect(register(inShadow, more, ({ prompt }) => `id-${prompt}`, { by: 'ann', timeMs: T0 })).toMatchObject({
      refusal: { kind: 'conflict' },
    });
  });
});
