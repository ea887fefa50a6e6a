import { expect, it } from 'vitest';
import { AgentDocument } from '../../schemas/documents.ts';
import { ServableView } from '../../schemas/servable-view.ts';
import { applyDecision, newAgent } from '../rollout/agent-log.ts';
import { AGENT, rolloutDocument, T0 } from '../test/play.fixture.ts';
import { register } from './register.ts';
import { start } from './start.ts';

const context = { by: 'ann', timeMs: T0 };
const id = ({ prompt }: { prompt: string }): string => `id-${prompt}`;
const version = (label: string) => ({ label, upstream: 'http://127.0.0.1:9101/v1', prompt: label });
const agentWith = (spec: object) => AgentDocument.safeParse({ ...AGENT, spec: { ...AGENT.spec, ...spec } });
const longest = (characters: number): string => 'x'.repeat(characters);

it('a document with the longest of everything leads to views that front doors take', () => {
  const label = longest(63);
  const document = AgentDocument.parse({
    ...AGENT,
    metadata: { name: longest(63) },
    spec: {
      stable: label,
      versions: [{ ...version(label), upstreamModel: longest(255), promptUsdPerMillion: 1e6 }, version('v2')],
      slices: [{ label: longest(64), values: [longest(512)] }],
      http: { requestPath: `/${longest(255)}`, replay: [`/${longest(2_047)}`] },
      metrics: [{ name: longest(48), family: 'rate' }],
      events: [{ name: longest(48), min: -1e6, max: 1e6, perExchange: 16 }],
    },
  });
  const registered = register(newAgent(document.metadata.name), document, id, context);
  if (registered.kind !== 'decide') throw new Error(JSON.stringify(registered));
  const state = applyDecision(newAgent(document.metadata.name), registered.decision)!;
  const match = { name: longest(255), subjects: [longest(255)], headers: { [longest(255)]: [longest(1_024)] } };
  const rollout = rolloutDocument({ agent: document.metadata.name, beta: [match], segments: [match] }, longest(63));
  const begun = start(state, rollout, context);
  if (begun.kind !== 'decide') throw new Error(JSON.stringify(begun));
  for (const { routing } of [registered.decision, begun.decision]) expect(ServableView.parse(routing)).toEqual(routing);
});

it.each([
  ['a price', { versions: [{ ...version('v1'), promptUsdPerMillion: 1e7 }] }],
  ['an address', { versions: [{ ...version('v1'), upstream: `http://a/${longest(2_048)}` }] }],
  ['a slice', { slices: [{ label: longest(65), values: [] }] }],
  ['a list of slices', { slices: Array.from({ length: 33 }, (_, i) => ({ label: `l${i}`, values: [] })) }],
  ['a rule', { flags: [{ key: 'f', version: 'v1', match: { subjects: [longest(256)] } }] }],
  ['names of headers', { flags: [{ key: 'f', version: 'v1', match: { headers: { [longest(256)]: ['*'] } } }] }],
])('%s beyond what front doors take is refused in the document already', (_, spec) => {
  expect(agentWith({ slices: [], ...spec }).success).toBe(false);
});

it('versions that add up to more than front doors take are refused, and what was there stays', () => {
  let state = newAgent('support');
  const apply = (from: number, count: number, characters = 0) => {
    const versions = Array.from({ length: count }, (_, i) => version(`v${from + i}`)).map((each) => ({
      ...each,
      upstream: `${each.upstream}/${longest(characters)}`,
    }));
    return register(state, agentWith({ stable: `v${from}`, versions }).data!, id, context);
  };
  const first = apply(0, 600);
  if (first.kind !== 'decide') throw new Error(first.kind);
  state = applyDecision(state, first.decision)!;
  const more = apply(600, 600);
  expect(more.kind === 'refused' && more.refusal.message).toMatch(/versions: Too big/);
  const longer = apply(0, 600, 1_000);
  expect(longer.kind === 'refused' && longer.refusal.message).toMatch(/would have \d+ characters, 524288 are allowed/);
});
