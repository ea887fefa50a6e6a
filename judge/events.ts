import type { Log } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';

export type JudgeEvents = ReturnType<typeof createJudgeEvents>;

const LAG_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300];

/** What an operator may see of the judge. */
export const createJudgeEvents = (log: Log, metrics: Metrics) => {
  const scores = metrics.counter('scores_total', 'Scores in the topic, by status', ['agent', 'kind', 'status']);
  const failures = metrics.counter(
    'failures_total',
    'Exchanges and shadows that have no scores, because scoring or publishing failed',
  );
  const calls = metrics.counter('model_calls_total', 'Calls of the judge model: scored, unusable, no_reply', [
    'metric',
    'result',
  ]);
  const tokens = metrics.counter('model_tokens_total', 'Tokens that the judge model counted', ['metric']);
  const notAsked = metrics.counter('model_not_asked_total', 'Verdicts not asked for because the judge model was away');
  const lag = metrics.histogram('lag_seconds', 'From an answer to its scores in the topic', LAG_BUCKETS_SECONDS, [
    'kind',
  ]);
  return {
    scored: (agent: string, kind: string, status: string): void => scores.inc({ agent, kind, status }),
    finished: (kind: string, lagMs: number): void => lag.observe({ kind }, Math.max(0, lagMs) / 1000),
    judged: (metric: string, result: 'scored' | 'unusable' | 'no_reply', tokenCount: number): void => {
      calls.inc({ metric, result });
      tokens.inc({ metric }, tokenCount);
    },
    notAsked: (): void => notAsked.inc(),
    modelAway: (reason: string, forMs: number): void =>
      log.warn({ forMs }, `${reason}; it is left alone for a while, its verdicts are errors until then`),
    failed: (exchangeId: string, error: unknown): void => {
      failures.inc();
      log.error({ exchangeId, err: error }, 'an exchange could not be scored');
    },
    commitFailed: (error: unknown): void => log.warn({ err: error }, 'offsets could not be committed'),
  };
};
