import type { Clock } from '../platform/process/clock.ts';
import type { Score } from '../schemas/score.ts';
import { answersOf, type Subject } from './answers/scorable-answer.ts';
import { type Scored, type Scorer, scoreRecord } from './score-records.ts';
import type { ScorableAnswer } from './answers/scorable-answer.ts';
import { findByRules, RULES_VERSION } from './scorers/by-rules.ts';
import type { Reference } from './answers/tool-match.ts';
import type { ToolCallCheck } from './answers/tool-schema.ts';
import type { JudgeEvents } from './events.ts';
import type { ModelScoring } from './models/model-scoring.ts';

export type ScoringDeps = {
  clock: Clock;
  events: JudgeEvents;
  check: ToolCallCheck;
  /** By `metadata.reference_id` of the request. */
  references: ReadonlyMap<string, Reference>;
  /** What models say; null without a model. */
  models: Pick<ModelScoring, 'scores'> | null;
  /** Resolves when the score is in the topic. */
  write: (score: Score, timeMs: number) => Promise<void>;
};

const RULES: Scorer = { scorer: 'rules', scorerVersion: RULES_VERSION, costUsd: 0 };

/**
 * Publishes one score of every metric of a subject, those by rules at once, those by models as they come. Resolves when
 * all are in the topic; rejects, after all have ended, if one could not be written.
 */
export const createScoring = (deps: ScoringDeps): ((subject: Subject) => Promise<void>) => {
  const publish = async (subject: Subject, scored: Scored, live: Scored | null): Promise<void> => {
    const scoredAtMs = deps.clock.nowMs();
    const score = scoreRecord(subject, scored, live, scoredAtMs);
    await deps.write(score, scoredAtMs);
    deps.events.scored(score.agent, score.kind, score.status);
  };

  const byRules = (subject: Subject, live: ScorableAnswer, shadow: ScorableAnswer | null): Promise<void>[] => {
    const reference = deps.references.get(subject.exchange.metadata['reference_id'] ?? '');
    const scoresOf = (answered: ScorableAnswer): Scored[] =>
      findByRules({ answered, reference, check: deps.check }).map((finding) => ({ finding, scorer: RULES }));
    const ofLive = scoresOf(live);
    return shadow
      ? scoresOf(shadow).map((scored, i) => publish(subject, scored, ofLive[i] ?? null))
      : ofLive.map((scored) => publish(subject, scored, null));
  };

  const byModels = (subject: Subject, live: ScorableAnswer, shadow: ScorableAnswer | null): Promise<unknown>[] =>
    (deps.models?.scores(subject, live, shadow) ?? []).map(async (scores) =>
      Promise.all((await scores).map((score) => publish(subject, score.scored, score.live))),
    );

  return async (subject) => {
    const { live, shadow } = answersOf(subject);
    const writes = [...byRules(subject, live, shadow), ...byModels(subject, live, shadow)];
    const failure = (await Promise.allSettled(writes)).find((write) => write.status === 'rejected');
    if (failure) throw failure.reason;
  };
};
