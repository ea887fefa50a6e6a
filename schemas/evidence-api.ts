import { z } from 'zod';
import { Evidence } from './decision.ts';
import type { Endpoint } from './endpoint.ts';
import { EpochMs } from './envelope.ts';

/** One metric's evidence at one time of the windows, in the fields that decisions have. */
const EvidencePoint = Evidence.pick({
  candidateValue: true,
  stableValue: true,
  candidateCount: true,
  stableCount: true,
  difference: true,
  lower: true,
  upper: true,
  tolerated: true,
  logE: true,
  logProof: true,
}).extend({ timeMs: EpochMs });

const EvidenceLine = z.object({
  metric: z.string(),
  slice: z.string(),
  /** In an experiment, which arm's; else null. */
  arm: z.string().nullable(),
  /** What is compared: shadows with live answers, the candidate's live answers with stable's, or values with plain limits alone. */
  phase: z.enum(['shadow', 'canary', 'threshold']),
  points: z.array(EvidencePoint),
});
export type EvidenceLine = z.infer<typeof EvidenceLine>;

const EvidenceHistory = z.object({
  rollout: z.string(),
  agent: z.string(),
  /** `windows`: look by look, as this controller saw it; `decisions`: no more than the log tells, of a rollout that it did not see. */
  source: z.enum(['windows', 'decisions']),
  /** ln 1/α that the whole is held against; null where nothing is. */
  logThreshold: z.number().nullable(),
  /** ln E of the whole rollout. */
  whole: z.array(z.object({ timeMs: EpochMs, logE: z.number().nullable() })),
  lines: z.array(EvidenceLine),
});
export type EvidenceHistory = z.infer<typeof EvidenceHistory>;

/** The part of the controller's HTTP API that tells how evidence came about. */
export const EVIDENCE_API = {
  getEvidence: {
    role: 'view',
    method: 'GET',
    path: '/v1/rollouts/:name/evidence',
    does: "a rollout's evidence over time, for charts: of each metric (in an experiment of each arm, and of those slices that mattered most at the time) both arms' values and counts, the difference with its interval and what is tolerated of it, ln e; of the whole ln E and its threshold. At most 400 looks, and one for each decision; `metric` and `slice` keep only these",
    params: z.object({ name: z.string() }),
    query: z.strictObject({ metric: z.string().min(1).optional(), slice: z.string().min(1).optional() }),
    response: EvidenceHistory,
  },
} as const satisfies Record<string, Endpoint>;
