import type { Evidence } from '../../schemas/decision.ts';
import { phaseOf, type Sides } from '../../schemas/sentence/comparison.ts';
import { countText, strengthText, valueText } from '../../schemas/sentence/figures.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { tableLines } from '../output/table.ts';

/** Of a shadow the pairs in which it was worse and better; else an arm's value with its sample size. */
const candidateCell = ({ metric, candidateValue, candidateCount, pairsWorse, pairsBetter }: Evidence): string =>
  pairsWorse !== null && pairsBetter !== null
    ? `${pairsWorse} worse, ${pairsBetter} better of ${countText(candidateCount)}`
    : valueCell(metric, candidateValue, candidateCount);

const valueCell = (metric: string, value: number | null, count: number): string =>
  value === null ? '' : `${valueText(metric, value)} (${countText(count)})`;

const strengthCell = (logE: number | null): string => (logE === null ? '' : strengthText(logE));

/** What arms an entry of an experiment compares stands in its detail alone. */
const armsOf = ({ detail }: Evidence): string => detail.split(', ')[0] ?? '';

const rowOf = (entry: Evidence, isExperiment: boolean): string[] => [
  entry.metric,
  isExperiment ? armsOf(entry) : phaseOf(entry),
  entry.slice === ALL ? '' : entry.slice,
  candidateCell(entry),
  // Stable's value beside a shadow is of all live answers, and of no pair.
  entry.pairsWorse === null ? valueCell(entry.metric, entry.stableValue, entry.stableCount) : '',
  strengthCell(entry.logE),
  strengthCell(entry.logProof),
];

/** What of the evidence is shown: `slices` all of them, else only the one that decided, if one did. */
export type Shown = {
  isExperiment: boolean;
  slices: boolean;
  decided: { metric: string | null; slice: string | null };
};

/**
 * One line for each metric and phase that has a value, and one that names those that have none. "Against" is the evidence that
 * the candidate is worse, "for" that it is good enough to promote.
 */
export const evidenceLines = (
  evidence: readonly Evidence[],
  sides: Sides,
  { isExperiment, slices, decided }: Shown,
): string[] => {
  const [seen, unseen] = [evidence.filter((e) => e.candidateCount > 0), evidence.filter((e) => e.candidateCount === 0)];
  const head = isExperiment
    ? ['metric', 'arms', 'slice', 'arm (n)', 'control (n)']
    : ['metric', 'in', 'slice', `${sides.candidate} (n)`, `${sides.stable} (n)`];
  const rows = seen.filter(
    ({ metric, slice }) => slices || slice === ALL || (metric === decided.metric && slice === decided.slice),
  );
  const known = new Set(seen.map(({ metric }) => metric));
  const names = [...new Set(unseen.map(({ metric }) => metric).filter((metric) => !known.has(metric)))];
  const hidden = seen.length - rows.length;
  return [
    ...(rows.length === 0
      ? []
      : tableLines(
          [...head, 'against', 'for'],
          rows.map((e) => rowOf(e, isExperiment)),
          { dropEmpty: true },
        )),
    ...(names.length === 0 ? [] : [`no value yet: ${names.join(', ')}`]),
    ...(hidden === 0 ? [] : [`and ${hidden} ${hidden === 1 ? 'row' : 'rows'} of slices (--details)`]),
  ];
};
