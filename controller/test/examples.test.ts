import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../schemas/read-documents.ts';
import { createSimulation, type SimulatedController, startSimulated } from './simulation.fixture.ts';
import { person } from './person.fixture.ts';

const example = (name: string): string => readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8');
const signal = new AbortController().signal;

const empty = (): Promise<SimulatedController> => {
  const { bus, store, clock } = createSimulation(1);
  return startSimulated(bus, store, clock, () => new Promise(() => {}));
};
/** A controller that knows the folder's agent. */
const withAgent = async (folder: string): Promise<SimulatedController> => {
  const controller = await empty();
  expect(await controller.apply(example(`${folder}/agent.yaml`), person('ann'), signal)).toMatchObject({
    ok: [{ result: 'registered' }],
  });
  return controller;
};

describe('the documents of the support example', () => {
  it.each(['rollout-v2.yaml', 'rollout-v2-canary.yaml', 'rollout-v3.yaml'])(
    'agent.yaml and %s are taken',
    async (name) => {
      const controller = await withAgent('support');
      expect(await controller.apply(example(`support/${name}`), person('ann'), signal)).toMatchObject({
        ok: [{ result: 'started' }],
      });
      expect(controller.rollouts()).toMatchObject([{ state: name === 'rollout-v2-canary.yaml' ? 'canary' : 'shadow' }]);
      await controller.stop();
    },
  );
});

const yamlIn = (page: string): string[] =>
  [...readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8').matchAll(/```yaml\n([^]*?)```/g)].map(
    ([, text]) => text ?? '',
  );

describe('the documents of the helpdesk example', () => {
  it('are taken, and begin in shadow', async () => {
    const controller = await withAgent('helpdesk');
    expect(await controller.apply(example('helpdesk/rollout.yaml'), person('ann'), signal)).toMatchObject({
      ok: [{ result: 'started' }],
    });
    expect(controller.rollouts()).toMatchObject([{ state: 'shadow' }]);
    await controller.stop();
  });
});

describe('the documents in README.md', () => {
  const [guide, guideRollout, helpdesk] = yamlIn('README.md');

  it('are taken', async () => {
    const controller = await empty();
    expect(await controller.apply([guide, guideRollout, helpdesk].join('---\n'), person('ann'), signal)).toMatchObject({
      ok: [{ result: 'registered' }, { result: 'started' }, { result: 'registered' }],
    });
    await controller.stop();
  });

  it('have the agent of the helpdesk example as its file has it', () => {
    expect(readDocuments(helpdesk ?? '')).toEqual(readDocuments(example('helpdesk/agent.yaml')));
  });
});

describe('the documents of routing, one a strategy', () => {
  const STATES: Readonly<Record<string, string>> = {
    'shadow.yaml': 'shadow',
    'canary.yaml': 'canary',
    'limits.yaml': 'canary',
    'segments.yaml': 'canary',
    'beta.yaml': 'canary',
    'ab.yaml': 'ab',
    'chain.yaml': 'gate',
    'bluegreen.yaml': 'smoke',
  };
  const REPORTS = ['gate.yaml'];
  const AGENTS = ['agent.yaml', 'flags.yaml', 'fallbacks.yaml'];

  it('are all known here', () => {
    expect(readdirSync(new URL('../../examples/routing', import.meta.url)).sort()).toEqual(
      [...AGENTS, ...REPORTS, ...Object.keys(STATES)].sort(),
    );
  });

  it.each(REPORTS)('%s is filed', async (name) => {
    const controller = await withAgent('routing');
    expect(await controller.apply(example(`routing/${name}`), person('ci'), signal)).toMatchObject({
      ok: [{ result: 'filed' }],
    });
    await controller.stop();
  });

  it.each(Object.entries(STATES))(
    '%s starts in %s, and flags and fallbacks may change under it',
    async (name, state) => {
      const controller = await withAgent('routing');
      expect(await controller.apply(example(`routing/${name}`), person('ann'), signal)).toMatchObject({
        ok: [{ result: 'started' }],
      });
      for (const rules of AGENTS.slice(1))
        expect(await controller.apply(example(`routing/${rules}`), person('ann'), signal)).toMatchObject({
          ok: [{ result: 'registered' }],
        });
      expect(controller.rollouts()).toMatchObject([{ state, last: { type: 'register' } }]);
      await controller.stop();
    },
  );
});

describe('the documents in docs/rollouts.md', () => {
  const blocks = yamlIn('docs/rollouts.md');
  const kindOf = (text: string): string | undefined => /kind: (\w+)/.exec(text)?.[1];

  it('are whole: one of each strategy', () => {
    expect(blocks.map(kindOf).filter((kind) => kind === 'Rollout').length).toBeGreaterThanOrEqual(4);
    for (const text of blocks) expect(readDocuments(text)).toHaveProperty('documents');
  });

  it.each(blocks.map((text) => [/name: ([\w-]+)/.exec(text)?.[1] ?? '', text] as const))(
    '%s is taken',
    async (_, text) => {
      const kind = kindOf(text);
      const isAgent = kind === 'Agent';
      const controller = await (isAgent ? empty() : withAgent('routing'));
      const result = isAgent ? 'registered' : kind === 'Rollout' ? 'started' : 'filed';
      expect(await controller.apply(text, person('ann'), signal)).toMatchObject({ ok: [{ result }] });
      await controller.stop();
    },
  );
});
