import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Decision } from '../../schemas/decision.ts';
import { AgentDocument, RolloutDocument } from '../../schemas/documents.ts';
import { type AgentState, applyDecision, newAgent } from '../rollout/agent-log.ts';
import { AB, AGENT, rolloutDocument, started, strategyDocument, T0 } from '../test/play.fixture.ts';
import type { Live } from '../verdict/moment.ts';
import { createTransact } from '../ledger.ts';
import { createRegistryFold } from '../registry/registry-fold.ts';
import { createOperations } from './operations.ts';
import { readDocuments } from '../../schemas/read-documents.ts';
import { person } from '../test/person.fixture.ts';

const operationsOn = (state: AgentState, live: Live | null = null) => {
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
    registry: {
      metrics: () => [],
      content: createRegistryFold(),
      alertings: () => new Map(),
      write: async () => {},
      isRead: () => true,
    },
    secretOf: () => undefined,
    identify: async () => ({ issues: [], identified: new Map() }),
    registerVersions: async () => '',
    readDocuments: async (text) => readDocuments(text),
    checkEndpoints: ['release'],
    webhookOrigins: [],
    promoteApprovals: 1,
    filed: () => [],
    live: () => live,
    timeOf: () => null,
    clock: { nowMs: () => T0 + 1_000, sleep: async () => {} },
  });
  return { operations, proposed };
};
const signal = new AbortController().signal;

it('a restart ends what is under way and begins the same document anew, or else does nothing', async () => {
  const { state } = started(rolloutDocument({}));
  const good = operationsOn(state);
  expect(await good.operations.restart('support-v2', person('ann'), 'again', signal)).toMatchObject({
    ok: { type: 'start' },
  });
  expect(good.proposed.map(({ type }) => type)).toEqual(['abort', 'start']);

  const { spec } = rolloutDocument({ metrics: [{ name: 'event_sale' }] });
  const outdated = operationsOn({ ...state, run: { ...state.run!, spec } });
  expect(await outdated.operations.restart('support-v2', person('ann'), '', signal)).toMatchObject({
    refusal: { kind: 'invalid', issues: [{ path: 'spec.metrics.0.name' }] },
  });
  expect(outdated.proposed).toEqual([]);
});

describe('a Rollout document that is applied again', () => {
  const textOf = (document: RolloutDocument): string => JSON.stringify(z.encode(RolloutDocument, document));
  const agentText = JSON.stringify(z.encode(AgentDocument, AGENT));
  const first = textOf(rolloutDocument({}));
  const setUp = async () => {
    const { operations, proposed } = operationsOn(newAgent('support'));
    const apply = async (text: string, isRestart = false) => {
      const answer = await operations.apply(text, person('ann'), signal, isRestart);
      return 'ok' in answer ? answer.ok.map(({ result, rollout }) => [result, rollout]) : answer.refusal;
    };
    expect(await apply(agentText)).toEqual([['registered', null]]);
    const types = (): string[] => proposed.slice(1).map(({ type, rollout }) => `${type} ${rollout}`);
    const end = (command: 'abort' | 'promote', name = 'support-v2') =>
      operations.command(name, command, person('ann'), '', signal);
    return { operations, apply, types, end };
  };

  it('changes nothing while it is under way, paused or not, and says how to begin it anew', async () => {
    const { operations, apply, types } = await setUp();
    expect(await apply(first)).toEqual([['started', 'support-v2#2']]);
    expect(await apply(first)).toEqual([['unchanged', 'support-v2#2']]);
    await operations.command('support-v2', 'pause', person('ann'), '', signal);
    expect(await operations.apply(first, person('ann'), signal)).toMatchObject({
      ok: [
        {
          result: 'unchanged',
          sequence: 3,
          note: 'this document began rollout support-v2#2, which is under way (paused); nothing was done. To begin it anew: coalmine retry support-v2, or apply it with --restart (?restart=true)',
        },
      ],
    });
    expect(types()).toEqual(['start support-v2#2', 'pause support-v2#2']);
  });

  it.each(['abort', 'promote'] as const)(
    'changes nothing after its end by %s, alone or among others',
    async (command) => {
      const { operations, apply, types, end } = await setUp();
      await apply(first);
      await end(command);
      expect(await apply(first)).toEqual([['unchanged', 'support-v2#2']]);
      expect(await apply(`${agentText}\n---\n${first}`)).toEqual([
        ['unchanged', null],
        ['unchanged', 'support-v2#2'],
      ]);
      const told = await operations.apply(first, person('ann'), signal);
      const state = command === 'abort' ? 'aborted' : 'promoted';
      expect(told).toMatchObject({
        ok: [{ note: expect.stringContaining(`which is over (${state}); nothing was done`) }],
      });
      expect(types()).toHaveLength(2);
    },
  );

  it('never brings a rolled-back version back, whatever ran since, and however often the old file is applied', async () => {
    const { apply, types, end } = await setUp();
    const changed = textOf(rolloutDocument({ candidate: 'v3' }));
    await apply(first);
    await end('abort');
    expect(await apply(changed)).toEqual([['started', 'support-v2#4']]);
    await end('abort');
    const others = Array.from({ length: 101 }, (_, i) => textOf(rolloutDocument({}, `other-${i}`)));
    for (const [i, other] of others.entries()) {
      await apply(other);
      await end('abort', `other-${i}`);
    }
    const before = types().length;
    expect(await apply(first)).toEqual([['unchanged', 'support-v2#2']]);
    expect(await apply(changed)).toEqual([['unchanged', 'support-v2#4']]);
    expect(types()).toHaveLength(before);
  });

  it('begins where its content is another, and is the same however it is written', async () => {
    const { apply, end } = await setUp();
    await apply(first);
    const { spec, ...head } = JSON.parse(first) as { spec: { stages: { weightPct: number }[] } };
    const durations = ['10000ms', '10s', '10s', '10s'];
    const stages = spec.stages.map(({ weightPct }, i) => ({ duration: durations[i], weightPct }));
    const { agent, candidate, minRequests } = spec as unknown as Record<string, unknown>;
    const written = JSON.stringify({ spec: { minRequests, stages, candidate, agent, strategy: 'canary' }, ...head });
    expect(await apply(written)).toEqual([['unchanged', 'support-v2#2']]);
    await end('abort');
    expect(await apply(written)).toEqual([['unchanged', 'support-v2#2']]);
    expect(await apply(textOf(rolloutDocument({ minRequests: 21 })))).toEqual([['started', 'support-v2#4']]);
  });

  it('with another content while one of its name is under way is a conflict, also if that content ran before', async () => {
    const { apply, types, end } = await setUp();
    await apply(first);
    await end('abort');
    const changed = textOf(rolloutDocument({ candidate: 'v3' }));
    await apply(changed);
    expect(await apply(first)).toMatchObject({ kind: 'conflict', message: expect.stringContaining('?restart=true') });
    expect(await apply(textOf(rolloutDocument({ alpha: 0.1 })))).toMatchObject({ kind: 'conflict' });
    expect(types()).toHaveLength(3);
  });

  it('is unchanged also while a rollout of another name is under way', async () => {
    const { apply, end } = await setUp();
    await apply(first);
    await end('abort');
    await apply(textOf(strategyDocument(AB)));
    expect(await apply(first)).toEqual([['unchanged', 'support-v2#2']]);
  });

  it('begins anew when a restart is asked for: what is under way by its name is ended first, and nothing else is', async () => {
    const { apply, types, end } = await setUp();
    expect(await apply(first, true)).toEqual([['started', 'support-v2#2']]);
    expect(await apply(first, true)).toEqual([['started', 'support-v2#4']]);
    const changed = textOf(rolloutDocument({ candidate: 'v3' }));
    expect(await apply(changed, true)).toEqual([['started', 'support-v2#6']]);
    expect(await apply(textOf(rolloutDocument({}, 'other')), true)).toMatchObject({ kind: 'conflict' });
    await end('abort');
    expect(await apply(first, true)).toEqual([['started', 'support-v2#8']]);
    expect(await apply(first)).toEqual([['unchanged', 'support-v2#8']]);
    expect(types()).toEqual([
      'start support-v2#2',
      'abort support-v2#2',
      'start support-v2#4',
      'abort support-v2#4',
      'start support-v2#6',
      'abort support-v2#6',
      'start support-v2#8',
    ]);
  });

  it('with a restart that its document could not begin after does nothing', async () => {
    const { apply, types } = await setUp();
    await apply(first);
    expect(await apply(textOf(rolloutDocument({ candidate: 'v9' })), true)).toMatchObject({ kind: 'invalid' });
    expect(types()).toEqual(['start support-v2#2']);
  });
});
