import { describe, expect, it } from 'vitest';
import { playInParallel } from './parallel.ts';
import type { Simulation } from './simulate.ts';

describe('rollouts shared by threads', () => {
  it('end as they do in one, in the same order, and are counted as they do', async () => {
    const simulation: Simulation = {
      scenario: 'err-1-3',
      method: 'flagger',
      rate: 600,
      rollouts: 7,
      seed: 2,
      metrics: 4,
      promotion: 'timer',
      share: 'all',
    };
    const counted: number[] = [];
    const shared = await playInParallel(simulation, 3, (done) => counted.push(done));
    expect(shared).toEqual(await playInParallel(simulation, 1));
    expect(counted).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});
