import { describe, expect, it } from 'vitest';
import type { Decision } from '../schemas/decision.ts';
import { createTransact } from './ledger.ts';
import { type AgentState, applyDecision } from './rollout/agent-log.ts';
import { commandGrounds, decisionBeside } from './rollout/build-decision.ts';
import { sameView } from './rollout/routing.ts';
import { registered, T0 } from './test/play.fixture.ts';

const signal = new AbortController().signal;

/** A step that changes nothing but the sequence. */
const stepOf = (state: AgentState, by: string): Decision =>
  decisionBeside(state, commandGrounds(by, T0), (step) => ({
    type: 'register',
    reason: 'a step',
    routing: sameView(state.routing!, step),
    document: null,
  }));

/** A log in which somebody else comes first as often as said. */
const contested = (losses: number) => {
  const { state } = registered();
  const agents = new Map([[state.agent, state]]);
  const own: Decision[] = [];
  let proposals = 0;
  const take = (decision: Decision): boolean => {
    const next = applyDecision(agents.get(decision.agent)!, decision);
    if (next !== null) agents.set(decision.agent, next);
    return next !== null;
  };
  const transact = createTransact(
    agents,
    async (decision) => {
      proposals += 1;
      if (proposals <= losses) take(stepOf(agents.get(state.agent)!, 'somebody else'));
      return take(decision) ? 'effective' : 'lost';
    },
    (decision) => own.push(decision),
  );
  const plan = (now: AgentState | null) => ({ kind: 'decide' as const, decision: stepOf(now!, 'ann') });
  return { transact, plan, own, proposals: () => proposals, state, sequence: () => agents.get(state.agent)!.sequence };
};

describe('a step of an agent', () => {
  it('that loses races is planned anew each time, and told of once, when it is effective', async () => {
    const { transact, plan, own, state } = contested(3);
    const done = await transact('support', plan, signal);
    expect(done).toMatchObject({ kind: 'decide', decision: { by: 'ann', expect: state.sequence + 3 } });
    expect(own).toEqual([(done as { decision: Decision }).decision]);
  });

  it('that nobody needs any more after a lost race is not tried again', async () => {
    const { transact, plan, own, proposals, state } = contested(1);
    const once = (now: AgentState | null) => (now!.sequence > state.sequence ? { kind: 'settled' } : plan(now));
    expect(await transact('support', once, signal)).toEqual({ kind: 'settled' });
    expect([proposals(), own]).toEqual([1, []]);
  });

  it('that loses every race is given up, and changes nothing', async () => {
    const { transact, plan, own, proposals, state, sequence } = contested(Infinity);
    expect(await transact('support', plan, signal)).toEqual({ kind: 'outrun' });
    expect([sequence() - state.sequence, own]).toEqual([proposals(), []]);
  });

  it('of an agent that the log does not know is planned from nothing', async () => {
    const { transact } = contested(0);
    const seen: unknown[] = [];
    await transact('nobody', (now) => (seen.push(now), { kind: 'refused' }), signal);
    expect(seen).toEqual([null]);
  });
});
