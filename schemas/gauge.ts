import { z } from 'zod';
import { EpochMs } from './envelope.ts';

/** A number that coalmine does not measure itself: how busy the machines are, what they cost. The latest by its own time counts. */
export const GaugeValue = z
  .object({
    agent: z.string().min(1),
    /** The version that it is of; '' of the agent as a whole. */
    version: z.string(),
    gauge: z.string().min(1),
    value: z.number(),
    unit: z.string(),
    by: z.string(),
    /** Of the value; 0 of a gauge that could not be read so far, whose value says nothing. */
    timeMs: EpochMs,
    /** Of a gauge that the controller reads itself: why the last attempt gave no value. */
    problem: z.string().nullable(),
  })
  .meta({ id: 'GaugeValue' });
export type GaugeValue = z.infer<typeof GaugeValue>;

/** A value that is older than this says nothing: a limit on it holds its rollout. */
export const GAUGE_STALE_MS = 300_000;

export const gaugeKey = ({ agent, version, gauge }: Pick<GaugeValue, 'agent' | 'version' | 'gauge'>): string =>
  `${agent}|${version}|${gauge}`;
