import type { Clock } from '../../platform/process/clock.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import { familyOfModel, modelInBody } from '../../openai/model-family.ts';
import { isSampled, type SamplingPlan } from './sampling.ts';
import type { Judged, Scored } from '../score-sheet.ts';
import type { Subject } from '../answers/scorable-answer.ts';
import type { ScorableAnswer } from '../answers/scorable-answer.ts';
import { isOverdrawn, nothingSpent, reserve, type Spend, settle, type SpendLimits } from './spend.ts';
import type { JudgeEvents } from '../events.ts';
import type { Waits } from './waits.ts';
import type { ModelMetric, Stage, StageResult } from './model-metrics.ts';

/** What the routing views tell of exchanges. */
export type RolloutFacts = {
  /** The sampling plan of an exchange's rollout, undefined where it is not known. */
  planOf: (exchange: Exchange) => SamplingPlan | undefined;
  /** The model behind an agent's version, '' where it is not known. */
  modelOf: (agent: string, version: string) => string;
};

export type ModelScoringOptions = {
  metrics: readonly ModelMetric[];
  rollouts: RolloutFacts;
  limits: SpendLimits;
  waits: Waits;
  /** Metrics of subjects under way or waiting for a model; beyond it they are shed, so that no rule score waits for a model. */
  maxWaiting: number;
  clock: Clock;
  events: JudgeEvents;
};

export type ModelScoring = {
  /** Whether any model is to be asked of the subject, by the plan of its rollout. */
  asks: (subject: Subject) => boolean;
  /** One promise for each metric, so that each is published as it comes; none rejects. */
  scores: (
    subject: Subject,
    live: ScorableAnswer,
    shadow: ScorableAnswer | null,
  ) => readonly Promise<readonly Judged[]>[];
  /** Scores that were given up since the start. */
  shed: () => number;
  /** How late the models are: by the question that waits longest, and by how full the room for those that wait is. */
  waitMs: (limitMs: number) => number;
  maxWaiting: number;
};

type ShedReason = 'tokens' | 'usd' | 'backlog';

/** The first score of those that one asking settled carries what it cost, that of judges whose verdict did not stand included. */
const withCost = (scores: readonly Judged[], earlierUsd: number): readonly Judged[] =>
  scores.map((score, i) => {
    if (i > 0 || earlierUsd === 0) return score;
    const { finding, scorer } = score.scored;
    return { ...score, scored: { finding, scorer: { ...scorer, costUsd: scorer.costUsd + earlierUsd } } };
  });

/** A judge may favour its own kind (Panickssery et al. 2024), so a score that it gives its own kind says so. */
const withFamilyWarning = (scored: Scored, family: string): Scored => {
  const reason = `the judge and the judged are both ${family}, which may favour it; ${scored.finding.reason}`;
  return { ...scored, finding: { ...scored.finding, reason } };
};

/**
 * Runs stages while the hour's budget, with what is under way, has room for them. What waits for its model when others have come to
 * more than was set aside for them is no longer asked: else all that wait could cost their limit, though what is set aside is a verdict.
 */
const createSpendBudget = (limits: SpendLimits, clock: Clock) => {
  let spend: Spend = nothingSpent(clock.nowMs());
  const mayAsk = (): boolean => !isOverdrawn(spend, limits, clock.nowMs());
  return async (stage: Stage): Promise<StageResult | ShedReason> => {
    const reserved = reserve(spend, limits, stage.estimate, clock.nowMs());
    ({ spend } = reserved);
    if (reserved.usedUp !== null) return reserved.usedUp;
    const result = await stage.run(mayAsk);
    spend = settle(spend, reserved.reservation, result.spent);
    return result;
  };
};

/**
 * Puts subjects of rollouts before models: those that the rollout's plan samples, as far as the budget goes. What is sampled
 * and then shed has no score and is counted, so that it shows as missing coverage and never as a pass.
 */
export const createModelScoring = (options: ModelScoringOptions): ModelScoring => {
  const { metrics, rollouts, limits, waits, maxWaiting, clock, events } = options;
  const runWithinBudget = createSpendBudget(limits, clock);
  let waiting = 0;
  let shedScores = 0;

  const shed = (metric: ModelMetric, reason: ShedReason): readonly Judged[] => {
    shedScores += metric.metrics.length;
    for (const name of metric.metrics) events.shed(name, reason);
    return [];
  };

  /** The families of both answers, since a judge may favour either side of a pair. */
  const familiesOf = ({ exchange, shadow }: Subject): ReadonlySet<string> => {
    const live = { version: exchange.servedVersion, text: exchange.responseBody.text };
    const judged = shadow ? [live, { version: shadow.version, text: shadow.responseBody.text }] : [live];
    const models = judged.flatMap(({ version, text }) => [
      modelInBody(text),
      rollouts.modelOf(exchange.agent, version),
    ]);
    return new Set(models.map(familyOfModel).filter(Boolean));
  };

  const warnOfFamily = (subject: Subject, scores: readonly Judged[]): readonly Judged[] => {
    const families = familiesOf(subject);
    return scores.map((score) => {
      const { finding, scorer } = score.scored;
      if (!scorer.family || !families.has(scorer.family) || finding.status !== 'scored') return score;
      const { exchange, shadow } = subject;
      events.sameFamily(exchange.agent, shadow?.version ?? exchange.servedVersion, finding.metric, scorer.family);
      return { ...score, scored: withFamilyWarning(score.scored, scorer.family) };
    });
  };

  const scoresOf = async (
    subject: Subject,
    metric: ModelMetric,
    stages: readonly Stage[],
  ): Promise<readonly Judged[]> => {
    let earlierUsd = 0;
    for (const [i, stage] of stages.entries()) {
      const result = await runWithinBudget(stage);
      if (typeof result === 'string') return shed(metric, result);
      if (result.isSettled || i === stages.length - 1)
        return warnOfFamily(subject, withCost(result.scores, earlierUsd));
      events.escalated(metric.metrics[0] ?? '');
      earlierUsd += result.spent.usd;
    }
    return [];
  };

  const scoresOfMetric = async (
    metric: ModelMetric,
    [subject, live, shadow]: Parameters<ModelScoring['scores']>,
  ): Promise<readonly Judged[]> => {
    const stages = metric.stages(live, shadow);
    if (stages.length === 0) return [];
    if (waiting >= maxWaiting) return shed(metric, 'backlog');
    waiting += 1;
    try {
      return await scoresOf(subject, metric, stages);
    } finally {
      waiting -= 1;
    }
  };

  return {
    asks: ({ exchange, shadow }) => {
      if (exchange.rollout === '' || metrics.length === 0) return false;
      const isPlanned = isSampled(exchange, shadow !== null, rollouts.planOf(exchange));
      if (!isPlanned) events.notSampled(shadow?.kind ?? 'live');
      return isPlanned;
    },
    scores: (...asked) => metrics.map((metric) => scoresOfMetric(metric, asked)),
    shed: () => shedScores,
    // A room that is half full counts as a wait at its limit, so that the share falls before anything is shed.
    waitMs: (limitMs) => Math.max(waits.longestMs(), (2 * limitMs * waiting) / maxWaiting),
    maxWaiting,
  };
};
