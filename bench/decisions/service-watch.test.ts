import { describe, expect, it } from 'vitest';
import { DAY_SLOTS, playService } from './service-watch.ts';
import { createService, type Setting } from './service-world.ts';

const STEADY: Setting = { world: 'iid', rate: 600, changed: {}, on: null, fromSlot: DAY_SLOTS };

describe('days in service', () => {
  it('are the same for the same seed, and others for another', () => {
    const play = (seed: number) => createService({ ...STEADY, world: 'bursty' }, seed)(0);
    expect(play(1)).toEqual(play(1));
    expect(play(1)).not.toEqual(play(2));
  });

  it('raise no alarm where nothing changes, and one soon where errors treble', () => {
    const slots = 1.25 * DAY_SLOTS;
    expect(playService(STEADY, { slots, months: 2, seed: 1 }, ['ours']).ours).toMatchObject({
      falseMonths: 0,
      found: 0,
    });
    const { ours } = playService({ ...STEADY, changed: { error: 0.03 } }, { slots, months: 2, seed: 1 }, ['ours']);
    expect(ours).toMatchObject({ falseMonths: 0, found: 2 });
    expect(ours!.medianMinutes).toBeLessThanOrEqual(30);
  });
});
