import { z } from 'zod';
import { EpochMs, Int } from './envelope.ts';
import { By } from './registered-version.ts';
import { Name } from './routing-view.ts';
import { ContentId } from './version-content.ts';

const MAX_MEASURED = 10_000;
const Text = z.string().max(1_000);

/** One answer to one question, measured: what `coalmine gate` compares. By metric its value, or why there is none. */
const Measured = z.object({
  caseId: Text,
  cluster: Text,
  slices: z.record(Text, Text),
  repeat: Int.nonnegative(),
  values: z.record(
    Text,
    z.union([
      z.strictObject({ value: z.number() }),
      z.strictObject({ absent: z.enum(['not_applicable', 'error']), reason: Text }),
    ]),
  ),
});

/** What a gate measured once, to hold later candidates against. One recorded under the same name takes its place. */
export const GateBaseline = z.object({
  agent: Name,
  /** The gate plan's. */
  name: Name,
  /** Whose answers were measured; null where it has no label. */
  version: Name.nullable(),
  versionId: ContentId.nullable(),
  dataset: z.object({ name: Name, id: ContentId }).nullable(),
  measured: z.array(Measured).min(1).max(MAX_MEASURED),
  /** By case, what was answered, where the gate shows both sides. */
  answers: z.record(Text, z.string().max(4_000)).default({}),
  recordedBy: By,
  recordedAtMs: EpochMs,
});
export type GateBaseline = z.infer<typeof GateBaseline>;
