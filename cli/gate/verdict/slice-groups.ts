import { MAX_SLICE_VALUES, OTHER } from '../../../schemas/routing-view.ts';
import type { CasePair } from './case-pairs.ts';

/** Of fewer clusters nothing could be proven beside other slices: ½^10 is a thousandth. They are held apart together. */
const MIN_CLUSTERS = 10;

/** The questions of one label's value, or of its many small ones together (`_other`); all questions where `slice` is null. */
export type SliceGroup = { slice: { label: string; value: string } | null; cases: readonly CasePair[] };

const groupsOf = (label: string, cases: readonly CasePair[]): SliceGroup[] => {
  const byValue = Map.groupBy(
    cases.filter(({ slices }) => Object.hasOwn(slices, label)),
    ({ slices }) => slices[label]!,
  );
  const sized = [...byValue]
    .map(([value, cases]) => ({ value, cases, clusters: new Set(cases.map(({ cluster }) => cluster)).size }))
    .sort((a, b) => b.clusters - a.clusters || (a.value < b.value ? -1 : 1));
  const isNamed = ({ clusters }: { clusters: number }, i: number): boolean =>
    clusters >= MIN_CLUSTERS && i < MAX_SLICE_VALUES;
  const small = sized.filter((one, i) => !isNamed(one, i)).flatMap(({ cases }) => cases);
  return [
    ...sized.filter(isNamed).map(({ value, cases }) => ({ slice: { label, value }, cases })),
    ...(small.length > 0 ? [{ slice: { label, value: OTHER }, cases: small }] : []),
  ];
};

/** All questions, and then each slice of them, the largest of a label first. By the questions alone, whatever was measured. */
export const sliceGroups = (labels: readonly string[], cases: readonly CasePair[]): SliceGroup[] => [
  { slice: null, cases },
  ...labels.flatMap((label) => groupsOf(label, cases)),
];
