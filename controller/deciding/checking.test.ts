import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import type { Decision } from '../../schemas/decision.ts';
import { createControllerEvents } from '../events.ts';
import { createTransact } from '../ledger.ts';
import { type AgentState, applyDecision, newAgent } from '../rollout/agent-log.ts';
import type { CheckAnswer } from '../rollout/prometheus.ts';
import { rolloutDocument, started, T0 } from '../test/play.fixture.ts';
import { createSteppedClock } from '../test/simulation.fixture.ts';
import { createChecking } from './checking.ts';

const YES: CheckAnswer = { status: 200, text: '' };
const NO: CheckAnswer = { status: 409, text: 'change freeze' };
const AWAY: CheckAnswer = { failure: 'not done within 10000 ms' };

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** One log, and controllers that ask the checks of its one rollout; `answers` gives the answer to the nth question. */
const worldOf = (check: object, answers: (nth: number) => CheckAnswer) => {
  const clock = createSteppedClock(T0);
  const { state, decisions } = started(
    rolloutDocument({ checks: [{ name: 'release', webhook: { endpoint: 'ops' }, ...check }] }),
  );
  const agents = new Map<string, AgentState>([['support', state]]);
  const asked: string[] = [];
  /** `looks` counts how often a controller has looked whether it is still to ask. */
  const flags = { isAwaited: false, isAlive: true, looks: 0 };
  const transact = createTransact(agents, async (decision) => {
    const next = applyDecision(agents.get('support')!, decision);
    if (next === null) return 'lost';
    agents.set('support', next);
    decisions.push(decision);
    return 'effective';
  });
  const controller = () => {
    const stopping = new AbortController();
    stops.push(() => stopping.abort());
    const see = createChecking({
      clock,
      events: createControllerEvents(silentLog, createMetrics('controller')),
      ledger: { agents, transact },
      ask: async ({ endpoint }) => {
        asked.push(endpoint);
        return answers(asked.length);
      },
      live: () => null,
      signal: stopping.signal,
    });
    return () =>
      see(
        'support',
        agents.get('support')!.run!,
        () => flags.isAwaited,
        () => {
          flags.looks += 1;
          return flags.isAlive;
        },
      );
  };
  /** Resolves once the controllers have looked again, after whatever they do at present. */
  const looked = async (): Promise<void> => {
    const before = flags.looks;
    await until(() => expect(flags.looks).toBeGreaterThan(before + 1));
  };
  const log = (): string[] => decisions.slice(2).map(({ type, reason }) => `${type} ${reason}`);
  return { clock, agents, decisions, asked, flags, controller, looked, log };
};
const until = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 2 });

describe('the checks of a rollout', () => {
  it('are asked at once and then as often as their document says; what is said again is not written again', async () => {
    const { clock, asked, controller, log } = worldOf({ every: '1m' }, () => YES);
    const see = controller();
    see();
    await until(() => expect(log()).toEqual(['check check release passed']));
    for (const minute of [1, 2, 3]) {
      clock.set(T0 + minute * 60_000);
      await until(() => expect(asked.length).toBe(minute + 1));
      see();
    }
    expect(log()).toEqual(['check check release passed']);
  });

  it('make a step in the log when they say something else', async () => {
    const { clock, controller, log, agents } = worldOf({ every: '1m' }, (nth) => (nth === 2 ? NO : YES));
    controller()();
    await until(() => expect(log().length).toBe(1));
    clock.set(T0 + 60_000);
    await until(() => expect(log().length).toBe(2));
    expect(agents.get('support')?.run).toMatchObject({ state: 'canary', stage: 0 });
    clock.set(T0 + 120_000);
    await until(() => expect(log().length).toBe(3));
    expect(log()).toEqual([
      'check check release passed',
      'check check release does not pass: change freeze',
      'check check release passed',
    ]);
  });

  it('that could not be asked are asked three times before that counts, and never pass by it', async () => {
    const once = worldOf({}, (nth) => (nth === 1 ? AWAY : YES));
    once.controller()();
    await until(() => expect(once.log()).toEqual(['check check release passed']));
    const never = worldOf({ onFail: 'rollback' }, () => AWAY);
    never.controller()();
    await until(() =>
      expect(never.log()).toEqual(['check check release could not be asked: not done within 10000 ms']),
    );
    expect([never.asked.length, never.agents.get('support')?.run?.state]).toEqual([3, 'canary']);
  });

  it('end the rollout where a no is to do that', async () => {
    const { asked, agents, controller, log } = worldOf({ every: '1s', onFail: 'rollback' }, () => NO);
    controller()();
    await until(() => expect(log()).toEqual(['rollback check release does not pass: change freeze']));
    expect(agents.get('support')?.routing?.arms).toMatchObject([{ name: 'stable', version: 'v1', weight: 100 }]);
    expect(asked.length).toBe(1);
  });

  it('that a step waits for are asked at once and written anew, where what the log has of them is old', async () => {
    const { clock, flags, decisions, asked, controller, looked } = worldOf({ every: '10m' }, () => YES);
    const see = controller();
    see();
    await until(() => expect(decisions.length).toBe(3));
    flags.isAwaited = true;
    see();
    clock.set(T0 + 599_000);
    see();
    await looked();
    expect(asked.length).toBe(1);
    clock.set(T0 + 600_000);
    await until(() => expect(decisions.at(-1)?.checks).toMatchObject([{ outcome: 'passed', atMs: T0 + 600_000 }]));
    expect(decisions.length).toBe(4);
  });

  it('are left to the controller that has the rollout’s windows', async () => {
    const { clock, flags, asked, controller } = worldOf({ every: '1m' }, () => YES);
    const see = controller();
    see();
    await until(() => expect(asked.length).toBe(1));
    flags.isAlive = false;
    const before = flags.looks;
    await until(() => expect(flags.looks).toBeGreaterThan(before));
    clock.set(T0 + 60_000);
    expect(asked.length).toBe(1);
    flags.isAlive = true;
    see();
    await until(() => expect(asked.length).toBe(2));
  });

  it('are asked anew by whoever takes over, who reads from the log what they said', async () => {
    const { agents, decisions, asked, controller, log } = worldOf({ every: '1m' }, () => NO);
    controller()();
    await until(() => expect(log().length).toBe(1));
    stops.pop()?.();
    const reread = decisions.reduce<AgentState>((s, d: Decision) => applyDecision(s, d) ?? s, newAgent('support'));
    expect(reread).toEqual(agents.get('support'));
    controller()();
    await until(() => expect(asked.length).toBe(2));
    expect(log()).toEqual(['check check release does not pass: change freeze']);
  });
});
