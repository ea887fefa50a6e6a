import { describe, expect, it } from 'vitest';
import { type AgentState, applyDecision, newAgent } from '../rollout/agent-log.ts';
import { AgentDocument } from '../../schemas/documents.ts';
import { AB, AGENT, strategyDocument, T0 } from '../test/play.fixture.ts';
import { createRegistryFold } from '../registry/registry-fold.ts';
import { type Applying, planDocument, rehearse } from './plan-document.ts';

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
const declaring = (...events: object[]): AgentDocument =>
  AgentDocument.parse({ ...AGENT, spec: { ...AGENT.spec, events } });
const experiment = (metric: string) => strategyDocument({ ...AB, duration: '1h', goal: { metric } });

/** The agent's state after these documents, all of which must be taken. */
const after = (...documents: Parameters<typeof planDocument>[1][]): AgentState =>
  documents.reduce((state, document) => {
    const planned = planDocument(new Map([['support', state]]), document, APPLYING);
    const next = planned.kind === 'decide' ? applyDecision(state, planned.decision) : null;
    if (next === null) throw new Error(JSON.stringify(planned));
    return next;
  }, newAgent('support'));
const plan = (state: AgentState, document: Parameters<typeof planDocument>[1]) =>
  planDocument(new Map([['support', state]]), document, APPLYING);

describe('the event that an experiment is about', () => {
  it('must be declared by its agent’s document, which the refusal says how to do', () => {
    expect(plan(after(declaring({ name: 'purchase' })), experiment('event_purchas'))).toMatchObject({
      refusal: {
        issues: [
          {
            path: 'spec.goal.metric',
            reason:
              'agent support has no event purchas; did you mean purchase? Its document declares purchase; add `events: [{ name: purchas }]` to its spec, with max where values go beyond 1',
          },
        ],
      },
    });
    expect(plan(after(declaring()), experiment('event_sale'))).toMatchObject({
      refusal: { issues: [{ reason: expect.stringContaining('Its document declares no events; add') }] },
    });
    expect(plan(after(declaring({ name: 'sale' })), experiment('event_sale'))).toMatchObject({ kind: 'decide' });
    expect(plan(after(declaring()), experiment('error_rate'))).toMatchObject({ kind: 'decide' });
    expect(rehearse(new Map(), [declaring({ name: 'sale' }), experiment('event_sale')], APPLYING)).toHaveProperty('ok');
  });

  it('stays declared until the experiment is over; others come and go meanwhile', () => {
    const under = after(declaring({ name: 'sale' }), experiment('event_sale'));
    expect(plan(under, declaring({ name: 'signup' }))).toMatchObject({
      refusal: { kind: 'conflict', message: expect.stringContaining('sale is what experiment') },
    });
    const wider = plan(under, declaring({ name: 'sale', max: 500, perExchange: 3 }, { name: 'signup' }));
    expect(wider).toMatchObject({
      kind: 'decide',
      decision: {
        routing: {
          events: [
            { name: 'sale', min: 0, max: 500, perExchange: 3 },
            { name: 'signup', min: 0, max: 1, perExchange: 1 },
          ],
        },
      },
    });
  });
});

it.each([
  [{ name: 'Sale' }, /lower-case letters/],
  [{ name: 'sale', min: 1, max: 1 }, /must be above min/],
  [{ name: 'sale', max: 2e6 }, /1000000/],
  [{ name: 'sale', perExchange: 0 }, />=1/],
  [{ name: 'sale', perExchange: 17 }, /<=16/],
  [{ name: 'sale', limit: 3 }, /limit/],
])('an event of %j is refused', (event, message) => {
  expect(() => declaring(event)).toThrow(message);
});

it('two events of one name, and more than an arm has rows for, are refused', () => {
  expect(() => declaring({ name: 'sale' }, { name: 'sale' })).toThrow(/two events of one name/);
  expect(() => declaring(...Array.from({ length: 21 }, (_, i) => ({ name: `e${i}` })))).toThrow(/20/);
});
