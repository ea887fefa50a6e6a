import type { Exchange, Shadow } from '../../schemas/exchange.ts';
import { body, exchangeOf } from '../../schemas/exchange.fixture.ts';
import { Score } from '../../schemas/score.ts';

export const said = (content: string) => body(JSON.stringify({ choices: [{ message: { content } }] }));

/** A shadow of the exchange `x-<n>`, or stable's noise. */
export const shadowOf = (n: number, rest: Partial<Shadow> = {}, exchange: Partial<Exchange> = {}): Shadow => ({
  shadowId: `${rest.kind ?? 'shadow'}-${n}`,
  kind: 'shadow',
  version: 'v2',
  arm: 'candidate',
  status: 200,
  outcome: 'ok',
  latencyMs: 100,
  firstByteMs: 10,
  responseBody: said('Hullo'),
  promptTokens: null,
  completionTokens: null,
  costUsd: null,
  rounds: 1,
  differences: [],
  similarity: 1,
  replayedAtMs: 2_000,
  exchange: exchangeOf({ exchangeId: `x-${n}`, rollout: 'support-v2#7', responseBody: said('Hello'), ...exchange }),
  ...rest,
});

export const scoreOf = (n: number, metric: string, delta: number, rest: Partial<Score> = {}): Score =>
  Score.parse({
    scoreId: `${rest.kind ?? 'shadow'}-${n}-${metric}`,
    exchangeId: `x-${n}`,
    shadowId: `${rest.kind ?? 'shadow'}-${n}`,
    kind: 'shadow',
    agent: 'support',
    rollout: 'support-v2#7',
    routingSequence: 3,
    version: 'v2',
    arm: 'candidate',
    evidence: true,
    subjectBucket: 4,
    slices: {},
    metric,
    scorer: 'rules',
    scorerVersion: '1',
    status: 'scored',
    value: 0,
    liveValue: -delta,
    delta,
    reason: '',
    costUsd: 0,
    exchangeAtMs: 1_000,
    scoredAtMs: 3_000,
    ...rest,
  });
