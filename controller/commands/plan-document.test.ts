import { expect, it } from 'vitest';
import { AgentDocument } from '../../schemas/documents.ts';
import { versionId } from '../../schemas/version-content.ts';
import { createRegistryFold } from '../registry/registry-fold.ts';
import { applyDecision, newAgent } from '../rollout/agent-log.ts';
import { AGENT, rolloutDocument, T0 } from '../test/play.fixture.ts';
import { type Applying, planDocument } from './plan-document.ts';
import { register } from './register.ts';

const APPLYING: Applying = {
  by: 'test',
  sees: () => true,
  isRestart: false,
  timeMs: T0,
  announced: [],
  registry: createRegistryFold(),
  alertings: new Map(),
  receiverAccess: { secretOf: () => undefined, origins: [] },
  checkEndpoints: [],
  knownOf: () => undefined,
};
const codeless = (labels: readonly string[], port = 1): AgentDocument =>
  AgentDocument.parse({
    ...AGENT,
    spec: { stable: 'v1', versions: labels.map((label) => ({ label, upstream: `http://127.0.0.1:${port}/v1` })) },
  });

it('versions of before code was asked for may be applied again and move, and no new one comes without it', () => {
  const begun = register(newAgent('support'), codeless(['v1']), versionId, APPLYING);
  const state = begun.kind === 'decide' ? applyDecision(newAgent('support'), begun.decision) : null;
  if (state === null) throw new Error('not registered');
  const plan = (document: AgentDocument) => planDocument(new Map([['support', state]]), document, APPLYING);
  expect(plan(codeless(['v1']))).toMatchObject({ kind: 'unchanged' });
  expect(plan(codeless(['v1'], 2))).toMatchObject({ kind: 'decide' });
  expect(plan(codeless(['v1', 'v2']))).toMatchObject({
    refusal: { kind: 'invalid', issues: [{ path: 'spec.versions.1.code' }] },
  });
});

it('a rollout that never began is not said to be restarted, though a restart was asked for', () => {
  let state = newAgent('support');
  const reasonOf = (document: Parameters<typeof planDocument>[1]): string => {
    const planned = planDocument(new Map([['support', state]]), document, { ...APPLYING, isRestart: true });
    const next = planned.kind === 'decide' ? applyDecision(state, planned.decision) : null;
    if (planned.kind !== 'decide' || next === null) throw new Error(JSON.stringify(planned));
    state = next;
    return planned.decision.reason;
  };
  reasonOf(AGENT);
  expect(reasonOf(rolloutDocument({}))).not.toMatch(/^restarted/);
  expect(reasonOf(rolloutDocument({}))).toContain('to begin it anew');
  expect(reasonOf(rolloutDocument({}))).toMatch(/^restarted by test; /);
});
