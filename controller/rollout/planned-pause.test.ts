import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decision } from '../../schemas/decision.ts';
import { RolloutDocument } from '../../schemas/documents.ts';
import { factsOf, registered, rolloutDocument, started, T0 } from '../test/play.fixture.ts';
import { type AgentState, applyDecision, newAgent } from './agent-log.ts';
import { buildDecision, commandGrounds } from './build-decision.ts';
import { withDefaults } from './document-content.ts';
import { COMMANDS, onEvent, type RolloutEvent } from './rollout.ts';
import { dueMs } from './run.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;

const stages = (...steps: readonly object[]): object => ({ stages: steps });
const FIRST = { weightPct: 5, duration: '10s' };
const LAST = { weightPct: 50, duration: '10s' };

type Log = { state: AgentState; decisions: Decision[] };

/** The log after an event, as it stands once it is read back; unchanged where nothing follows. */
const after = (log: Log, event: RolloutEvent, timeMs: number): Log => {
  const { state, decisions } = log;
  const outcome = onEvent(state.run!, event);
  if (outcome.kind !== 'decide') return log;
  const clockMs = event.type === 'windows' ? event.facts.clockMs : 0;
  const by = event.type === 'command' ? 'ann' : 'controller';
  const grounds = { ...commandGrounds(by, timeMs), windowsThroughMs: clockMs };
  const decision = Decision.parse(JSON.parse(JSON.stringify(buildDecision(state, state.run!, outcome.plan, grounds))));
  const next = applyDecision(state, decision);
  if (next === null) throw new Error('not effective');
  return { state: next, decisions: [...decisions, decision] };
};
const windowsAt = (timeMs: number, more: object = {}) => factsOf({ streamTimeMs: timeMs, ...more });
const closed = (log: Log, timeMs: number, more: object = {}): Log => after(log, windowsAt(timeMs, more), timeMs);
const command = (name: (typeof COMMANDS)[number]): RolloutEvent => ({
  type: 'command',
  command: name,
  reason: '',
  arm: null,
});
const steps = ({ decisions }: Log): string[] => decisions.slice(2).map((d) => `${d.type} ${d.state} ${d.stage}`);
const weightOf = ({ state }: Log): number => state.routing!.arms.find(({ name }) => name === 'candidate')?.weight ?? 0;

describe('a pause that the plan asks for', () => {
  it('without a duration waits for somebody, at the weight of the stage before it', () => {
    let log = closed(started(rolloutDocument(stages(FIRST, { pause: {} }, LAST))), T0 + 11 * SECOND);
    expect(log.state.run).toMatchObject({ state: 'paused', stage: 0, pause: { untilMs: null }, pausesPassed: 0 });
    expect(weightOf(log)).toBe(5);
    log = closed(log, T0 + 100 * HOUR);
    expect(steps(log)).toEqual(['pause paused 0']);
    log = after(log, command('resume'), T0 + 101 * HOUR);
    log = closed(log, T0 + 101 * HOUR + SECOND);
    expect(steps(log)).toEqual(['pause paused 0', 'resume canary 0', 'advance canary 1']);
    expect(weightOf(log)).toBe(50);
  });

  it('with a duration goes on by itself, and asks the stage’s evidence once more before it moves the weight', () => {
    let log = closed(started(rolloutDocument(stages(FIRST, { pause: { duration: '2h' } }, LAST))), T0 + 11 * SECOND);
    const endMs = T0 + 11 * SECOND + 2 * HOUR;
    expect([log.state.run?.pause, dueMs(log.state.run!)]).toEqual([{ untilMs: endMs }, endMs]);
    log = closed(log, endMs - 1);
    expect(log.state.run?.state).toBe('paused');
    log = closed(log, endMs);
    expect([log.state.run?.state, weightOf(log)]).toEqual(['canary', 5]);
    log = closed(log, endMs + SECOND, { shortfall: 'the judge is silent', shortfallLasts: true });
    log = closed(log, endMs + 2 * SECOND);
    log = closed(log, endMs + 3 * SECOND);
    expect(steps(log)).toEqual([
      'pause paused 0',
      'resume canary 0',
      'hold canary 0',
      'release canary 0',
      'advance canary 1',
    ]);
  });

  it('is rolled back in, and counts against the deadline', () => {
    const paused = closed(started(rolloutDocument(stages(FIRST, { pause: {} }, LAST))), T0 + 11 * SECOND);
    const worse = { reason: 'more errors', metric: 'error_rate', slice: '_all' };
    expect(steps(closed(paused, T0 + HOUR, { worse })).at(-1)).toBe('rollback rolled_back 0');
    expect(steps(closed(paused, T0 + 8 * 24 * HOUR)).at(-1)).toBe('inconclusive inconclusive 0');
  });

  it('stands between the shadow and the first stage, and between the last and the promotion', () => {
    let log = started(
      rolloutDocument({
        ...stages({ pause: {} }, FIRST, { pause: {} }),
        shadow: { duration: '10s', minPairs: 1 },
      }),
    );
    log = closed(log, T0 + 11 * SECOND);
    expect(log.state.routing?.shadow).not.toBeNull();
    for (const hour of [1, 2]) {
      log = after(log, command('resume'), T0 + hour * HOUR);
      log = closed(log, T0 + hour * HOUR + SECOND);
      log = closed(log, T0 + hour * HOUR + 20 * SECOND);
    }
    expect(steps(log)).toEqual([
      'pause paused -1',
      'resume shadow -1',
      'advance canary 0',
      'pause paused 0',
      'resume canary 0',
      'promote promoted 0',
    ]);
  });

  it('is passed by no proof: every one that is left stands before the promotion', () => {
    const document = rolloutDocument({ promotion: 'prove', ...stages(FIRST, { pause: {} }, LAST, { pause: {} }) });
    let log = started(document);
    for (const second of [1, 2, 3, 4, 5]) {
      log = closed(log, T0 + second * SECOND, { isProven: true });
      if (log.state.run?.state === 'paused') log = after(log, command('resume'), T0 + second * SECOND);
    }
    expect(steps(log)).toEqual([
      'pause paused 0',
      'resume canary 0',
      'pause paused 0',
      'resume canary 0',
      'promote promoted 0',
    ]);
  });

  it('that has an end may be made to wait for somebody; one that has none is a pause already', () => {
    const timed = closed(
      started(rolloutDocument(stages(FIRST, { pause: { duration: '1h' } }, LAST))),
      T0 + 11 * SECOND,
    );
    const waiting = after(timed, command('pause'), T0 + 20 * SECOND);
    expect(waiting.state.run).toMatchObject({ pause: { untilMs: null }, pausedBy: 'ann' });
    expect(closed(waiting, T0 + 3 * HOUR)).toEqual(waiting);
    expect(onEvent(waiting.state.run!, command('pause'))).toMatchObject({ kind: 'refused' });
    const resumed = after(waiting, command('resume'), T0 + 3 * HOUR);
    expect(steps(closed(resumed, T0 + 3 * HOUR + SECOND)).at(-1)).toBe('advance canary 1');
  });

  it('of a person keeps that person’s name, whatever a check says meanwhile', () => {
    const checks = [{ name: 'release', webhook: { endpoint: 'ops' } }];
    const paused = after(started(rolloutDocument({ checks })), command('pause'), T0 + SECOND);
    const results = [{ name: 'release', outcome: 'failed' as const, reason: 'freeze', atMs: T0 + SECOND }];
    const { state } = after(paused, { type: 'checks', results, isAwaited: false }, T0 + SECOND);
    expect(state.run).toMatchObject({ state: 'paused', pausedBy: 'ann', pause: null });
    expect(state.run?.checks.get('release')).toMatchObject({ outcome: 'failed' });
  });

  it('is none of a person’s, which leaves the planned one to come', () => {
    let log = after(started(rolloutDocument(stages(FIRST, { pause: {} }, LAST))), command('pause'), T0 + SECOND);
    expect(log.state.run).toMatchObject({ state: 'paused', pause: null });
    log = after(log, command('resume'), T0 + HOUR);
    log = closed(log, T0 + HOUR + 10 * SECOND);
    expect(steps(log)).toEqual(['pause paused 0', 'resume canary 0', 'pause paused 0']);
    expect(log.state.run?.pause).toEqual({ untilMs: null });
  });
});

describe('whoever reads the log', () => {
  it('knows when a pause ends, though every controller died in it', () => {
    const document = rolloutDocument(stages(FIRST, { pause: { duration: '2h' } }, LAST));
    const { decisions } = closed(started(document), T0 + 11 * SECOND);
    const reread = decisions.reduce<AgentState>((state, d) => applyDecision(state, d) ?? state, newAgent('support'));
    expect(reread.run?.pause).toEqual({ untilMs: T0 + 11 * SECOND + 2 * HOUR });
    expect(onEvent(reread.run!, windowsAt(T0 + HOUR)).kind).toBe('none');
    expect(onEvent(reread.run!, windowsAt(T0 + 3 * HOUR))).toMatchObject({ plan: { type: 'resume' } });
  });

  const anyEvent = fc.oneof(
    fc
      .record({
        streamTimeMs: fc.integer({ min: T0, max: T0 + 300 * SECOND }),
        shortfall: fc.option(fc.constant('short'), { freq: 3 }),
        shortfallLasts: fc.boolean(),
        isProven: fc.boolean(),
        candidateRequests: fc.constantFrom(0, 1_000),
        enoughPairs: fc.boolean(),
      })
      .map((given) => factsOf(given)),
    fc.constantFrom(...COMMANDS.filter((name) => name !== 'abort')).map((name) => command(name)),
    fc
      .record({
        outcome: fc.constantFrom('passed' as const, 'passed' as const, 'failed' as const, 'unanswered' as const),
        atMs: fc.integer({ min: T0, max: T0 + 300 * SECOND }),
        isAwaited: fc.boolean(),
      })
      .map(({ outcome, atMs, isAwaited }): RolloutEvent => {
        return { type: 'checks', results: [{ name: 'release', outcome, reason: 'why', atMs }], isAwaited };
      }),
  );
  const anyChecks = fc.constantFrom<object[]>([], [{ name: 'release', webhook: { endpoint: 'ops' }, every: '30s' }]);

  /** Of the controller's own steps, those that send users to the candidate. */
  const movesUsers = ({ type, by }: Decision): boolean =>
    by === 'controller' && (type === 'advance' || type === 'promote');

  const anyPause = fc.constantFrom<object[]>([], [{ pause: {} }], [{ pause: { duration: '20s' } }]);

  it('comes to the same state, whatever happened; no weight moves in a pause, nor without the checks', () => {
    const walk = fc.array(fc.tuple(anyEvent, fc.integer({ min: 0, max: 20 * SECOND })), { maxLength: 50 });
    const plan = fc.record({
      pauses: fc.tuple(anyPause, anyPause, anyPause),
      promotion: fc.constantFrom('timer', 'prove'),
      checks: anyChecks,
    });
    fc.assert(
      fc.property(plan, walk, ({ pauses: [a, b, c], promotion, checks }, events) => {
        const shadow = { duration: '10s', minPairs: 1 };
        const document = rolloutDocument({ ...stages(...a, FIRST, ...b, LAST, ...c), promotion, checks, shadow });
        let log: Log = started(document);
        let nowMs = T0;
        for (const [event, stepMs] of events) {
          nowMs += stepMs;
          const before = log;
          log = after(log, event, nowMs);
          if (log === before) continue;
          const run = before.state.run!;
          const last = log.decisions.at(-1)!;
          if (run.state === 'paused' && last.type !== 'promote') expect(weightOf(log)).toBe(weightOf(before));
          if (movesUsers(last) && checks.length > 0) expect(run.checks.get('release')?.outcome).toBe('passed');
        }
        const reread = log.decisions.reduce<AgentState>((s, d) => applyDecision(s, d) ?? s, newAgent('support'));
        expect(reread).toEqual(log.state);
      }),
      { seed: 20_260_207, numRuns: 400 },
    );
  });
});

describe('a document with pauses', () => {
  const issuesOf = (spec: object): string[] => {
    const { error } = RolloutDocument.safeParse({
      apiVersion: 'coalmine/v1',
      kind: 'Rollout',
      metadata: { name: 'support-v2' },
      spec: { agent: 'support', candidate: 'v2', ...spec },
    });
    return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`);
  };

  it.each([
    [stages({ pause: {} }), /are pauses alone/],
    [stages({ pause: {} }, FIRST), /spec\.stages\.0 .* needs a shadow phase before it/],
    [{ ...stages({ pause: {} }, FIRST), shadow: {}, skipShadow: true }, /needs a shadow phase before it/],
    [stages(FIRST, { pause: {} }, { pause: { duration: '1h' } }, LAST), /spec\.stages\.2 is a second pause in a row/],
    [stages(LAST, { pause: {} }, FIRST), /weights must rise/],
    [{ ...stages(FIRST, { pause: { duration: '7d' } }, LAST) }, /spec\.deadline is before the end of a pause/],
    [{ ...stages(FIRST, { pause: {} }, LAST), promotion: 'budget' }, /have no place in `promotion: budget`/],
  ])('%j is refused', (spec, message) => expect(issuesOf(spec).join('\n')).toMatch(message));

  it('is read back from the log as it was applied', () => {
    const document = rolloutDocument(stages(FIRST, { pause: { duration: '90m' } }, LAST, { pause: {} }));
    const logged = withDefaults(document);
    expect(logged.spec).toMatchObject(stages(FIRST, { pause: { duration: '90m' } }, LAST, { pause: {} }));
    expect(RolloutDocument.parse(JSON.parse(JSON.stringify(logged)))).toMatchObject(document);
    expect(started(document, registered()).state.run?.pausesPassed).toBe(0);
  });
});
