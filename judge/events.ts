import type { Log } from '../platform/process/log.ts';
import type { Metrics } from '../platform/process/metrics.ts';

import type { Score, ScoreSheet } from '../schemas/score.ts';

import type { Shares } from './share/shares.ts';

export type JudgeEvents = ReturnType<typeof createJudgeEvents>;

/** Each version is warned of once; so many are remembered. */
const MAX_WARNED = 1_000;
const LAG_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300];

/** What an operator may see of the judge's models. */
const modelEvents = (log: Log, metrics: Metrics) => {
  const calls = metrics.counter('model_calls_total', 'Calls of a judge model: scored, unusable, no_reply', [
    'model',
    'metric',
    'result',
  ]);
  const tokens = metrics.counter('model_tokens_total', 'Tokens that a judge model counted', ['model']);
  const usd = metrics.counter('model_usd_total', 'What a judge model cost by the prices given, in US dollars', [
    'model',
  ]);
  const shared = metrics.counter('model_shared_verdicts_total', 'Verdicts that were known already', ['model']);
  const notAsked = metrics.counter('model_not_asked_total', 'Calls given up: the model was away, or busy too long');
  const busy = metrics.counter('model_busy_total', 'Calls that a judge model put off for all (429)');
  const escalated = metrics.counter('model_escalations_total', 'Verdicts left to the strong judge', ['metric']);
  const shed = metrics.counter('shed_total', 'Scores given up, by the limit that was reached', ['metric', 'reason']);
  const notSampled = metrics.counter('not_sampled_total', 'Answers that the rollout’s plan puts before no model', [
    'kind',
  ]);
  const sameFamily = metrics.counter(
    'same_family_total',
    'Scores that a judge gave to a model of its own family, which it may favour',
    ['family'],
  );
  const views = metrics.counter('routing_views_ignored_total', 'Routing views that could not be read or used');
  const warnedOf = new Set<string>();
  return {
    viewIgnored: (): void => views.inc(),
    judged: (
      model: string,
      metric: string,
      result: 'scored' | 'unusable' | 'no_reply',
      spent: { tokens: number; usd: number },
    ): void => {
      calls.inc({ model, metric, result });
      tokens.inc({ model }, spent.tokens);
      usd.inc({ model }, spent.usd);
    },
    sharedVerdict: (model: string): void => shared.inc({ model }),
    escalated: (metric: string): void => escalated.inc({ metric }),
    shed: (metric: string, reason: string): void => shed.inc({ metric, reason }),
    notSampled: (kind: string): void => notSampled.inc({ kind }),
    sameFamily: (agent: string, version: string, metric: string, family: string): void => {
      sameFamily.inc({ family });
      const what = `${agent} ${version} ${metric}`;
      if (warnedOf.has(what) || warnedOf.size >= MAX_WARNED) return;
      warnedOf.add(what);
      log.warn(
        { agent, version, metric, family },
        'the judge model is of the same family as the version it judges, which it may favour; take a judge of another one',
      );
    },
    modelBusy: (): void => busy.inc(),
    notAsked: (): void => notAsked.inc(),
    routingUnknown: (): void =>
      log.warn(
        'the routing views, which are in Redis, are not known yet; until they are, everything is put before the model',
      ),
    modelAway: (reason: string, forMs: number): void =>
      log.warn({ forMs }, `${reason}; it is left alone for a while, its verdicts are errors until then`),
  };
};

const countBy = (scores: readonly Score[]): Map<Score['status'], number> => {
  const counts = new Map<Score['status'], number>();
  for (const { status } of scores) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
};

/** What an operator may see of a judge that is behind. */
const shareEvents = (log: Log, metrics: Metrics) => {
  const share = metrics.gauge('share', 'Part of the answers that the judge means to score, by rules and by models', [
    'of',
  ]);
  const behind = metrics.gauge('behind_seconds', 'How late the judge came to the latest answer in the last second');
  const leftOut = metrics.counter('left_out_total', 'Answers left out because the judge was behind', ['of', 'kind']);
  const told = (part: number, lagMs: number) => ({ share: part, behindSeconds: Math.round(lagMs / 100) / 10 });
  share.set({ of: 'rules' }, 1);
  return {
    shares: (shares: Shares, lagMs: number): void => {
      share.set({ of: 'rules' }, shares.rules);
      if (shares.models !== null) share.set({ of: 'models' }, shares.models);
      behind.set(Math.max(0, lagMs) / 1_000);
    },
    leftOut: (of: 'rules' | 'models', kind: string): void => leftOut.inc({ of, kind }),
    leavesOut: (of: 'rules' | 'models', part: number, lagMs: number): void =>
      of === 'rules'
        ? log.warn(told(part, lagMs), 'the judge is behind and scores a share of the answers; add judges to its group')
        : log.warn(
            told(part, lagMs),
            'the judge or its models are behind, so a share of the answers is put before models; see JUDGE_MODEL_CONCURRENCY, JUDGE_REQUESTS_PER_MINUTE, or add judges',
          ),
    scoresAll: (of: 'rules' | 'models', lagMs: number): void =>
      log.info(told(1, lagMs), `${of} score every answer again`),
  };
};

/** What an operator may see of the judge. */
export const createJudgeEvents = (log: Log, metrics: Metrics) => {
  const scores = metrics.counter('scores_total', 'Scores in the topic, by status', ['agent', 'kind', 'status']);
  const failures = metrics.counter(
    'failures_total',
    'Exchanges and shadows that have no scores, because scoring or publishing failed',
  );
  const lag = metrics.histogram('lag_seconds', 'From an answer to its scores in the topic', LAG_BUCKETS_SECONDS, [
    'kind',
  ]);
  return {
    scored: ({ agent, kind, scores: given }: ScoreSheet): void => {
      for (const [status, count] of countBy(given)) scores.inc({ agent, kind, status }, count);
    },
    finished: (kind: string, lagMs: number): void => lag.observe({ kind }, Math.max(0, lagMs) / 1000),
    ...modelEvents(log, metrics),
    ...shareEvents(log, metrics),
    announced: (metric: string): void => log.info({ metric }, 'a rubric’s metric is announced in the registry'),
    announceFailed: (metric: string, error: unknown): void =>
      log.warn(
        { metric, err: error },
        'a rubric’s metric could not be announced; rollouts that name it are refused until it is',
      ),
    failed: (exchangeId: string, error: unknown): void => {
      failures.inc();
      log.error({ exchangeId, err: error }, 'an exchange could not be scored');
    },
    commitFailed: (error: unknown): void => log.warn({ err: error }, 'offsets could not be committed'),
  };
};
