import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import type { Summary } from '../cli/story/reporter.ts';
import { tallyTopics } from '../cli/story/tally.ts';
import { until } from '../cli/until.ts';
import { startParts, type Parts } from '../infra/parts/parts.ts';
import { createKafkaBus } from '../platform/kafka/kafka-bus.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { TOPICS } from '../schemas/topics.ts';
import { slowJudge } from './slowed-judge.ts';

const root = path.resolve(import.meta.dirname, '..');
export const recorded = path.resolve(root, '../shared/data/bfcl-result');
export const STORY_TIMEOUT_MS = 600_000;
/** Of the support story. */
const VERDICTS = 3;
/** A judge that was stopped less often was not slowed: ten seconds have fifty. */
const LEAST_STOPS = 50;

let parts: Parts;
/** A story that outlives its test would take the machine from the next one. */
let playing: ChildProcess | null = null;

/** Parts of its own for each test of the file. */
export const withParts = (): void => {
  beforeEach(async () => {
    parts = await startParts({ home: path.join(root, '.coalmine'), ports: 'free', onProgress: () => {}, env: {} });
  });
  afterEach(async () => {
    playing?.kill('SIGTERM');
    await parts.stop();
  });
};

/** Of the recorded traffic's agent, before the name of the candidate. */
export const REPLAY = ['--replay', recorded, '--agent', 'tools', '--stable', 'gpt-4o-2024-05-13-FC', '--candidate'];

type StoryEvent = { event: string; message?: string; candidate?: string; outcome?: string };
type StoryRun = { code: number | null; events: StoryEvent[]; summary: Summary; stderr: string };

const eventsOf = (stdout: string): StoryEvent[] =>
  stdout
    .slice(0, stdout.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as StoryEvent);

const endings = (events: readonly StoryEvent[]): StoryEvent[] => events.filter(({ event }) => event === 'ended');

/** Starts `npm start -- --json …` on parts of the test's own, so that the topics can be read after it ended. */
const startStory = (args: readonly string[], env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, ['cli/coalmine.ts', 'start', '--json', '--port', '0', ...args], {
    cwd: root,
    env: { ...process.env, ...parts.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  playing = child;
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const whole = async (): Promise<StoryRun> => {
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    playing = null;
    const events = eventsOf(stdout);
    return { code, events, summary: events.at(-1) as unknown as Summary, stderr };
  };
  return { child, whole: whole(), events: () => eventsOf(stdout) };
};

const ONCE = ['--once', '--controller-port', '0'];

export const play = (...args: string[]): Promise<StoryRun> => startStory([...ONCE, ...args]).whole;

/** Where the page is and the key to it, as the start command says it. */
const PAGE_LINE = /^page: (\S+)\/, sign in with the key in (.+)$/;

/** The support story, and once it has ended somebody who looks at it while all is still up. */
export const playFor = async (look: (controllerUrl: string, key: string) => Promise<void>): Promise<void> => {
  const { child, whole, events } = startStory(['--controller-port', '0']);
  const tooSoon = whole.then(({ stderr }) => Promise.reject(new Error(`it ended: ${stderr}`)));
  const looked = async (): Promise<void> => {
    await until('the story to end', () => endings(events()).length === VERDICTS || undefined, STORY_TIMEOUT_MS);
    const said = events().map(({ message = '' }) => PAGE_LINE.exec(message));
    const [, url = '', keyFile = ''] = said.find((match) => match !== null) ?? [];
    await look(url, readFileSync(keyFile, 'utf8').trim());
  };
  await Promise.race([looked(), tooSoon]);
  child.kill('SIGINT');
  expect(await whole).toMatchObject({ code: 0, stderr: '' });
};

/** Plays the support story with a judge that has a tenth of its time. */
export const playSlowed = async (): Promise<StoryRun> => {
  const { child, whole } = startStory(ONCE);
  const judge = slowJudge(child.pid ?? 0);
  const run = await whole;
  expect(await judge.end()).toBeGreaterThan(LEAST_STOPS);
  return run;
};

export const outcomes = (run: StoryRun): string[] => endings(run.events).map((r) => `${r.candidate} ${r.outcome}`);

/** Reads the topics, the registry and the log itself; nothing the story said of itself is believed. */
export const expectPromisesKept = async (run: StoryRun): Promise<void> => {
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
