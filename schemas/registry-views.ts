import { z } from 'zod';
import { RolloutState } from './decision.ts';
import { RegisteredDataset } from './dataset.ts';
import { EpochMs, Int } from './envelope.ts';
import { GateBaseline } from './gate-baseline.ts';
import { GateWord } from './gate-document.ts';
import { ReportedIdentity } from './reported-identity.ts';
import { VersionContent } from './version-content.ts';

const step = { atMs: EpochMs, by: z.string() };

/** What became of a version, each list oldest first, the latest fifty of each: views of the decision log. */
export const Lineage = z.object({
  /** `from` is null where it first got an address. */
  moves: z.array(z.object({ ...step, from: z.string().nullable(), to: z.string() })),
  gates: z.array(
    z.object({
      ...step,
      name: z.string(),
      verdict: GateWord,
      cases: Int,
      summary: z.string(),
      dataset: z.object({ name: z.string(), id: z.string() }).nullable(),
    }),
  ),
  rollouts: z.array(
    z.object({
      rollout: z.string(),
      as: z.enum(['candidate', 'stable', 'arm']),
      state: RolloutState,
      startedAtMs: EpochMs,
      endedAtMs: EpochMs.nullable(),
      /** How it ended; '' before that. */
      sentence: z.string(),
    }),
  ),
  /** `replaced`: a person took it out of service. `rollout` is '' there. */
  incidents: z.array(
    z.object({
      ...step,
      type: z.enum(['rollback', 'abort', 'replaced', 'regression']),
      rollout: z.string(),
      sentence: z.string(),
    }),
  ),
});
export type Lineage = z.infer<typeof Lineage>;

/** One version of an agent in a list. `code`, `parent` and who made it are null of one that was applied before there was a registry. */
export const VersionSummary = z.object({
  agent: z.string(),
  label: z.string(),
  /** SHA-256 of its content. */
  id: z.string(),
  code: z.string().nullable(),
  parent: z.string().nullable(),
  createdBy: z.string().nullable(),
  createdAtMs: EpochMs.nullable(),
  /** Where it answers; null of one that is registered and in no Agent document yet. */
  upstream: z.string().nullable(),
  isStable: z.boolean(),
  /** The rollout under way that it has a part in beside being stable. */
  rollout: z.string().nullable(),
  /** What its last eval gate found. */
  gate: Lineage.shape.gates.element.pick({ name: true, verdict: true, atMs: true }).nullable(),
  /** What its upstream said last that it is. */
  reported: ReportedIdentity.pick({ identity: true, reason: true, matches: true, atMs: true }).nullable(),
});
export type VersionSummary = z.infer<typeof VersionSummary>;

/** Everything of a version. */
export const VersionView = VersionSummary.extend({
  content: VersionContent.nullable(),
  /** Other labels of the same content, and those made from it. */
  sameContent: z.array(z.string()),
  children: z.array(z.string()),
  earlierReported: ReportedIdentity.shape.earlier,
  ...Lineage.shape,
});
export type VersionView = z.infer<typeof VersionView>;

/** A version's fate in `version create`. */
export const CreatedVersion = z.object({
  agent: z.string(),
  label: z.string(),
  id: z.string(),
  parent: z.string().nullable(),
  result: z.enum(['created', 'unchanged']),
  /** What its upstream says that it is, where that is another version. */
  note: z.string(),
});
export type CreatedVersion = z.infer<typeof CreatedVersion>;

export const DatasetSummary = z.object({ ...RegisteredDataset.shape }).omit({ content: true });
export type DatasetSummary = z.infer<typeof DatasetSummary>;

export const BaselineSummary = GateBaseline.omit({ measured: true, answers: true }).extend({ answers: Int });
export type BaselineSummary = z.infer<typeof BaselineSummary>;
