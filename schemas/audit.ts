import { z } from 'zod';
import { DecisionType } from './decision.ts';
import { EpochMs } from './envelope.ts';

/** What was registered beside decisions. */
const REGISTERED = ['version', 'dataset', 'baseline'] as const;
export const AuditType = z.enum([...DecisionType.options, ...REGISTERED]);

/** Who did what, and what it changed. */
export const AuditEntry = z
  .object({
    /** `agent#sequence` of a decision, `kind/name` of what was registered. */
    id: z.string(),
    agent: z.string(),
    atMs: EpochMs,
    /** The key's name and id, or `controller` where it decided by itself. */
    by: z.string(),
    type: AuditType,
    /** The id of the rollout; '' where there is none. */
    rollout: z.string(),
    sentence: z.string(),
    /** Field by field: who is stable, weights in percent by version, state and stage of the rollout, and what a document says. */
    changes: z.array(z.object({ field: z.string(), before: z.json(), after: z.json() })),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;
