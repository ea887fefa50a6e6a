import { describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../platform/kafka/memory-bus.ts';
import { isSampled } from '../models/sampling.ts';
import { placeOf } from './place.ts';

const IDS = Array.from({ length: 20_000 }, (_, i) => `exchange-${i}`);
const shareOf = (ids: readonly string[], isIn: (id: string) => boolean): number => ids.filter(isIn).length / ids.length;

describe('the place of an exchange', () => {
  it('is the same each time, and a share has as many as it says', () => {
    expect(placeOf('a')).toBe(placeOf('a'));
    for (const share of [0.01, 0.2, 0.5]) expect(shareOf(IDS, (id) => placeOf(id) < share)).toBeCloseTo(share, 1);
  });

  it('puts a smaller share within a larger one', () => {
    const places = IDS.map(placeOf);
    expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...places)).toBeLessThan(1);
  });

  it('says nothing of what a rollout’s plan samples, nor of the partition', async () => {
    const plan = { judging: { candidatePct: 30, stablePct: 30 }, salt: 's' };
    const inShare = IDS.filter((id) => placeOf(id) < 0.3);
    const isPlanned = (exchangeId: string): boolean => isSampled({ exchangeId, assignedArm: 'stable' }, false, plan);
    expect(shareOf(inShare, isPlanned)).toBeCloseTo(0.3, 1);
    const bus = createMemoryBus({});
    for (const partition of [0, 1, 2, 3])
      expect(shareOf(inShare, (id) => bus.partitionFor(id, 4) === partition)).toBeCloseTo(0.25, 1);
    await bus.close(0);
  });
});
