import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createSimulation, startSimulated } from './simulation.fixture.ts';

const example = (name: string): string => readFileSync(new URL(`../examples/support/${name}`, import.meta.url), 'utf8');

describe('the documents of the support example', () => {
  it.each(['rollout-v2.yaml', 'rollout-v2-canary.yaml', 'rollout-v3.yaml'])(
    'agent.yaml and %s are taken',
    async (name) => {
      const { bus, store, clock } = createSimulation(1);
      const controller = await startSimulated(bus, store, clock);
      const signal = new AbortController().signal;
      expect(await controller.apply(example('agent.yaml'), 'ann', signal)).toMatchObject({
        ok: [{ result: 'registered' }],
      });
      expect(await controller.apply(example(name), 'ann', signal)).toMatchObject({ ok: [{ result: 'started' }] });
      expect(controller.rollouts()).toMatchObject([{ state: name === 'rollout-v2-canary.yaml' ? 'canary' : 'shadow' }]);
      await controller.stop();
    },
  );
});
