import type { Decision, Evidence } from './decision.ts';
import { ALL } from './window.ts';

/** What an explanation is made of; a decision is one, and so is the live view of a rollout. */
export type Explained = Pick<
  Decision,
  'reason' | 'metric' | 'slice' | 'logE' | 'logThreshold' | 'bounded' | 'windowKeys'
> & { evidence: readonly Evidence[] };

const SHOWN_KEYS = 5;
const HEADER = [
  'metric',
  'slice',
  'candidate (n)',
  'stable (n)',
  'difference [limits]',
  'e against',
  'e for',
  'weight',
];

/**
 * Evidence in words: why, the evidence against 1/α, one line for each metric and slice (the arms' values with their numbers,
 * the difference with its anytime-valid limits, the e-values against and for the candidate, the weight in E), and the windows
 * that the deciding metric rests on. `allKeys` names every window that was kept.
 */
export const explanationText = (explained: Explained, allKeys = false): string => {
  const { reason, metric, slice, logE, logThreshold, bounded, evidence, windowKeys } = explained;
  const decided =
    metric === null ? [] : [`decided by  ${metric}${slice === null || slice === ALL ? '' : ` on ${slice}`}`];
  const against =
    logE === null || logThreshold === null
      ? []
      : [`evidence    E = ${eText(logE)} against 1/α = ${eText(logThreshold)}${bounded ? '' : ' (no bounded error)'}`];
  const shown = allKeys ? windowKeys : windowKeys.slice(-SHOWN_KEYS);
  const more = windowKeys.length - shown.length;
  const keys = shown.map((key, i) => `${i === 0 ? 'windows   ' : '          '}  ${key}`);
  return [
    `why         ${reason}`,
    ...decided,
    ...against,
    ...(evidence.length === 0 ? [] : ['', ...table([HEADER, ...evidence.map(cells)]), '']),
    ...keys,
    ...(more > 0 ? [`            and ${more} earlier ones`] : []),
  ].join('\n');
};

const cells = (entry: Evidence): string[] => {
  const { metric, slice, candidateValue, candidateCount, stableValue, stableCount, logE, logProof, weight } = entry;
  const { difference, lower, upper } = entry;
  const limits = lower === null || upper === null ? '' : ` [${numberText(lower)}, ${numberText(upper)}]`;
  return [
    metric,
    slice === ALL ? '' : slice,
    `${numberText(candidateValue)} (${candidateCount})`,
    `${numberText(stableValue)} (${stableCount})`,
    difference === null ? '' : `${numberText(difference)}${limits}`,
    logE === null ? '' : eText(logE),
    logProof === null ? '' : eText(logProof),
    numberText(weight),
  ];
};

const table = (rows: readonly string[][]): string[] => {
  const widths = HEADER.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

/** Three digits of it, or `none`. */
export const numberText = (value: number | null): string =>
  value === null ? 'none' : String(Number(value.toPrecision(3)));

/** e^logE, readable. */
export const eText = (logE: number): string => (logE > 14 ? `e^${logE.toFixed(1)}` : numberText(Math.exp(logE)));
