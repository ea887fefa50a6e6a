import { expect, it } from 'vitest';
import type { Decision } from '../../schemas/decision.ts';
import { type AgentState, applyDecision } from '../rollout/agent-log.ts';
import { rolloutDocument, started, T0 } from '../test/play.fixture.ts';
import { createTransact } from '../ledger.ts';
import { createOperations } from './operations.ts';

const operationsOn = (state: AgentState) => {
  const agents = new Map([[state.agent, state]]);
  const proposed: Decision[] = [];
  const operations = createOperations({
    ledger: {
      agents,
      decisions: () => proposed,
      isRead: () => true,
      whenRead: Promise.resolve(),
      transact: createTransact(agents, async (decision) => {
        const next = applyDecision(agents.get(decision.agent)!, decision);
        if (next !== null) agents.set(decision.agent, next);
        proposed.push(decision);
        return next === null ? 'lost' : 'effective';
      }),
      stop: async () => {},
    },
    announced: { names: () => [], isRead: () => true },
    clock: { nowMs: () => T0 + 1_000, sleep: async () => {} },
  });
  return { operations, proposed };
};
const signal = new AbortController().signal;

it('a restart ends what is under way and begins the same document anew, or else does nothing', async () => {
  const { state } = started(rolloutDocument({}));
  const good = operationsOn(state);
  expect(await good.operations.restart('support-v2', 'ann', 'again', signal)).toMatchObject({ ok: { type: 'start' } });
  expect(good.proposed.map(({ type }) => type)).toEqual(['rollback', 'start']);

  const { spec } = rolloutDocument({ metrics: [{ name: 'event_sale' }] });
  const outdated = operationsOn({ ...state, run: { ...state.run!, spec } });
  expect(await outdated.operations.restart('support-v2', 'ann', '', signal)).toMatchObject({
    refusal: { kind: 'invalid', issues: [{ path: 'spec.metrics.0.name' }] },
  });
  expect(outdated.proposed).toEqual([]);
});
