import { CONTROLLER } from '../../schemas/actor.ts';
import { GAUGE_STALE_MS, gaugeKey, type GaugeValue } from '../../schemas/gauge.ts';
import type { LimitSpec } from '../../schemas/limit-spec.ts';
import { boundOf } from '../../schemas/limit-spec.ts';
import { numberText } from '../../schemas/decision-text.ts';
import type { GaugeView } from '../../schemas/watching-api.ts';

/** The latest value of each outside gauge, by its own time. */
export type Gauges = ReadonlyMap<string, GaugeValue>;

/** So many are kept, over all agents. */
export const MAX_GAUGES = 10_000;

/** A value that comes late, or twice, changes nothing; nor does a new gauge beyond what is kept. */
export const takeGauge = (gauges: Map<string, GaugeValue>, value: GaugeValue): void => {
  const key = gaugeKey(value);
  const before = gauges.get(key);
  if (before === undefined ? gauges.size < MAX_GAUGES : value.timeMs >= before.timeMs) gauges.set(key, value);
};

/** Of a version, else of its agent as a whole. */
export const gaugeFor = (
  gauges: Gauges,
  of: { agent: string; version: string; gauge: string },
): GaugeValue | undefined => gauges.get(gaugeKey(of)) ?? gauges.get(gaugeKey({ ...of, version: '' }));

const isStale = ({ timeMs }: GaugeValue, nowMs: number): boolean => nowMs - timeMs > GAUGE_STALE_MS;

/** What is wrong with a gauge whose value says nothing, with what its reader met. */
const staleText = ({ gauge, timeMs, by, problem }: GaugeValue, nowMs: number): string => {
  const why = problem === null ? '' : `: ${problem}`;
  if (timeMs === 0) return `no data: ${gauge} could not be read${why}`;
  return `no data: ${gauge} was ${by === CONTROLLER ? 'read' : 'posted'} last ${Math.round((nowMs - timeMs) / 1_000)} s ago${why}`;
};

export type GaugeCheck = { kind: 'holds' } | { kind: 'broken'; reason: string } | { kind: 'stale'; reason: string };

/** A gauge held against its limit. A value of long ago says nothing: it neither stops a rollout nor lets it go on. */
export const checkGauge = (
  gauges: Gauges,
  limit: LimitSpec & { gauge: string },
  { agent, version, nowMs }: { agent: string; version: string; nowMs: number },
): GaugeCheck => {
  const { gauge } = limit;
  const found = gaugeFor(gauges, { agent, version, gauge });
  if (found === undefined) return { kind: 'stale', reason: `no data: nobody has posted ${gauge} yet` };
  const { value } = found;
  if (isStale(found, nowMs)) return { kind: 'stale', reason: staleText(found, nowMs) };
  const { bound, written } = boundOf(limit);
  const allowed = Number(written);
  const isBroken = bound === 'min' ? value < allowed : value > allowed;
  if (!isBroken) return { kind: 'holds' };
  const unit = found.unit === '' ? '' : ` ${found.unit}`;
  const side = bound === 'min' ? 'below' : 'above';
  return {
    kind: 'broken',
    reason: `gauge ${gauge}: ${numberText(value)}${unit} is ${side} ${numberText(allowed)} (${bound} ${numberText(allowed)}); an absolute limit, no bounded error`,
  };
};

/** As views show it; one that could never be read has neither value nor time. */
export const gaugeView = (gauge: GaugeValue, nowMs: number): GaugeView => {
  const { agent: _, value, timeMs, ...about } = gauge;
  const isRead = timeMs > 0;
  return { ...about, value: isRead ? value : null, timeMs: isRead ? timeMs : null, isStale: isStale(gauge, nowMs) };
};

export const gaugeViews = (gauges: Gauges, agent: string, nowMs: number): GaugeView[] =>
  [...gauges.values()].filter((one) => one.agent === agent).map((one) => gaugeView(one, nowMs));
