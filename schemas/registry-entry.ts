import { z } from 'zod';
import { RUBRIC_METRIC } from './counted-metrics.ts';
import { EpochMs } from './envelope.ts';

/**
 * What is in force, by kind and name: a document as applied, what was registered (schemas/registry-kinds.ts), or a rubric's metric
 * that a judge announced. `document` is its JSON.
 */
export const RegistryEntry = z
  .object({ kind: z.string(), name: z.string(), document: z.string(), by: z.string(), timeMs: EpochMs })
  .meta({ id: 'RegistryEntry' });
export type RegistryEntry = z.infer<typeof RegistryEntry>;

/** The kind of the entries by which judges announce what they score by rubrics. */
export const ANNOUNCED_METRIC = 'Metric';

/**
 * What a judge says of a rubric's metric. Family, direction and unit are those of every rubric, and no judge can say others:
 * windows are summed by the metric's name alone.
 */
export const AnnouncedMetric = z.object({
  name: z.string().min(1),
  family: z.literal(RUBRIC_METRIC.family),
  better: z.literal(RUBRIC_METRIC.better),
  unit: z.literal(RUBRIC_METRIC.unit),
  scorerVersion: z.string().min(1),
});
export type AnnouncedMetric = z.infer<typeof AnnouncedMetric>;

/** The entry by which the judge `by` announces a rubric's metric. */
export const announcement = (
  { metric, version }: { metric: string; version: string },
  by: string,
  timeMs: number,
): RegistryEntry => {
  const { family, better, unit } = RUBRIC_METRIC;
  const announced: AnnouncedMetric = { name: metric, family, better, unit, scorerVersion: version };
  return { kind: ANNOUNCED_METRIC, name: metric, document: JSON.stringify(announced), by, timeMs };
};

/** What an entry announces; null for a document, and for an announcement that does not fit, with what is wrong with it. */
export const readAnnouncement = ({
  kind,
  name,
  document,
}: RegistryEntry): { announced: AnnouncedMetric } | { announced: null; problem: string | null } => {
  if (kind !== ANNOUNCED_METRIC) return { announced: null, problem: null };
  let json: unknown;
  try {
    json = JSON.parse(document);
  } catch {
    return { announced: null, problem: 'it is no JSON' };
  }
  const read = AnnouncedMetric.safeParse(json);
  if (!read.success) return { announced: null, problem: z.prettifyError(read.error) };
  if (read.data.name !== name) return { announced: null, problem: `it is about ${read.data.name}` };
  return { announced: read.data };
};
