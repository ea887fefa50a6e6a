import type { Exchange, Shadow } from '../../schemas/exchange.ts';
import { body, exchangeOf } from '../../schemas/exchange.fixture.ts';
import type { ScoreSheet } from '../../schemas/score.ts';
import { type OneScore, sheetWith } from '../../schemas/score.fixture.ts';

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

/** A sheet on a shadow with one score; `delta` null: the live answer has no value. */
export const sheetOf = (n: number, metric: string, delta: number, rest: OneScore = {}): ScoreSheet => {
  const { kind = 'shadow' } = rest;
  return sheetWith({
    sheetId: `${kind}-${n}-${metric}`,
    exchangeId: `x-${n}`,
    shadowId: `${kind}-${n}`,
    kind,
    rollout: 'support-v2#7',
    version: 'v2',
    arm: 'candidate',
    metric,
    scorer: 'rules',
    value: 0,
    liveValue: -delta,
    delta,
    exchangeAtMs: 1_000,
    scoredAtMs: 3_000,
    ...rest,
  });
};
