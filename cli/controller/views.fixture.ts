import * as fc from 'fast-check';
import { anyOf } from '../../schemas/any-value.fixture.ts';
import { type AgentView, CONTROLLER_API, type RolloutView, type ToldDecision } from '../../schemas/controller-api.ts';
import { Decision } from '../../schemas/decision.ts';

const [anyView] = fc.sample(anyOf(CONTROLLER_API.getRollout.response), { seed: 1, numRuns: 1 }) as [RolloutView];
const [anyStep] = fc.sample(anyOf(Decision), { seed: 1, numRuns: 1 }) as [Decision];

const START_MS = Date.UTC(2026, 0, 1);

/** A rollout under way. */
export const rolloutWith = (more: Partial<RolloutView> = {}): RolloutView => ({
  ...anyView,
  id: 'support-v2#4',
  name: 'support-v2',
  agent: 'support',
  strategy: 'canary',
  stable: 'v1',
  candidate: 'v2',
  state: 'canary',
  stage: 0,
  stages: [{ weightPct: 25, durationMs: 60_000 }],
  arms: [
    { name: 'stable', version: 'v1', weightPct: 75 },
    { name: 'candidate', version: 'v2', weightPct: 25 },
  ],
  startedAtMs: START_MS,
  endedAtMs: null,
  approval: null,
  checks: [],
  hold: null,
  promotion: 'timer',
  candidateRequests: 12,
  logE: 0,
  logThreshold: 3,
  metrics: [],
  sentence: 'v2 is at 25 %.',
  last: { type: 'start', reason: '', by: 'ann (key_1)', timeMs: START_MS, metric: null, slice: null },
  ...more,
});

const version = (label: string): AgentView['versions'][number] => ({
  label,
  id: `${label}0123456789abcdef`,
  upstream: `http://127.0.0.1:9/${label}`,
  promptUsdPerMillion: 1,
  completionUsdPerMillion: 2,
  cachedPromptUsdPerMillion: null,
  upstreamModel: '',
});

export const agentWith = (more: Partial<AgentView> = {}): AgentView => ({
  name: 'support',
  sequence: 4,
  stable: 'v1',
  versions: [version('v1'), version('v2')],
  flags: [],
  slices: [],
  metrics: [],
  arms: [{ name: 'stable', version: 'v1', upstream: 'http://127.0.0.1:9/v1', weight: 100 }],
  fallbacks: [],
  rollout: null,
  regressions: [],
  ...more,
});

/** A step of the log that leaves traffic on one version. */
export const stepWith = (sequence: number, stable: string, more: Partial<ToldDecision> = {}): ToldDecision => ({
  ...anyStep,
  agent: 'support',
  expect: sequence - 1,
  sequence,
  rollout: '',
  type: 'register',
  state: null,
  reason: '',
  by: 'ann (key_1)',
  timeMs: START_MS + sequence * 1_000,
  document: null,
  routing: {
    ...anyStep.routing,
    agent: 'support',
    sequence,
    arms: [{ name: 'stable', version: stable, upstream: 'http://127.0.0.1:9', weight: 100 }],
  },
  sentence: `${stable} is stable.`,
  ...more,
});
