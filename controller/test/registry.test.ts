import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Bus } from '../../platform/kafka/bus.ts';
import { createMemoryBus } from '../../platform/kafka/memory-bus.ts';
import { REGISTRY } from '../../schemas/topics.ts';
import type { AskIdentity } from '../commands/identifying.ts';
import type { Person } from '../commands/person.ts';
import type { Answer } from '../commands/refusal.ts';
import { exportFile } from '../registry/registry-export.ts';
import { versionSummaries, versionView } from '../registry/version-view.ts';
import { person } from './person.fixture.ts';
import { T0 } from './play.fixture.ts';
import { agentYaml } from './registered.fixture.ts';
import {
  createSteppedClock,
  createStore,
  rolloutYaml,
  type SimulatedController,
  startSimulated,
} from './simulation.fixture.ts';

const signal = new AbortController().signal;
const ann = person('ann (key_ann)');
const started: SimulatedController[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((controller) => controller.stop()));
});

const startOn = async (bus: Bus, askIdentity?: AskIdentity): Promise<SimulatedController> => {
  const [store, clock] = [createStore(), createSteppedClock(T0)];
  const controller = await startSimulated(bus, store, clock, undefined, undefined, 1, askIdentity);
  started.push(controller);
  return controller;
};
const fateOf = async <T>(answer: Promise<Answer<T>>): Promise<unknown> => {
  const found = await answer;
  return 'ok' in found ? found.ok : found.refusal.message;
};
const create = (controller: SimulatedController, text: string, by: Person = ann, label?: string) =>
  fateOf(controller.createVersions(text, label, by, signal));
const apply = (controller: SimulatedController, text: string, by: Person = ann) =>
  fateOf(controller.apply(text, by, signal));
const sourcesOf = (controller: SimulatedController) => ({
  agent: 'support',
  state: controller.agents()[0] ?? null,
  registry: controller.registry,
  lineage: (label: string) => controller.lineage('support', label),
});
const view = (controller: SimulatedController, which: string) => versionView(sourcesOf(controller), which);
const records = async (bus: Bus): Promise<number> => {
  let count = 0;
  await bus.readToEnd(REGISTRY, 0, 0, () => (count += 1));
  return count;
};

describe('registering versions', () => {
  it('gives the same content the same id, and is unchanged and unwritten the second time', async () => {
    const bus = createMemoryBus();
    const controller = await startOn(bus);
    const text = agentYaml({ v1: 'polite', v2: 'brief' });
    expect(await create(controller, text)).toMatchObject([
      { label: 'v1', parent: null, result: 'created' },
      { label: 'v2', parent: 'v1', result: 'created' },
    ]);
    const { id } = view(controller, 'v1')!;
    const written = await records(bus);
    expect(await create(controller, text)).toMatchObject([{ id, result: 'unchanged' }, { result: 'unchanged' }]);
    const reordered = text.replace('code: c1, prompt: "polite"', 'prompt: "polite", code: c1');
    expect(await create(controller, reordered)).toMatchObject([{ id, result: 'unchanged' }, {}]);
    expect(await records(bus)).toBe(written);
    expect(controller.agents()).toEqual([]);
  });

  it('refuses another content under a label, naming what differs and the next free label', async () => {
    const controller = await startOn(createMemoryBus());
    await create(controller, agentYaml({ v1: 'polite', 'v1.1': 'kind' }));
    const changed = agentYaml({ v1: 'rude' });
    const refusal =
      'refused: spec.versions.0.label: v1 is registered with another content (another prompt); versions are immutable: create v1.2';
    expect(await create(controller, changed)).toBe(refusal);
    expect(await apply(controller, changed)).toBe(refusal);
    expect(await apply(controller, agentYaml({ v1: 'polite' }))).toMatchObject([{ result: 'registered' }]);
    expect(await apply(controller, changed)).toBe(refusal);
  });

  it('wants to know the code, whether a version is created or applied', async () => {
    const controller = await startOn(createMemoryBus());
    for (const code of ['', 'code: "", ', 'code: " ", ']) {
      const codeless = agentYaml({ v1: 'polite' }).replace('code: c1, ', code);
      for (const answer of [await create(controller, codeless), await apply(controller, codeless)])
        expect(answer).toMatch(/spec\.versions\.0\.code: a version says which code it is: in a file \{ git: true \}/);
    }
    expect(controller.agents()).toEqual([]);
  });

  it('takes one label of a document, and an explicit parent that is there', async () => {
    const controller = await startOn(createMemoryBus());
    const text = agentYaml({ v1: 'polite', v2: 'brief' });
    expect(await create(controller, text, ann, 'v2')).toMatchObject([{ label: 'v2', parent: null }]);
    expect(versionSummaries(sourcesOf(controller)).map(({ label }) => label)).toEqual(['v2']);
    expect(await create(controller, text, ann, 'v9')).toBe('refused: label: no document has a version v9');
    const child = (parent: string) => agentYaml({ v3: 'kind' }, 'support', `, parent: ${parent}`);
    expect(await create(controller, child('v9'))).toMatch(/there is no version v9/);
    expect(await create(controller, child('v3'))).toMatch(/is the version itself/);
    expect(await create(controller, child('v2'))).toMatchObject([{ parent: 'v2' }]);
    expect(view(controller, 'v2')).toMatchObject({ children: ['v3'] });
  });

  it('takes an admin for an agent that nobody has applied', async () => {
    const controller = await startOn(createMemoryBus());
    const ci: Person = { ...person('ci'), may: (role) => role === 'view' || role === 'propose' };
    const text = agentYaml({ v1: 'polite' });
    expect(await create(controller, text, ci)).toMatch(/nobody has applied agent support yet.* role admin$/);
    await apply(controller, text);
    expect(await create(controller, agentYaml({ v1: 'polite', v2: 'brief' }), ci)).toMatchObject([
      {},
      { result: 'created' },
    ]);
  });

  it('a label more is the same content, and never moves', async () => {
    const controller = await startOn(createMemoryBus());
    await create(controller, agentYaml({ v1: 'polite', v2: 'brief' }));
    const label = (version: string, to: string) =>
      fateOf(controller.labelVersion({ params: { agent: 'support', version }, body: { label: to } }, ann, signal));
    const { id } = view(controller, 'v1')!;
    expect(await label(id.slice(0, 12), 'golden')).toMatchObject({ label: 'golden', id, result: 'created' });
    expect(await label('v1', 'golden')).toMatchObject({ result: 'unchanged' });
    expect(await label('v2', 'golden')).toMatch(
      /golden stands for another content, and labels do not move: take golden-2/,
    );
    expect(await label('v9', 'x')).toMatch(/no version v9 in the registry/);
    expect(view(controller, 'golden')).toMatchObject({ sameContent: ['v1'], content: { prompt: 'polite' } });
  });
});

describe('two controllers', () => {
  it('of two who create one label with different contents at once one succeeds, and both agree', async () => {
    const bus = createMemoryBus({ seed: 3 });
    const pair = [await startOn(bus), await startOn(bus)];
    for (let round = 1; round <= 10; round += 1) {
      const fates = await Promise.all(
        pair.map((controller, i) => create(controller, agentYaml({ [`v${round}`]: `prompt ${round} of ${i}` }))),
      );
      expect(fates.filter((fate) => typeof fate !== 'string')).toHaveLength(1);
      expect(fates.find((fate) => typeof fate === 'string')).toMatch(/another content \(another prompt\)/);
    }
    const exported = () => pair.map(({ registry }) => JSON.stringify(exportFile(registry, () => true)));
    await vi.waitFor(() => expect(new Set(exported()).size).toBe(1));
    const next = await startOn(bus);
    expect(JSON.stringify(exportFile(next.registry, () => true))).toBe(exported()[0]);
  });

  it('know of each other’s versions, and a new one on an empty Redis knows all of it', async () => {
    const bus = createMemoryBus();
    const one = await startOn(bus);
    await apply(one, `${agentYaml({ v1: 'polite', v2: 'brief' })}---${rolloutYaml()}`);
    await one.command('support-v2', 'abort', ann, 'it is rude', signal);
    await one.stop();
    const next = await startOn(bus);
    expect(view(next, 'v2')).toEqual(view(one, 'v2'));
    expect(view(next, 'v2')).toMatchObject({
      content: { prompt: 'brief', code: 'c1' },
      createdBy: 'ann (key_ann)',
      rollouts: [{ rollout: 'support-v2#2', as: 'candidate', state: 'aborted' }],
      incidents: [{ type: 'abort', sentence: expect.stringMatching(/^v2 was aborted by ann: it is rude/) }],
    });
  });
});

describe('the lineage of a version', () => {
  it('has its moves, its gates, its rollouts and who took it out of service', async () => {
    const controller = await startOn(createMemoryBus());
    const text = agentYaml({ v1: 'polite', v2: 'brief' });
    await apply(controller, text);
    await apply(controller, text.replaceAll('9101', '9102'), person('bob (key_bob)'));
    const gate = `
apiVersion: coalmine/v1
kind: Gate
metadata: { name: ci }
spec: { agent: support, version: v2, passed: true, cases: 500, summary: no slice worse, dataset: { name: golden, id: ${'a'.repeat(64)} } }`;
    await apply(controller, gate);
    await apply(controller, rolloutYaml());
    expect(versionSummaries(sourcesOf(controller))[1]).toMatchObject({
      rollout: 'support-v2#4',
      gate: { verdict: 'pass' },
    });
    await controller.command('support-v2', 'promote', ann, '', signal);
    await controller.setStable('support', 'v1', ann, 'customers complain', signal);
    const v2 = view(controller, 'v2');
    expect(v2).toMatchObject({
      isStable: false,
      rollout: null,
      upstream: 'http://127.0.0.1:9102/v1',
      moves: [
        { from: null, to: 'http://127.0.0.1:9101/v1', by: 'ann (key_ann)' },
        { from: 'http://127.0.0.1:9101/v1', to: 'http://127.0.0.1:9102/v1', by: 'bob (key_bob)' },
      ],
      gates: [{ name: 'ci', verdict: 'pass', cases: 500, dataset: { name: 'golden' } }],
      rollouts: [{ rollout: 'support-v2#4', as: 'candidate', state: 'promoted' }],
      incidents: [{ type: 'replaced', by: 'ann (key_ann)', sentence: expect.stringMatching(/customers complain/) }],
    });
    expect(view(controller, v2!.id.slice(0, 8))).toEqual(v2);
    expect(view(controller, v2!.id.slice(0, 7))).toBeUndefined();
  });
});

describe('what an upstream says that it is', () => {
  const said =
    (identity: string): AskIdentity =>
    async () => ({
      status: 200,
      header: (name) => (name === 'x-agent-version' ? identity : undefined),
      text: '',
    });
  const text = (more: string) => agentYaml({ v1: 'polite' }, 'support', `, identity: { ${more} }`);

  it('is told and kept where it is not what is registered, and refused where the document asks for that', async () => {
    const controller = await startOn(createMemoryBus(), said('v7'));
    const other = 'the upstream of v1 says that it is "v7", which is not what is registered';
    expect(await create(controller, text(''))).toMatchObject([{ result: 'created', note: other }]);
    expect(await apply(controller, text(''))).toMatchObject([{ result: 'registered', note: other }]);
    expect(view(controller, 'v1')).toMatchObject({ reported: { identity: 'v7', matches: false } });
    expect(await apply(controller, text('refuse: true'))).toBe(`refused: spec.versions.0.identity: ${other}`);
    expect(await apply(controller, text('refuse: true, expect: v7'))).toMatchObject([{ note: '' }]);
    expect(view(controller, 'v1')).toMatchObject({
      reported: { matches: true },
      earlierReported: [{ matches: false }],
    });
  });

  it('is missing where nobody answers, which is another thing than what is registered', async () => {
    const controller = await startOn(createMemoryBus());
    expect(await apply(controller, text('refuse: true'))).toMatch(
      /does not say which version it is \(there is nobody here\)/,
    );
    expect(controller.agents()).toEqual([]);
  });

  it('is asked again while the version is in service, and kept where it moved; an outage is no move', async () => {
    let answer = said('v1');
    const controller = await startOn(createMemoryBus(), (call, stopped) => answer(call, stopped));
    await apply(controller, text(''));
    expect(view(controller, 'v1')).toMatchObject({ reported: { identity: 'v1', matches: true } });
    answer = said('v7');
    await vi.waitFor(() =>
      expect(view(controller, 'v1')).toMatchObject({
        reported: { identity: 'v7', matches: false },
        earlierReported: [{ identity: 'v1', matches: true }],
      }),
    );
    let asked = 0;
    answer = async () => {
      asked += 1;
      return { failure: 'down' };
    };
    await vi.waitFor(() => expect(asked).toBeGreaterThan(2));
    expect(view(controller, 'v1')).toMatchObject({ reported: { identity: 'v7' } });
  });

  it('is asked by nobody for whom an admin has not chosen the address', async () => {
    const asked: string[] = [];
    const controller = await startOn(createMemoryBus(), async ({ url }) => {
      asked.push(url);
      return { failure: 'no' };
    });
    await apply(controller, agentYaml({ v1: 'polite' }));
    const ci: Person = { ...person('ci'), may: (role) => role !== 'admin' };
    await create(controller, agentYaml({ v2: 'x' }, 'support', ', identity: { url: "http://169.254.169.254/" }'), ci);
    expect([asked, view(controller, 'v2')?.label]).toEqual([[], 'v2']);
  });
});

describe('an export', () => {
  const dataset = (controller: SimulatedController, content: string, label?: string) =>
    fateOf(
      controller.createDataset(
        { params: { agent: 'support' }, body: { name: 'golden', content, ...(label === undefined ? {} : { label }) } },
        ann,
        signal,
      ),
    );
  const measured = [{ caseId: 'a', cluster: 'a', slices: {}, repeat: 0, values: { latency: { value: 1 } } }];

  it('that is imported where nothing is gives the same export, and the second time nothing new', async () => {
    const controller = await startOn(createMemoryBus());
    await create(controller, agentYaml({ v1: 'polite', v2: 'brief' }));
    await dataset(controller, '{"id":1,"q":"a"}\n{"id":2}');
    const baseline = { params: { agent: 'support' }, body: { name: 'golden', version: 'v1', measured, answers: {} } };
    await controller.recordBaseline(baseline, ann, signal);
    const file = JSON.stringify(exportFile(controller.registry, () => true));

    const other = await startOn(createMemoryBus());
    expect(await fateOf(other.importRegistry(file, person('bob'), signal))).toEqual({ written: 4, unchanged: 0 });
    expect(JSON.stringify(exportFile(other.registry, () => true))).toBe(file);
    expect(await fateOf(other.importRegistry(file, ann, signal))).toEqual({ written: 0, unchanged: 4 });

    const third = await startOn(createMemoryBus());
    await create(third, agentYaml({ v1: 'rude', v3: 'short' }));
    expect(await fateOf(third.importRegistry(file, ann, signal))).toMatch(
      /^nothing was written: Version support\/v1 stands for another/,
    );
    expect(third.registry.all('Version', 'support')).toHaveLength(2);
    expect(await fateOf(third.importRegistry(file, { ...ann, sees: () => false }, signal))).toBe(
      'there is no agent support',
    );
    expect(await fateOf(third.importRegistry(file.replace('polite', 'evil'), ann, signal))).toMatch(
      /is not that of the content/,
    );
  });

  it('has datasets whose id does not depend on the order of their lines and fields', async () => {
    const controller = await startOn(createMemoryBus());
    expect(await dataset(controller, '{"id":1,"q":"a"}\n{"id":2}\n')).toMatchObject({
      result: 'created',
      dataset: { label: 'v1', cases: 2 },
    });
    expect(await dataset(controller, '{"id":2}\n\n{"q":"a","id":1}')).toMatchObject({
      result: 'unchanged',
      dataset: { label: 'v1' },
    });
    expect(await dataset(controller, '{"id":3}')).toMatchObject({ result: 'created', dataset: { label: 'v2' } });
    expect(await dataset(controller, '{"id":4}', 'v2')).toMatch(
      /v2 of golden is registered with another content; .* create v2\.1/,
    );
    expect(await dataset(controller, '{"id":4}\n[1]')).toBe('refused: content: line 2: a case is an object');
    expect(await dataset(controller, ' ')).toBe('refused: content: line 1: there is no case');
  });
});
