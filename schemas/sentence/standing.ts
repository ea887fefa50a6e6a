import { nameOf } from '../actor.ts';
import type { Evidence, RolloutState } from '../decision.ts';
import type { TimeToVerdict } from '../time-to-verdict.ts';
import { asSentence, capitalized, countText, plainText, strengthText, timeText } from './figures.ts';
import { waitText } from './planned-pause.ts';
import { eachText, isProven, missingText, provenCount } from './proof.ts';
import { stayText } from './step.ts';
import { timeSentences } from './time-to-verdict.ts';
import { requestsText, seenText, sidesOf } from './verdict.ts';

/** How a canary gets to its promotion: by the time of its stages, by proof, or by proof at the weight that a budget allows. */
export type PromotionBy = 'timer' | 'prove' | 'budget';

/** What the sentence of a rollout under way is made of. Times are of the stream, in epoch milliseconds. */
export type Standing = {
  /** Its name, or its id. */
  rollout: string;
  state: RolloutState;
  stage: number;
  /** How many stages are planned, and what the candidate gets now in percent; null in an experiment. */
  stages: number;
  weightPct: number | null;
  candidate: string | null;
  stable: string;
  hold: string | null;
  evidence: readonly Evidence[];
  logE: number | null;
  logThreshold: number | null;
  /** Since the start, and in this stage. */
  candidateRequests: number | null;
  stageRequests: number | null;
  minRequests: number;
  promotion: PromotionBy | null;
  dueMs: number | null;
  streamTimeMs: number | null;
  /** Who paused it; null if it is not paused, and of a pause that its plan asks for. */
  pausedBy: string | null;
  /** Who asked for a promotion that takes two people, of which arm, and how long that counts. */
  approval: { by: string; arm: string | null; leftMs: number } | null;
  /** The planned pause that it is in. */
  pause: { untilMs: number | null } | null;
  /** How long it still needs; null where that is not known. */
  time: TimeToVerdict | null;
};

/** Where a rollout under way stands: what it does to users, what was seen, and what is missing. */
export const standingSentences = (standing: Standing): string[] => [
  ...whereabouts(standing),
  ...awaited(standing),
  ...(standing.state === 'gate' || standing.state === 'smoke' ? [] : [verdictText(standing)]),
  ...missing(standing),
  ...needed(standing),
];

const awaited = ({ approval, candidate, rollout }: Standing): string[] => {
  if (approval === null) return [];
  const { by, arm, leftMs } = approval;
  const [what, how] = arm === null ? [candidate ?? 'it', ''] : [`arm ${arm}`, ` --arm ${arm}`];
  return [
    `${nameOf(by)} asked to promote ${what}; another person must agree within ${timeText(leftMs)} (coalmine promote ${rollout}${how}).`,
  ];
};

/** Of a rollout that is neither paused nor held, nor done with its proof. */
const needed = ({ time, state, hold }: Standing): string[] =>
  time === null || hold !== null || (state !== 'canary' && state !== 'shadow') ? [] : timeSentences(time);

const weightOf = ({ weightPct }: Standing): string | null =>
  weightPct === null || weightPct === 0 ? null : `${plainText(weightPct)} %`;

const whereabouts = (standing: Standing): string[] => {
  const { candidate } = sidesOf(standing);
  const stays = stayText(standing.state, candidate, weightOf(standing));
  if (standing.state === 'paused' && standing.pause !== null && standing.pausedBy === null) {
    const { rollout, streamTimeMs } = standing;
    const { untilMs } = standing.pause;
    const leftMs = untilMs === null ? null : streamTimeMs === null ? undefined : untilMs - streamTimeMs;
    return [`${waitText({ rollout, candidate, weight: weightOf(standing), leftMs })}.`];
  }
  if (standing.state === 'paused') {
    const by = standing.pausedBy === null ? '' : ` by ${nameOf(standing.pausedBy)}`;
    const where =
      standing.stage < 0
        ? 'where no user sees it'
        : weightOf(standing) === null
          ? 'as it is'
          : `at ${weightOf(standing)} of the traffic`;
    return [`${standing.candidate ?? 'The experiment'} was paused${by} and stays ${where} until somebody resumes it.`];
  }
  if (standing.hold !== null)
    return [asSentence(`On hold: ${standing.hold}`), `${large(stays, standing)} until that is over.`];
  return [at(standing, candidate)];
};

const large = (text: string, { candidate }: Standing): string =>
  candidate !== null && text.startsWith(candidate) ? text : capitalized(text);

const at = (standing: Standing, candidate: string): string => {
  const { state, stage, stages, stable } = standing;
  const soonest = soonestText(standing);
  switch (state) {
    case 'gate':
      return `${candidate} waits for its eval gate; nothing of it was tried yet.`;
    case 'shadow':
      return `${candidate} is in shadow: it answers copies of ${stable}'s requests, and no user sees it${soonest}.`;
    case 'smoke':
      return `${candidate} is asked the smoke requests; no traffic moves before it has passed.`;
    case 'watch':
      return `${candidate} answers everybody and is watched${soonest}.`;
    case 'ab':
      return `The experiment is under way${soonest}.`;
    default: {
      const of = stages > 1 ? ` in stage ${stage + 1} of ${stages}` : '';
      return `${candidate} gets ${weightOf(standing) ?? 'none'} of the traffic${of}${standing.promotion === 'budget' ? '' : soonest}.`;
    }
  }
};

const soonestText = ({ dueMs, streamTimeMs }: Standing): string =>
  dueMs === null || streamTimeMs === null || dueMs <= streamTimeMs
    ? ''
    : `, for ${timeText(dueMs - streamTimeMs)} more`;

const verdictText = (standing: Standing): string => {
  const { logE, logThreshold, candidate, stage, candidateRequests } = standing;
  const seen = seenText(standing);
  if (logE === null || logThreshold === null)
    return candidate === null ? 'Nothing is proven yet.' : `No threshold is broken${seen}.`;
  if (candidate === null)
    return `Nobody has won yet: the evidence for the leader is ${strengthText(logE)} of ${strengthText(logThreshold)}.`;
  if (stage >= 0 && candidateRequests === 0) return `No request of ${candidate} was seen yet.`;
  if (stage < 0 && seen === '') return 'No pair of answers was compared yet.';
  return `Nothing is proven worse so far${seen} (evidence ${strengthText(logE)} of the ${strengthText(logThreshold)} that stop it).`;
};

/** Only what the data of the moment tell: what proof is missing, and requests that a stage must have. */
const missing = (standing: Standing): string[] => {
  const { promotion, logThreshold, evidence, time, stageRequests, minRequests, stage, state } = standing;
  if (stageRequests !== null && stageRequests < minRequests && state !== 'paused')
    return [`The stage needs ${requestsText(minRequests)}; missing: ${countText(minRequests - stageRequests)}.`];
  if (promotion === null || promotion === 'timer' || logThreshold === null || stage < 0) return [];
  if (provenCount(evidence) === 0) return ['Promotion needs proof, and no metric has a value yet.'];
  if (isProven(evidence, logThreshold)) return ['All that promotion needs is proven.'];
  const each = `evidence ${strengthText(logThreshold)} in ${eachText(provenCount(evidence))}`;
  return [`Promotion needs ${each}; missing: ${missingText(evidence, logThreshold, time)}.`];
};
