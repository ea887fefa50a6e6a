import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Played } from '../cli/play.ts';
import type { Summary } from '../cli/reporter.ts';
import { tallyTopics } from '../cli/tally.ts';
import { startParts, type Parts } from '../infra/parts/parts.ts';
import { createKafkaBus } from '../platform/kafka-bus.ts';
import { silentLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { TOPICS } from '../schemas/topics.ts';

const root = path.resolve(import.meta.dirname, '..');
const recorded = path.resolve(root, '../shared/data/bfcl-result');
const STORY_TIMEOUT_MS = 400_000;

let parts: Parts;
beforeEach(async () => {
  parts = await startParts({ home: path.join(root, '.coalmine'), ports: 'free', onProgress: () => {}, env: {} });
});
afterEach(async () => parts.stop());

type StoryRun = { code: number | null; events: { event: string }[]; summary: Summary; stderr: string };

/** `npm start -- --once --json …` on parts of the test's own, so that the topics can be read after it ended. */
const play = async (...args: string[]): Promise<StoryRun> => {
  const child = spawn(
    process.execPath,
    ['cli/start.ts', '--once', '--json', '--port', '0', '--controller-port', '0', ...args],
    { cwd: root, env: { ...process.env, ...parts.env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  const lines = stdout.trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as { event: string });
  return { code, events, summary: events.at(-1) as unknown as Summary, stderr };
};

const outcomes = (run: StoryRun): string[] => run.summary.rollouts.map((r) => `${r.candidate} ${r.outcome}`);

/** Reads the topics, the registry and the log itself; nothing the story said of itself is believed. */
const expectPromisesKept = async (run: StoryRun): Promise<void> => {
  const bus = await createKafkaBus({
    brokers: parts.env.KAFKA_BROKERS.split(','),
    registryUrl: parts.env.SCHEMA_REGISTRY_URL,
    clientId: 'story-test',
    log: silentLog,
    metrics: createMetrics('story_test'),
  });
  try {
    const tally = await tallyTopics(bus);
    expect(run.summary.counts.accepted).toBeGreaterThan(500);
    expect(tally.exchanges.size).toBe(run.summary.counts.accepted);
    expect(run.summary.counts).toMatchObject({
      exchanges: tally.exchanges.size,
      scores: tally.scores.size,
      windows: tally.windows.size,
      decisions: tally.decisions.length,
    });
    const logged = new Set(tally.decisions.map((d) => d.sequence));
    expect([...tally.routingSequences].filter((sequence) => !logged.has(sequence))).toEqual([]);
  } finally {
    await bus.close(3_000);
  }
  const subjects = (await (await fetch(`${parts.env.SCHEMA_REGISTRY_URL}/subjects`)).json()) as string[];
  expect(subjects).toEqual(expect.arrayContaining(TOPICS.map((topic) => `${topic.name}-value`)));
};

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

  it('gives the opposite verdicts when v2 and v3 swap what they do', { timeout: STORY_TIMEOUT_MS }, async () => {
    const run = await play('--swap');
    expect(outcomes(run)).toEqual(['v2 promoted', 'v2 promoted', 'v3 rolled_back']);
    expect(run.code).toBe(0);
  });
});

describe.skipIf(!existsSync(recorded))('recorded traffic (needs ../shared/data/bfcl-result)', () => {
  const replay = ['--replay', recorded, '--agent', 'tools', '--stable', 'gpt-4o-2024-05-13-FC', '--candidate'];

  it('rolls gpt-3.5-turbo back and names task success on irrelevance', { timeout: STORY_TIMEOUT_MS }, async () => {
    const run = await play(...replay, 'gpt-3.5-turbo-0125-FC');
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

  it('promotes gpt-4o-2024-08-06', { timeout: STORY_TIMEOUT_MS }, async () => {
    const run = await play(...replay, 'gpt-4o-2024-08-06-FC');
    expect(outcomes(run)).toEqual(['gpt-4o-2024-08-06-FC promoted']);
    expect(run.code).toBe(0);
    await expectPromisesKept(run);
  });
});
