import {
  initialMerge,
  type MergeCounts,
  type MergeState,
  type Partial,
  putPartial,
  type TopicProgress,
} from './merge-fold.ts';

type PackedMerge = {
  offset: number;
  counts: MergeCounts;
  topics: [name: string, progress: TopicProgress][];
  partials: Partial[];
};

const byText = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
const byNumber = ([a]: readonly [number, unknown], [b]: readonly [number, unknown]): number => a - b;

/** The state as canonical JSON: equal states are equal text. */
export const packMerge = (state: MergeState): string => {
  const packed: PackedMerge = {
    offset: state.offset,
    counts: state.counts,
    topics: [...state.topics].sort(byText),
    partials: [...state.cells]
      .sort(byText)
      .flatMap(([, starts]) => [...starts].sort(byNumber))
      .flatMap(([, keys]) => [...keys].sort(byText))
      .flatMap(([, parts]) => [...parts].sort(byNumber))
      .map(([, partial]) => partial),
  };
  return JSON.stringify(packed);
};

export const unpackMerge = (text: string): MergeState => {
  const packed: PackedMerge = JSON.parse(text);
  const state: MergeState = { ...initialMerge(), offset: packed.offset, topics: new Map(packed.topics) };
  for (const partial of packed.partials) putPartial(state, partial);
  state.counts = packed.counts;
  return state;
};
