/**
 * A canary of v2, which is rude, at half of the traffic from the first moment; it ends when the evidence says so. Of all that is wrong with v2
 * only what the judge says of its answers counts: by default its broken tool calls may be found first.
 */
export const RUDE_CANARY = {
  apiVersion: 'coalmine/v1',
  kind: 'Rollout',
  metadata: { name: 'rude' },
  spec: {
    agent: 'support',
    candidate: 'v2',
    skipShadow: true,
    stages: [{ weightPct: 50, duration: '10m' }],
    minRequests: 30,
    metrics: [{ name: 'empathy' }],
  },
};

/** v3, which is kind, through shadow and three stages. */
export const KIND_ROLLOUT = {
  apiVersion: 'coalmine/v1',
  kind: 'Rollout',
  metadata: { name: 'kind' },
  spec: {
    agent: 'support',
    candidate: 'v3',
    shadow: { sharePct: 50, noiseSharePct: 10, duration: '3s', minPairs: 30 },
    stages: [
      { weightPct: 25, duration: '3s' },
      { weightPct: 50, duration: '3s' },
      { weightPct: 100, duration: '3s' },
    ],
    minRequests: 30,
    metrics: [{ name: 'error_rate' }, { name: 'empathy' }, { name: 'latency', p99Ratio: 2 }],
  },
};
