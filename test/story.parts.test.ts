import { describe, expect, it } from 'vitest';
import { expectPromisesKept, outcomes, play, STORY_TIMEOUT_MS, withParts } from './story.harness.ts';

withParts();

describe('the support story', () => {
  it(
    'stops a rude version in the shadow, rolls it back from the canary, and promotes a kind one',
    { timeout: STORY_TIMEOUT_MS },
    async () => {
      const run = await play();
      expect(run.stderr).toBe('');
      expect(outcomes(run)).toEqual(['v2 rolled_back', 'v2 rolled_back', 'v3 promoted']);
      const [shadowed, forced, promoted] = run.summary.rollouts;
      expect(shadowed?.candidateRequests).toBe(0);
      expect(forced?.candidateRequests).toBeGreaterThan(0);
      expect(promoted?.candidateRequests).toBeGreaterThan(forced?.candidateRequests ?? 0);
      expect(run.code).toBe(0);
      await expectPromisesKept(run);
    },
  );
});
