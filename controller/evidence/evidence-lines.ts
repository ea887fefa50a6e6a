import type { EvidenceHistory, EvidenceLine } from '../../schemas/evidence-api.ts';
import type { Look } from './evidence-series.ts';

/** Of looks at one time the last. */
const inOrder = (looks: readonly Look[]): Look[] =>
  [...new Map(looks.map((look) => [look.timeMs, look])).values()].sort((a, b) => a.timeMs - b.timeMs);

/** Looks as lines over time, one for each metric, slice, arm and phase. */
export const linesOf = (
  looks: readonly Look[],
  isWanted: (line: Pick<EvidenceLine, 'metric' | 'slice'>) => boolean,
): Pick<EvidenceHistory, 'logThreshold' | 'whole' | 'lines'> => {
  const lines = new Map<string, EvidenceLine>();
  const sorted = inOrder(looks);
  for (const { timeMs, evidence } of sorted)
    for (const { metric, slice, arm, phase, pairsWorse: _worse, pairsBetter: _better, ...figures } of evidence) {
      if (!isWanted({ metric, slice })) continue;
      const name = JSON.stringify([metric, slice, arm, phase]);
      const line = lines.get(name) ?? { metric, slice, arm, phase, points: [] };
      lines.set(name, line);
      line.points.push({ timeMs, ...figures });
    }
  return {
    logThreshold: sorted.at(-1)?.logThreshold ?? null,
    whole: sorted.map(({ timeMs, logE }) => ({ timeMs, logE })),
    lines: [...lines.values()],
  };
};
