import type { RolloutEvidence } from '../evidence/rollout-evidence.ts';
import type { Moment } from '../rollout/build-decision.ts';
import type { Run } from '../rollout/run.ts';
import { totalRequests } from './counted-requests.ts';
import type { Observation } from './observe.ts';
import { shownEvidence } from './shown-evidence.ts';

/** A rollout as the controller that owns its windows sees it now. */
export type Live = { evidence: RolloutEvidence; observation: Observation };

/** Everything that a decision shows of a rollout's evidence, whoever takes it. */
export const liveMoment = (run: Run, { evidence, observation }: Live): Moment => ({
  ...shownEvidence(run, evidence, observation),
  windowsThroughMs: observation.facts.clockMs,
  candidateRequests: totalRequests(run.spec, evidence),
});

/**
 * What is known of a rollout when a person takes a step. A controller that does not own its windows knows what the log said
 * last; `windowsThroughMs` tells of when that is. Undefined before anything is known.
 */
export const momentOf = (run: Run, live: Live | null): Moment | undefined =>
  live !== null ? liveMoment(run, live) : run.lastEvidence === null ? undefined : momentInLog(run.lastEvidence);

const momentInLog = ({
  logE,
  logThreshold,
  evidence,
  windowKeys,
  windowsThroughMs,
  candidateRequests,
}: Moment): Moment => ({ logE, logThreshold, evidence, windowKeys, windowsThroughMs, candidateRequests });
