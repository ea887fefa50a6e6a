import { vi } from 'vitest';
import { serveApi } from '../../controller/api/http-api.io.ts';
import { accessWith, bearer, keyFor, memorySessions } from '../../controller/test/api-access.fixture.ts';
import {
  closedWindows,
  createSteppedClock,
  createStore,
  sequenceOf,
  type SimulatedController,
  startSimulated,
  type Store,
  writeClosed,
} from '../../controller/test/simulation.fixture.ts';
import { CATEGORIES, randomOf, type World, windowRows } from '../../controller/test/traffic.fixture.ts';
import { stepOnFinding } from '../../controller/watching/watch-step.ts';
import { anonymousPerson } from '../../controller/commands/person.ts';
import type { Bus } from '../../platform/kafka/bus.ts';
import { createMemoryBus } from '../../platform/kafka/memory-bus.ts';
import { regressionOf } from '../../schemas/regression.fixture.ts';
import { RoutingView } from '../../schemas/routing-view.ts';
import { DECISIONS, EXCHANGES, SCORES } from '../../schemas/topics.ts';
import type { WindowRow } from '../../schemas/window.ts';
import { HOSTILE } from './hostile.fixture.ts';
import { experimentRows } from './seeded-experiment.fixture.ts';
import { seededPipeline } from './seeded-pipeline.fixture.ts';
import { seededStore } from './seeded-store.fixture.ts';

const keyOf = (name: string): string => bearer(name).authorization.replace('Bearer ', '');
export const ADMIN_KEY = keyOf('ann');
export const VIEWER_KEY = keyOf('vic');

const MINUTE_MS = 60_000;
const WINDOW_MS = MINUTE_MS;

const good = {
  error: 0.012,
  taskFailure: { simple: 0.05, multiple: 0.1, irrelevance: 0.2 },
  empathy: 0.78,
  latency: 0.9,
  empty: 0.003,
  calls: 0.4,
};
const worldOf = (candidate: object, requestsPerWindow = 300): World => ({
  stable: good,
  candidate: { ...good, ...candidate },
  requestsPerWindow,
  windowMs: WINDOW_MS,
});

const agentYaml = (name: string, versions: readonly { label: string; prompt: string; parent?: string }[]): string => `
apiVersion: coalmine/v1
kind: Agent
metadata: { name: ${name} }
spec:
  stable: ${versions[0]?.label}
  slices: [{ label: category, values: [${CATEGORIES.join(', ')}] }]
  versions:
${versions
  .map(
    ({ label, prompt, parent }) =>
      `    - ${JSON.stringify({ label, upstream: `http://127.0.0.1:9101/${label}`, code: `git:${label}${HOSTILE.tag}`, prompt, model: { name: 'support-rules', temperature: 0 }, upstreamModel: label === 'v3' ? 'gpt-4o-mini' : '', ...(parent === undefined ? {} : { parent }) })}`,
  )
  .join('\n')}
`;

const canaryYaml = (name: string, agent: string, candidate: string, more = ''): string => `
apiVersion: coalmine/v1
kind: Rollout
metadata: { name: ${name} }
spec:
  agent: ${agent}
  candidate: ${candidate}
  stages:
    - { weightPct: 5, duration: 15m }
    - { weightPct: 25, duration: 20m }
    - { weightPct: 50, duration: 30m }
    - { weightPct: 100, duration: 30m }
${more}`;

const experimentYaml = `
apiVersion: coalmine/v1
kind: Rollout
metadata: { name: greeting }
spec:
  agent: guide
  strategy: ab
  arms:
    - { name: stable, version: v1, weightPct: 40 }
    - { name: warm, version: v2, weightPct: 30 }
    - { name: brief, version: v3, weightPct: 30 }
  duration: 3h
  minRequests: 200
  goal: { metric: task_success }
  guardrails: [{ name: error_rate }]
`;

/** Of `support-v3`: stops beside the evidence. */
const LIMITED = `  shadow: { duration: 10m, minPairs: 50 }
  limits:
    - { metric: latency, p95Max: 2s }
    - { metric: empathy, min: 0.6, minRequests: 20 }
    - { gauge: gpu_utilisation, max: 0.9 }
`;

const gateYaml = `
apiVersion: coalmine/v1
kind: Gate
metadata: { name: support-questions }
spec:
  agent: support
  version: v2
  passed: false
  cases: 500
  summary: v2 answers 41 of 500 questions worse than v1; it is blocked.
  metrics:
    - { metric: empathy, candidate: 0.31, baseline: 0.78, difference: -0.47, n: 500, verdict: fail, sentence: 'v2 is less empathetic in 462 of 500 answers' }
    - { metric: tool_validity, candidate: 0.97, baseline: 0.98, difference: -0.01, n: 180, verdict: pass, threshold: 'at most 0.02 less' }
    - { metric: task_success, slice: category=multiple, candidate: 0.88, baseline: 0.9, difference: -0.02, n: 60, verdict: inconclusive, threshold: 'at most 0.05 less' }
  worst:
    - id: order-4711
      question: Where is my order 4711?
      golden: It arrives on Friday.
      baseline: I am sorry for the wait. It left us yesterday and arrives on Friday.
      candidate: Shipped. Friday. ${HOSTILE.link}
      findings: ['empathy 0.1 (baseline: 0.9): curt', 'task_success 1 (baseline: 1)']
    - { id: refund-7, question: I want my money back!, candidate: Read the terms., findings: ['empathy 0.0: cold'] }
`;

const PROMPTS = {
  v1: 'You are a support agent. Be polite and thorough. Ask for the order number before you look anything up.',
  v2: `You are a support agent. Be as short as possible. Look up the order at once. ${HOSTILE.script}`,
  v3: 'You are a support agent. Be concise and kind. Ask for the order number before you look anything up.',
};

type RowsOf = (view: RoutingView, startMs: number) => WindowRow[];

/** One agent's windows, one after another, each judged before the next. */
const runWindows = async (
  { bus, store, clock, controller }: Stage,
  agent: string,
  rowsOf: RowsOf,
  windows: number,
): Promise<void> => {
  for (let i = 0; i < windows; i += 1) {
    const view = RoutingView.safeParse(JSON.parse(store.views.get(agent) ?? 'null')).data;
    if (view === undefined || view.rollout === '') return;
    const startMs = clock.nowMs();
    const endMs = startMs + WINDOW_MS;
    clock.set(endMs);
    const rows = rowsOf(view, startMs);
    for (const { name } of [EXCHANGES, SCORES]) {
      await writeClosed(bus, agent, closedWindows(rows, name, endMs));
      await vi.waitFor(
        () => {
          const state = controller.agents().find((one) => one.agent === agent);
          const isJudged = state?.run?.endedAtMs != null || controller.judgedThroughMs(name) >= endMs;
          if (!isJudged || sequenceOf(store.views.get(agent)) !== state?.sequence) throw new Error('not judged yet');
        },
        { timeout: 10_000, interval: 2 },
      );
    }
  }
};

type Stage = {
  bus: Bus;
  store: Store;
  clock: ReturnType<typeof createSteppedClock>;
  controller: SimulatedController;
  random: () => number;
};

/** What a controller knows after some hours: agents with rollouts that ended well, badly, or go on. */
const playHours = async (stage: Stage): Promise<void> => {
  const { controller, random } = stage;
  const of =
    (world: World): RowsOf =>
    (view, startMs) =>
      windowRows(world, view, startMs, random);
  const post = async (values: readonly { metric: string; value: number; unit: string; version?: string }[]) => {
    const posted = { values: values.map((one) => ({ agent: 'support', ...one })) };
    const answer = await controller.postMetrics(posted, person, AbortSignal.timeout(10_000));
    if (!('ok' in answer)) throw new Error(JSON.stringify(answer.refusal));
  };
  const person = { ...anonymousPerson('admin'), by: 'ann (key_ann)' };
  const apply = async (text: string): Promise<void> => {
    const answer = await controller.apply(text, person, AbortSignal.timeout(10_000), false);
    if (!('ok' in answer)) throw new Error(JSON.stringify(answer.refusal));
  };
  const labels = ['v1', 'v2', 'v3'] as const;
  await apply(
    agentYaml(
      'support',
      labels.map((label) => ({ label, prompt: PROMPTS[label] })),
    ),
  );
  await apply(
    agentYaml(
      'guide',
      labels.map((label) => ({ label, prompt: PROMPTS[label] })),
    ),
  );
  await apply(
    agentYaml(
      'billing',
      labels.slice(0, 2).map((label) => ({ label, prompt: PROMPTS[label] })),
    ),
  );
  await apply(canaryYaml('support-v2', 'support', 'v2', '  shadow: { duration: 10m, minPairs: 50 }\n'));
  await runWindows(stage, 'support', of(worldOf({ empathy: 0.2, calls: 0.3 })), 20);
  await apply(
    agentYaml(
      'search',
      labels.map((label) => ({ label, prompt: PROMPTS[label] })),
    ),
  );
  await apply(
    canaryYaml('search-v3', 'search', 'v3', '  limits: [{ metric: latency, p95Max: 700ms, minRequests: 20 }]\n'),
  );
  await runWindows(stage, 'search', of(worldOf({ latency: 1.4 })), 4);
  await apply(canaryYaml('search-v2', 'search', 'v2'));
  await runWindows(stage, 'search', of(worldOf({})), 3);
  await controller.command(
    'search-v2',
    'promote',
    person,
    `good enough ${HOSTILE.image}`,
    AbortSignal.timeout(10_000),
    null,
  );
  await apply(canaryYaml('billing-v2', 'billing', 'v2'));
  // Until something speaks against it, and not yet enough.
  const isSuspicious = (): boolean => (controller.rollout('billing-v2')?.logE ?? 0) > 0.5 * Math.log(20);
  for (let i = 0; i < 60 && !isSuspicious(); i += 1)
    await runWindows(stage, 'billing', of(worldOf({ error: 0.021 })), 1);
  await apply(gateYaml);
  await apply(experimentYaml);
  await runWindows(
    stage,
    'guide',
    (view, startMs) => experimentRows(view, { startMs, windowMs: WINDOW_MS, requests: 120, random }),
    15,
  );
  const load = { metric: 'gpu_utilisation', value: 0.71, unit: '', version: 'v3' };
  await post([load, { metric: 'gpu_cost', value: 12.4, unit: '$ an hour' }]);
  await apply(canaryYaml('support-v3', 'support', 'v3', LIMITED));
  const world = {
    ...worldOf({ taskFailure: { simple: 0.05, multiple: 0.1, irrelevance: 0.21 }, latency: 0.85 }),
    judge: { name: 'llm:gpt-4o@1f2e', candidatePct: 100, stablePct: 100 },
  };
  for (let i = 0; i < 13; i += 1) {
    await runWindows(stage, 'support', of(world), 4);
    await post([{ ...load, value: 0.71 + i / 200 }]);
  }
};

/** What another controller found of the version that is in service since its promotion. */
const findRegression = async ({ bus, controller }: Stage, agent: string, nowMs: number): Promise<void> => {
  const atMs = nowMs - 5 * MINUTE_MS;
  const [state] = controller.agents((name) => name === agent);
  const fact = regressionOf({
    version: 'v2',
    metric: 'empathy',
    slice: 'category=irrelevance',
    sinceMs: atMs - 20 * MINUTE_MS,
    before: 0.78,
    after: 0.64,
  });
  const finding = { kind: 'regression', fact, atMs, logE: 3.4, logThreshold: 3.1 } as const;
  const step = stepOnFinding(state ?? null, finding, atMs);
  if (step.kind !== 'decide') throw new Error(`${agent} has no version in service that could be worse`);
  const partition = bus.partitionFor(agent, await bus.partitionCount(DECISIONS));
  await bus.append(DECISIONS, partition, [step.decision]);
  await vi.waitFor(() => {
    if (controller.agents((name) => name === agent)[0]?.inService.open.length !== 1) throw new Error('not read yet');
  });
};

/** A controller with some hours behind it, over a log in memory, and the page it serves. */
export const serveSeeded = async (nowMs: number) => {
  const bus = createMemoryBus({ seed: 1 });
  const store = createStore();
  const clock = createSteppedClock(nowMs - 102 * MINUTE_MS);
  const controller = await startSimulated(bus, store, clock);
  const stage = { bus, store, clock, controller, random: randomOf(7) };
  await playHours(stage);
  await findRegression(stage, 'search', nowMs);
  const keys = [keyFor('ann'), keyFor('vic', { roles: ['view'] })];
  const stored = seededStore('support-v2#2', nowMs);
  const sessionStore = memorySessions();
  const serve = (port: number) =>
    serveApi({
      controller: { ...controller, askStore: stored.ask, pipeline: seededPipeline(nowMs) },
      ...accessWith(...keys),
      sessionStore,
      port,
      nowMs: () => Date.now(),
    });
  let api = await serve(0);
  const { port } = api;
  return {
    controller,
    url: `http://127.0.0.1:${port}`,
    /** Nobody answers any more, as when a controller was killed. */
    goAway: () => api.stop(),
    comeBack: async (): Promise<void> => {
      api = await serve(port);
    },
    stop: async (): Promise<void> => {
      await api.stop();
      await controller.stop();
      stored.close();
    },
  };
};
