import { z } from 'zod';
import { CONTROLLER } from '../../schemas/actor.ts';
import type { GaugeValue } from '../../schemas/gauge.ts';
import { type ScrapedGauge, ScrapedGauges } from '../../schemas/scraped-gauge.ts';
import type { AgentState } from '../rollout/agent-log.ts';
import { type CheckAnswer, readNumber } from '../rollout/prometheus.ts';

const OfGauges = z.object({ spec: z.object({ gauges: ScrapedGauges }) });

/** The gauges that the agent's document wants read. */
export const scrapedGaugesOf = ({ document }: Pick<AgentState, 'document'>): readonly ScrapedGauge[] => {
  const stored: unknown = JSON.parse(document ?? 'null');
  return OfGauges.safeParse(stored).data?.spec.gauges ?? [];
};

export const valueKeyOf = (agent: string, { name, version = '' }: ScrapedGauge) => ({ agent, version, gauge: name });

/**
 * What an answer makes of a gauge; null where it is the same trouble as before. One that could not be read keeps the value that it had, with
 * that one's time: so it is stale when it is old.
 */
export const readGauge = (
  agent: string,
  gauge: ScrapedGauge,
  answer: CheckAnswer,
  { before, nowMs }: { before: GaugeValue | undefined; nowMs: number },
): GaugeValue | null => {
  const read = readNumber(answer);
  const about = { ...valueKeyOf(agent, gauge), unit: gauge.unit, by: CONTROLLER };
  if (typeof read === 'number') return { ...about, value: read, timeMs: nowMs, problem: null };
  if (before?.problem === read) return null;
  return { ...about, value: 0, timeMs: 0, ...before, problem: read };
};
