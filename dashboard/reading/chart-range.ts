/** So much room above and below that a note fits over the highest line. */
const MARGIN = 0.16;
/** Before this part of its time little was known, and limits were wide. */
const WARM_UP = 1 / 3;

type Drawn = { values: readonly (number | null)[]; isLimit?: boolean };

/**
 * From where to where a chart of a difference shows its values: all of the difference, and the limits once there was time to learn
 * anything; those of the first looks would leave nothing else to see. What is less than `floor` counts as much. Undefined without any value.
 */
export const rangeOf = (lines: readonly Drawn[], floor = -Infinity): [low: number, high: number] | undefined => {
  const shown = lines.flatMap(({ values, isLimit }) =>
    values
      .slice(isLimit ? Math.floor(values.length * WARM_UP) : 0)
      .flatMap((value) => (value === null ? [] : [Math.max(floor, value)])),
  );
  if (shown.length === 0) return undefined;
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const margin = MARGIN * (high - low || Math.abs(high) || 1);
  return [low - margin, high + margin];
};
