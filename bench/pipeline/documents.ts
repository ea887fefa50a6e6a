import type { Calls } from './calls.ts';
import { moreLabels } from './exchanges.ts';

/** The agents of a run and the rollout that each is in, as documents for the controller's API. */

/** One agent is called as in the story; of several, each has a number. */
export const agentNames = (count: number): string[] =>
  count === 1 ? ['support'] : Array.from({ length: count }, (_, i) => `support-${i + 1}`);

export const rolloutName = (agent: string): string => `${agent}-v2`;

const versionSpec = (label: string, upstream: string) => ({
  label,
  upstream,
  code: 'examples/support',
  prompt: label,
  model: { name: 'support-rules' },
  promptUsdPerMillion: 2.5,
  completionUsdPerMillion: 10,
});

export const agentDocument = (
  name: string,
  { calls, labels, upstreams }: { calls: Calls; labels: number; upstreams: { v1: string; v2: string } },
) => ({
  apiVersion: 'coalmine/v1',
  kind: 'Agent',
  metadata: { name },
  spec: {
    stable: 'v1',
    versions: [versionSpec('v1', upstreams.v1), versionSpec('v2', upstreams.v2)],
    slices: [calls.slice, ...moreLabels(labels - 1)],
    shadowTools: 'pass',
  },
});

/** A canary at 50 % whose one stage outlasts every run, so that all windows are its evidence. */
export const rolloutDocument = (agent: string) => ({
  apiVersion: 'coalmine/v1',
  kind: 'Rollout',
  metadata: { name: rolloutName(agent) },
  spec: {
    agent,
    candidate: 'v2',
    skipShadow: true,
    promotion: 'timer',
    stages: [{ weightPct: 50, duration: '48h' }],
    metrics: [
      { name: 'error_rate', r0: 20 },
      { name: 'tool_validity', r0: 20 },
      { name: 'json_validity', r0: 20 },
      { name: 'refusal', r0: 20 },
      { name: 'latency', p99Ratio: 20 },
    ],
  },
});
