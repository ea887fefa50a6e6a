import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Played } from '../cli/story/story.ts';
import { expectPromisesKept, outcomes, play, recorded, REPLAY, STORY_TIMEOUT_MS, withParts } from './story.harness.ts';

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

describe.skipIf(!existsSync(recorded))('recorded traffic (needs ../shared/data/bfcl-result)', () => {
  it('rolls gpt-3.5-turbo back and names task success on irrelevance', { timeout: STORY_TIMEOUT_MS }, async () => {
    const run = await play(...REPLAY, 'gpt-3.5-turbo-0125-FC');
    expect(run.summary.rollouts).toEqual([
      expect.objectContaining({
        agent: 'tools',
        outcome: 'rolled_back',
        metric: 'task_success',
        slice: 'category=irrelevance',
      } satisfies Partial<Played>),
    ]);
    expect(run.code).toBe(0);
    await expectPromisesKept(run);
  });
});
