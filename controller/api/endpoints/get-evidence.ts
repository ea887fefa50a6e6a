import { unknown } from '../../commands/refusal.ts';
import { linesOf } from '../../evidence/evidence-lines.ts';
import { figuresOf, type Look } from '../../evidence/evidence-series.ts';
import type { Handler } from './handler.ts';

const ALL_KNOWN = 500;

export const getEvidence: Handler<'getEvidence'> = async (controller, { params, query }, { person }) => {
  const view = controller.rollout(params.name, person.sees);
  if (view === null) return { refusal: unknown(`there is no rollout ${params.name}`) };
  const { id, agent, live, streamTimeMs, metrics, logE, logThreshold } = view;
  const seen = controller.looks(id);
  const decided = (controller.decisions(agent, ALL_KNOWN, id) ?? [])
    .filter(({ evidence, windowsThroughMs }) => evidence.length > 0 && windowsThroughMs > 0)
    .map((d): Look => ({ ...d, timeMs: d.windowsThroughMs, evidence: d.evidence.map(figuresOf) }));
  const now: Look[] =
    live && streamTimeMs !== null && streamTimeMs > 0
      ? [{ timeMs: streamTimeMs, logE, logThreshold, evidence: metrics.map(figuresOf) }]
      : [];
  const isWanted = ({ metric, slice }: { metric: string; slice: string }): boolean =>
    (query.metric ?? metric) === metric && (query.slice ?? slice) === slice;
  const source = seen.length + now.length > 0 ? 'windows' : 'decisions';
  return { ok: { rollout: id, agent, source, ...linesOf([...seen, ...decided, ...now], isWanted) } };
};
