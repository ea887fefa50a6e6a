import type { Clock } from '../platform/process/clock.ts';
import { RULES_SCORER, type ScoreSheet } from '../schemas/score.ts';
import { answersOf, lacksContent, type ScorableAnswer, type Subject } from './answers/scorable-answer.ts';
import { type Finder, finderOf, type Judged, type Meant, type Scorer, sheetOf } from './score-sheet.ts';
import { findByRules, RULES_VERSION } from './scorers/by-rules.ts';
import type { Reference } from './answers/tool-match.ts';
import type { ToolCallCheck } from './answers/tool-schema.ts';
import type { JudgeEvents } from './events.ts';
import type { ModelScoring } from './models/model-scoring.ts';
import type { Sampler } from './share/sampler.ts';

export type ScoringDeps = {
  clock: Clock;
  events: JudgeEvents;
  check: ToolCallCheck;
  /** By `metadata.reference_id` of the request. */
  references: ReadonlyMap<string, Reference>;
  /** What models say; null without a model. */
  models: Pick<ModelScoring, 'asks' | 'scores'> | null;
  /** Whether an exchange is scored, by how far behind the judge is. */
  sampleOf: Sampler['sampleOf'];
  /** Resolves when the sheet is in the topic. */
  write: (sheet: ScoreSheet, timeMs: number) => Promise<void>;
};

const RULES: Scorer = { scorer: RULES_SCORER, scorerVersion: RULES_VERSION, costUsd: 0 };
const RULES_FINDER: Finder = { name: RULES.scorer, version: RULES.scorerVersion, metrics: '' };

/**
 * Publishes a subject's sheets: one by rules at once, one of each model metric as it comes; of one that is left out an empty
 * sheet, for which nothing is read. Resolves when all are in the topic;
 * rejects, after all have ended, if one could not be written.
 */
export const createScoring = (deps: ScoringDeps): ((subject: Subject) => Promise<void>) => {
  const publish = async (subject: Subject, finder: Finder, judged: readonly Judged[], meant: Meant): Promise<void> => {
    const scoredAtMs = deps.clock.nowMs();
    const sheet = sheetOf(subject, finder, judged, meant, scoredAtMs);
    await deps.write(sheet, scoredAtMs);
    deps.events.scored(sheet);
  };

  const byRules = (subject: Subject, live: ScorableAnswer, shadow: ScorableAnswer | null): Judged[] => {
    const reference = deps.references.get(subject.exchange.metadata['reference_id'] ?? '');
    const findings = (answered: ScorableAnswer) => findByRules({ answered, reference, check: deps.check });
    const ofLive = findings(live).map((finding) => ({ finding, scorer: RULES }));
    if (shadow === null) return ofLive.map((scored) => ({ scored, live: null }));
    return findings(shadow).map((finding, i) => ({ scored: { finding, scorer: RULES }, live: ofLive[i]! }));
  };

  const byModel = async (subject: Subject, coming: Promise<readonly Judged[]>, meant: Meant): Promise<void> => {
    const judged = await coming;
    if (judged.length > 0) await publish(subject, finderOf(judged), judged, meant);
  };

  const meantOf = (subject: Subject): Meant => {
    const { share, leftOut, modelShare, modelsLeftOut } = deps.sampleOf(subject.exchange.exchangeId);
    // Nothing in it takes a judge's time, and no model has anything to read.
    if (lacksContent(subject)) return { share, leftOut: false, modelShare: null, modelsLeftOut: false };
    const asksModels = deps.models?.asks(subject) ?? false;
    if (leftOut) deps.events.leftOut('rules', subject.shadow?.kind ?? 'live');
    if (!asksModels) return { share, leftOut, modelShare: null, modelsLeftOut: false };
    if (modelsLeftOut) deps.events.leftOut('models', subject.shadow?.kind ?? 'live');
    return { share, leftOut, modelShare, modelsLeftOut };
  };

  return async (subject) => {
    const meant = meantOf(subject);
    if (meant.leftOut) return publish(subject, RULES_FINDER, [], meant);
    const { live, shadow } = answersOf(subject);
    const isAsked = meant.modelShare !== null && !meant.modelsLeftOut;
    const ofModels = isAsked ? (deps.models?.scores(subject, live, shadow) ?? []) : [];
    const sheets = [
      publish(subject, RULES_FINDER, byRules(subject, live, shadow), meant),
      ...ofModels.map((coming) => byModel(subject, coming, meant)),
    ];
    const failure = (await Promise.allSettled(sheets)).find((sheet) => sheet.status === 'rejected');
    if (failure) throw failure.reason;
  };
};
