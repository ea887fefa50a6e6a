/** As many holes as one source may have open; older ones are given up as lost. */
const MAX_GAPS = 1_024;

/**
 * Which numbers of one source were seen: all up to `highest` but those in `missing` (ranges, both ends inclusive, in
 * order). It is what a bitmap would hold, but exact at any distance and nothing at all while nothing is lost.
 * `settledThrough` is the number up to which a tick said that all had been written: what is missing there is lost.
 */
export type SeenSequences = {
  highest: number;
  missing: [from: number, to: number][];
  settledThrough: number;
  /** Up to here it is unknown what was seen before we came; what is missing there is not lost. */
  unknownThrough: number;
  /** Lost numbers of holes that were given up before a tick could settle them. */
  givenUp: number;
};

/** A source whose numbers up to the given one may have stood in a part of the log that is gone. */
export const unknownThrough = (sequence: number): SeenSequences => ({
  highest: sequence,
  missing: sequence > 0 ? [[1, sequence]] : [],
  settledThrough: sequence,
  unknownThrough: sequence,
  givenUp: 0,
});

const sizeAbove = ([from, to]: [number, number], floor: number): number => Math.max(0, to - Math.max(from - 1, floor));

const openHole = (seen: SeenSequences, from: number, to: number): void => {
  if (to < from) return;
  seen.missing.push([from, to]);
  if (seen.missing.length <= MAX_GAPS) return;
  seen.givenUp += sizeAbove(seen.missing.shift()!, seen.settledThrough);
};

/** Takes one event's number. `again` was seen before (or given up), `found` had been counted as lost. */
export const seeSequence = (seen: SeenSequences, sequence: number): 'new' | 'found' | 'again' => {
  if (sequence > seen.highest) {
    openHole(seen, seen.highest + 1, sequence - 1);
    seen.highest = sequence;
    return 'new';
  }
  const at = seen.missing.findIndex(([from, to]) => from <= sequence && sequence <= to);
  if (at < 0) return 'again';
  const [from, to] = seen.missing[at]!;
  const rest: [number, number][] = [];
  if (from < sequence) rest.push([from, sequence - 1]);
  if (sequence < to) rest.push([sequence + 1, to]);
  seen.missing.splice(at, 1, ...rest);
  return sequence <= seen.settledThrough && sequence > seen.unknownThrough ? 'found' : 'new';
};

/** Takes a tick's number: all events up to it stand before the tick. Returns how many are newly known to be lost. */
export const settleSequence = (seen: SeenSequences, through: number): number => {
  openHole(seen, seen.highest + 1, through);
  seen.highest = Math.max(seen.highest, through);
  if (through <= seen.settledThrough) return 0;
  let lost = seen.givenUp;
  for (const [from, to] of seen.missing) lost += sizeAbove([from, Math.min(to, through)], seen.settledThrough);
  seen.givenUp = 0;
  seen.settledThrough = through;
  return lost;
};
