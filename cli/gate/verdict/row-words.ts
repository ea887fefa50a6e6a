import { metricOrRubric } from '../../../schemas/metrics.ts';
import { sliceText } from '../../../schemas/sentence/comparison.ts';
import { countText, plainText, shareText, valueText } from '../../../schemas/sentence/figures.ts';
import type { Counts, GateRow } from './gate-row.ts';

type Named = Pick<GateRow, 'name' | 'isCheck'>;

/** "tool_accuracy where category is irrelevance". */
export const subjectText = ({ name, slice }: Pick<GateRow, 'name' | 'slice'>): string =>
  slice === null ? name : `${name}${sliceText(`${slice.label}=${slice.value}`)}`;

export const amountText = ({ name, isCheck }: Named, value: number): string =>
  isCheck ? shareText(value) : valueText(name, value);

const SMALLEST_P = 0.0001;
export const chanceOf = (p: number): string =>
  p < SMALLEST_P ? `p < ${SMALLEST_P}` : `p = ${Number(p.toPrecision(2))}`;

export const percentText = (pct: number): string => `${plainText(pct)} %`;

/** "[n=500 in 40 clusters]". */
export const sizeText = ({ used, clusters }: Counts): string =>
  `[n=${countText(used)}${clusters < used ? ` in ${countText(clusters)} clusters` : ''}]`;

const questions = (count: number): string => `${countText(count)} question${count === 1 ? '' : 's'}`;

/** What could not be used, each with its number: '' of nothing. */
export const leftOutText = ({ missing, onlyBaseline, onlyCandidate }: Counts): string =>
  [
    missing > 0 ? `; ${questions(missing)} could not be measured` : '',
    onlyBaseline + onlyCandidate > 0
      ? `; it applies to the baseline alone in ${questions(onlyBaseline)} and to the candidate alone in ${questions(onlyCandidate)}`
      : '',
  ].join('');

/** Which way a drop goes: of metrics better low it is a rise. */
export const directionText = ({ name, isCheck }: Named, isWorse: boolean): 'fell' | 'rose' => {
  const better = isCheck ? 'higher' : metricOrRubric(name).better;
  return (better === 'higher') === isWorse ? 'fell' : 'rose';
};
