import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Played } from '../cli/story/story.ts';
import {
  expectPromisesKept,
  outcomes,
  play,
  playSlowed,
  recorded,
  REPLAY,
  STORY_TIMEOUT_MS,
  withParts,
} from './story.harness.ts';

withParts();

describe('the support story', () => {
  it('gives the opposite verdicts when v2 and v3 swap what they do', { timeout: STORY_TIMEOUT_MS }, async () => {
    const run = await play('--swap');
    expect(outcomes(run)).toEqual(['v2 promoted', 'v2 promoted', 'v3 rolled_back']);
    expect(run.code).toBe(0);
  });

  it(
    'comes to the same verdicts with a judge ten times as slow, only later',
    { timeout: STORY_TIMEOUT_MS },
    async () => {
      const run = await playSlowed();
      expect(outcomes(run)).toEqual(['v2 rolled_back', 'v2 rolled_back', 'v3 promoted']);
      expect(run.code).toBe(0);
      await expectPromisesKept(run);
    },
  );
});

describe.skipIf(!existsSync(recorded))('recorded traffic (needs ../shared/data/bfcl-result)', () => {
  it('promotes gpt-4o-2024-08-06', { timeout: STORY_TIMEOUT_MS }, async () => {
    const run = await play(...REPLAY, 'gpt-4o-2024-08-06-FC');
    expect(outcomes(run)).toEqual(['gpt-4o-2024-08-06-FC promoted']);
    expect(run.code).toBe(0);
    await expectPromisesKept(run);
  });

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
