import { afterEach, describe, expect, it } from 'vitest';
import { type Answers, startStubController, type StubController } from '../controller/stub-controller.fixture.ts';
import { agentWith, rolloutWith, stepWith } from '../controller/views.fixture.ts';
import { retry } from './retry.ts';
import { rollback, stableBefore } from './rollback.ts';
import { type Ended, runVerb } from './run-verb.fixture.ts';
import type { Verb } from './verb.ts';

let controller: StubController;
afterEach(() => controller.close());

const done = { decision: stepWith(5, 'v1', { sentence: 'v1 has all traffic.' }) };
const answers = (more: Answers = {}): Answers => ({
  'GET /v1/agents/support': agentWith({ stable: 'v2' }),
  'GET /v1/decisions': { decisions: [stepWith(3, 'v2'), stepWith(2, 'v1'), stepWith(1, 'v0')], next: null },
  'POST /v1/agents/support/stable': done,
  'POST /v1/rollouts/support-v2%234/abort': done,
  'POST /v1/rollouts/support-v2%234/restart': done,
  ...more,
});
const underWay = {
  'GET /v1/agents/support': agentWith({ rollout: 'support-v2#4' }),
  'GET /v1/rollouts/support-v2': rolloutWith(),
};
const run = async (verb: Verb, given: Answers, ...args: string[]): Promise<Ended & { posted: string[] }> => {
  controller = await startStubController(given);
  const ended = await runVerb(verb, args, { CONTROLLER_URL: controller.url });
  return { ...ended, posted: controller.asked.filter((line) => line.startsWith('POST')) };
};

describe('rollback', () => {
  it('to a version that is named asks nothing more, and says why in the log', async () => {
    const ended = await run(rollback, answers(), 'support', '--to', 'v1', '--reason', 'complaints');
    expect(ended).toMatchObject({ code: 0, stdout: 'v1 has all traffic.\n' });
    expect(ended.posted).toEqual(['POST /v1/agents/support/stable {"version":"v1","reason":"complaints"}']);
  });

  it('to nothing named means the version that was stable before, and asks where nobody can answer for --yes', async () => {
    const asked = await run(rollback, answers(), 'support');
    expect(asked).toMatchObject({
      code: 1,
      posted: [],
      stderr: expect.stringContaining('from v2 back to v1. If that is meant, say --yes'),
    });
    expect((await run(rollback, answers(), 'support', '--yes')).posted).toEqual([
      'POST /v1/agents/support/stable {"version":"v1","reason":""}',
    ]);
  });

  it('aborts a rollout under way, which is enough where that leads back to stable', async () => {
    expect((await run(rollback, answers(underWay), 'support-v2')).posted).toEqual([
      'POST /v1/rollouts/support-v2%234/abort {"reason":""}',
    ]);
    expect((await run(rollback, answers(underWay), 'support', '--to', 'v2')).posted).toEqual([]);
    expect((await run(rollback, answers(underWay), 'support', '--to', 'v2', '--yes')).posted).toHaveLength(2);
    const lost = await run(rollback, answers(underWay), 'support', '--to', 'v9', '--yes');
    expect(lost).toMatchObject({ posted: [], stderr: expect.stringContaining('has no version v9; there are v1, v2') });
  });

  it('knows the stable version before, if the log that is kept has one', () => {
    expect(stableBefore([stepWith(1, 'v0'), stepWith(2, 'v1'), stepWith(3, 'v2')], 'v2')).toBe('v1');
    expect(stableBefore([stepWith(3, 'v2')], 'v2')).toBeUndefined();
  });
});

describe('retry', () => {
  it('begins an ended rollout anew, and one that is under way only with --yes', async () => {
    const ended = answers({ 'GET /v1/rollouts/support-v2': rolloutWith({ endedAtMs: 1, state: 'rolled_back' }) });
    expect((await run(retry, ended, 'support-v2', '--reason', 'r')).posted).toEqual([
      'POST /v1/rollouts/support-v2%234/restart {"reason":"r"}',
    ]);
    expect(await run(retry, answers(underWay), 'support-v2')).toMatchObject({ code: 1, posted: [] });
    expect((await run(retry, answers(underWay), 'support-v2', '--yes')).posted).toHaveLength(1);
  });
});
