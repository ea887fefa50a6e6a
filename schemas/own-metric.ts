import { z } from 'zod';

/** The largest value of a number that says no limit of its own. */
const MAX_NUMBER = 1e6;
/** Of one agent. */
export const MAX_OWN_METRICS = 20;

export const MetricName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,47}$/, 'lower-case letters, digits and underscores, at most 48')
  .refine((name) => !name.startsWith('event_'), 'event_… is how events of feedback are called; take another name');

const Family = z.enum(['rate', 'score', 'number']);
const Better = z.enum(['higher', 'lower']);

/**
 * A metric whose values clients post by exchange id, as the routing view has it: `rate` (yes or no), `score` (on a scale from `min` to
 * `max`), `number` (a quantity from 0 to `max`).
 */
export const OwnMetric = z
  .object({ name: z.string(), family: Family, better: Better, min: z.number(), max: z.number() })
  .meta({ id: 'OwnMetric' });
export type OwnMetric = z.infer<typeof OwnMetric>;

/** The same as an agent's document declares it. */
const DeclaredMetric = z
  .strictObject({
    name: MetricName,
    family: Family,
    better: Better.default('higher'),
    /** Of a score: its scale; of a number: what no value is above. */
    min: z.number().default(0),
    max: z.number().positive().max(MAX_NUMBER).optional(),
  })
  .check(({ value: { family, better, min, max }, issues }) => {
    const refuse = (path: string, message: string): void =>
      void issues.push({ code: 'custom', path: [path], message, input: path });
    if (family !== 'score' && min !== 0) refuse('min', 'is for scores alone');
    if (family === 'rate' && max !== undefined) refuse('max', 'has no place in a rate, whose values are yes and no');
    if (family === 'score' && min >= (max ?? 1)) refuse('max', 'must be above min');
    if (family === 'number' && better !== 'lower')
      refuse('better', 'must be `lower` for a number; one of which more is better is a `score` with min and max');
  });

export const DeclaredMetrics = z
  .array(DeclaredMetric)
  .max(MAX_OWN_METRICS)
  .refine((metrics) => new Set(metrics.map(({ name }) => name)).size === metrics.length, 'has two metrics of one name')
  .default([]);

export const ownMetric = ({ max, ...declared }: z.infer<typeof DeclaredMetric>): OwnMetric => ({
  ...declared,
  max: max ?? (declared.family === 'number' ? MAX_NUMBER : 1),
});
