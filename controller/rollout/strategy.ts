import type { RolloutState } from '../../schemas/decision.ts';
import type { LimitSpec } from '../../schemas/limit-spec.ts';
import { isPause, type Stage } from '../../schemas/rollout-stages.ts';
import { type AbSpec, type CanarySpec, type RolloutDocument, STABLE_ARM } from '../../schemas/documents.ts';

export type RolloutSpec = RolloutDocument['spec'];

/** The stage before the first that moves traffic: the shadow of a canary, the smoke check of a blue-green. */
export const BEFORE_STAGES = -1;

/** The stage before even that: the wait for the eval gate. */
export const GATE_STAGE = -2;

/** Whether the candidate is compared with a stable arm of the same minutes: shadow and canary. */
export const isCanary = (spec: RolloutSpec): spec is CanarySpec =>
  spec.strategy === 'canary' || spec.strategy === 'shadow';

/** Whether a rollout goes through the shadow of live traffic first. */
export const hasShadowPhase = (spec: RolloutSpec): spec is CanarySpec & { shadow: NonNullable<CanarySpec['shadow']> } =>
  isCanary(spec) && spec.shadow !== undefined && !spec.skipShadow;

export type Promotion = NonNullable<CanarySpec['promotion']>;

/** How a canary gets from its first request to its promotion. A plan of stages, and nothing said, is carried out by time. */
export const promotionOf = (spec: CanarySpec): Promotion =>
  spec.promotion ?? (spec.stages === undefined && spec.policy === 'bounded' ? 'budget' : 'timer');

export const PLANNED_STAGES: Stage[] = [
  { weightPct: 5, duration: 1_800_000 },
  { weightPct: 25, duration: 3_600_000 },
  { weightPct: 50, duration: 7_200_000 },
  { weightPct: 100, duration: 7_200_000 },
];

/** The stage that a rollout begins in. */
export const firstStage = (spec: RolloutSpec): number =>
  isCanary(spec) && spec.gate !== undefined ? GATE_STAGE : stageAfterGate(spec);

export const stageAfterGate = (spec: RolloutSpec): number =>
  hasShadowPhase(spec) || spec.strategy === 'bluegreen' ? BEFORE_STAGES : 0;

/** Whether evidence with a bounded error may decide it. */
export const isByEvidence = (spec: RolloutSpec): boolean =>
  isCanary(spec) ? spec.policy === 'bounded' : spec.strategy === 'ab' && isDecided(spec);

/** Whether all that the rollout decides by itself rests on such evidence; an absolute limit does not. */
export const isBounded = (spec: RolloutSpec): boolean => isByEvidence(spec) && limitsOf(spec).length === 0;

/** Whether anything follows by itself from how an experiment goes. */
export const isDecided = ({ goal, guardrails }: AbSpec): boolean => goal !== undefined || guardrails.length > 0;

/** The one version that a rollout can promote; null for an experiment, whose winner a person names. */
export const candidateOf = (spec: RolloutSpec): string | null => (spec.strategy === 'ab' ? null : spec.candidate);

export const thresholdsOf = (spec: RolloutSpec): CanarySpec['thresholds'] =>
  spec.strategy === 'ab' ? [] : spec.thresholds;

/** Absolute limits beside the evidence. */
export const limitsOf = (spec: RolloutSpec): readonly LimitSpec[] => (isCanary(spec) ? (spec.limits ?? []) : []);

export const minRequestsOf = (spec: RolloutSpec): number => (spec.strategy === 'ab' ? 0 : spec.minRequests);

/** The stages from 0 on: how much of the traffic the candidate (in an experiment: every arm but stable) gets, in percent. */
export const stagesOf = (spec: RolloutSpec): { weightPct: number; durationMs: number }[] => {
  switch (spec.strategy) {
    case 'ab':
      return [{ weightPct: 100 - stableArmPct(spec.arms), durationMs: spec.duration }];
    case 'bluegreen':
      return [{ weightPct: 100, durationMs: spec.watch }];
    default:
      return canaryStages(spec);
  }
};

/** Under `budget` one stage, begun at the least weight, that ends by proof alone. */
const canaryStages = (spec: CanarySpec): { weightPct: number; durationMs: number }[] =>
  promotionOf(spec) === 'budget'
    ? [{ weightPct: Math.min(spec.budget.minPct, 100 - spec.holdbackPct), durationMs: 0 }]
    : (spec.stages ?? PLANNED_STAGES)
        .filter((step): step is Stage => !isPause(step))
        .map(({ weightPct, duration }) => ({
          weightPct: Math.min(weightPct, 100 - spec.holdbackPct),
          durationMs: duration,
        }));

/** A pause that the plan asks for: behind which stage (−1: the shadow), and for how long; null until somebody resumes it. */
export type PlannedPause = { stage: number; durationMs: number | null };

/** In the order in which they come. */
export const pausesOf = (spec: RolloutSpec): PlannedPause[] => {
  if (!isCanary(spec)) return [];
  let stage = BEFORE_STAGES;
  return (spec.stages ?? []).flatMap((step) => {
    if (isPause(step)) return [{ stage, durationMs: step.pause.duration ?? null }];
    stage += 1;
    return [];
  });
};

const stableArmPct = (arms: readonly { name: string; weightPct: number }[]): number =>
  arms.find(({ name }) => name === STABLE_ARM)?.weightPct ?? 0;

/** Zero where a stage does not end by time. */
export const stageDurationMs = (spec: RolloutSpec, stage: number): number => {
  if (stage === BEFORE_STAGES) return hasShadowPhase(spec) ? spec.shadow.duration : 0;
  return stagesOf(spec)[stage]?.durationMs ?? 0;
};

/** The state of a rollout that is at work in a stage. */
export const workingState = (spec: RolloutSpec, stage: number): RolloutState => {
  if (stage === GATE_STAGE) return 'gate';
  switch (spec.strategy) {
    case 'ab':
      return 'ab';
    case 'bluegreen':
      return stage === BEFORE_STAGES ? 'smoke' : 'watch';
    default:
      return stage === BEFORE_STAGES ? 'shadow' : 'canary';
  }
};
