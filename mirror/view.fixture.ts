import { NO_RULES } from '../schemas/routing-view.ts';
import type { RoutingView, Version } from '../schemas/routing-view.ts';

const version = (label: string): Version => ({
  label,
  id: label,
  upstream: `http://${label}/v1`,
  promptUsdPerMillion: 1_000,
  completionUsdPerMillion: 2_000,
  cachedPromptUsdPerMillion: null,
  upstreamModel: '',
});

/** A rollout in shadow: v2 sees everything, v1 a fifth once more. */
export const viewOf = (shadow: Partial<NonNullable<RoutingView['shadow']>> | null = {}): RoutingView => ({
  agent: 'support',
  sequence: 3,
  rollout: 'support-1',
  salt: 's',
  arms: [{ name: 'stable', version: 'v1', upstream: 'http://v1/v1', weight: 100 }],
  versions: [version('v1'), version('v2')],
  rules: NO_RULES,
  flags: [],
  shadow: shadow && {
    arm: 'candidate',
    version: 'v2',
    sharePct: 100,
    noiseSharePct: 20,
    maxPerSecond: 1_000,
    ...shadow,
  },
  shadowTools: 'pass',
  http: null,
  judging: null,
  judgedPct: 100,
  slices: [],
  metrics: [],
  events: [],
  issuedAt: 0,
});
