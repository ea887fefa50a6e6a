import type { Evidence } from '../../schemas/decision.ts';
import { type Phase, phaseOf } from '../../schemas/sentence/comparison.ts';

/** So many looks are kept of a rollout, whatever it takes. */
export const MAX_LOOKS = 400;

/** An entry without what is said of it in words, which would take most of the room. */
type Figures = Omit<Evidence, 'rule' | 'detail' | 'weight'> & { phase: Phase };

/** What a rollout's evidence was at one time of its windows. */
export type Look = { timeMs: number; logE: number | null; logThreshold: number | null; evidence: readonly Figures[] };

export const figuresOf = ({ rule, detail: _detail, weight: _weight, ...figures }: Evidence): Figures => ({
  ...figures,
  phase: phaseOf({ rule }),
});

/** A rollout's evidence over time, at most one look in each span of `everyMs`. */
export type EvidenceSeries = { everyMs: number; looks: readonly Look[] };

export const NO_LOOKS: EvidenceSeries = { everyMs: 0, looks: [] };

const spanOf = (timeMs: number, everyMs: number): number => Math.floor(timeMs / everyMs);

/** The first look of each span. */
const firstOfEach = (looks: readonly Look[], everyMs: number): Look[] =>
  looks.filter((look, i) => i === 0 || spanOf(looks[i - 1]!.timeMs, everyMs) !== spanOf(look.timeMs, everyMs));

/**
 * The series with a look at `timeMs`, if it is the first in its span; else as it was, and `look` is not asked, for it takes milliseconds.
 * Spans are a window long at first, and twice as long whenever there are too many looks. The same windows give the same series.
 */
export const addLook = (
  series: EvidenceSeries,
  { timeMs, windowMs }: { timeMs: number; windowMs: number },
  look: () => Omit<Look, 'timeMs'>,
): EvidenceSeries => {
  const everyMs = Math.max(series.everyMs, windowMs, 1);
  const last = series.looks.at(-1);
  if (last !== undefined && spanOf(timeMs, everyMs) <= spanOf(last.timeMs, everyMs)) return series;
  const looks = [...series.looks, { ...look(), timeMs }];
  if (looks.length <= MAX_LOOKS) return { everyMs, looks };
  return { everyMs: 2 * everyMs, looks: firstOfEach(looks, 2 * everyMs) };
};
