import type { Decision, Evidence } from '../../schemas/decision.ts';
import { eText, numberText } from '../../schemas/decision-text.ts';
import { limitsNote, limitsText, phaseOf } from '../../schemas/sentence/comparison.ts';
import { decidingEntry } from '../../schemas/sentence/verdict.ts';
import { ALL } from '../../schemas/whole-slice.ts';

/** What is told in detail; a decision is one, and so is the live view of a rollout. */
export type Detailed = Pick<Decision, 'metric' | 'slice' | 'logE' | 'logThreshold' | 'bounded' | 'windowKeys'> & {
  evidence: Evidence[];
};

const SHOWN_KEYS = 5;

const entryLine = (entry: Evidence): string => {
  const where = entry.slice === ALL ? '' : ` on ${entry.slice}`;
  const limits = limitsText(entry);
  const difference = limits === '' ? '' : `; difference ${limits}`;
  return `  ${entry.metric}${where} in ${phaseOf(entry)}, ${entry.rule}, weight ${numberText(entry.weight)}${difference}; ${entry.detail}`;
};

/**
 * All numbers behind a sentence: E against 1/α, each row's rule, weight, difference with its limits and what it is held against, and the
 * windows that the deciding metric rests on. Limits that hold 0 beside a verdict are explained. `allKeys` names every window that was kept.
 */
export const detailLines = (detailed: Detailed, allKeys: boolean): string[] => {
  const { metric, logE, logThreshold, bounded, evidence, windowKeys } = detailed;
  const deciding = metric === null ? undefined : decidingEntry(detailed);
  const note = deciding === undefined ? null : limitsNote(deciding);
  const shown = allKeys ? windowKeys : windowKeys.slice(-SHOWN_KEYS);
  const more = windowKeys.length - shown.length;
  return [
    ...(logE === null || logThreshold === null
      ? []
      : [`E = ${eText(logE)} against 1/α = ${eText(logThreshold)}${bounded ? '' : ' (no bounded error)'}`]),
    ...evidence.filter(({ candidateCount }) => candidateCount > 0).map(entryLine),
    ...(note === null ? [] : [note]),
    ...(shown.length === 0 ? [] : ['windows', ...shown.map((key) => `  ${key}`)]),
    ...(more > 0 ? [`  and ${more} earlier ones`] : []),
  ];
};
