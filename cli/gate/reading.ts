import type { Measured, Value } from './measured.ts';

/** What one side's answers to one question say of one metric, all repeats together. */
export type Reading = {
  /** The mean over the repeats that have a value; null where none has. */
  mean: number | null;
  /** By repeat; null where it has no value. */
  byRepeat: readonly (number | null)[];
  /** Some repeat should have had a value and has none. */
  isMissing: boolean;
};

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const NOT_MEASURED: Value = { absent: 'error', reason: 'was not measured' };

/** Beyond it sums lose what is added to them. */
const MAX_SIZE = 1e15;

/** A value that is no number, or of no size that anything has, is none: nothing could be told from it. */
const valueIn = ({ values }: Measured, name: string): number | 'not_applicable' | 'error' => {
  const value = Object.hasOwn(values, name) ? values[name]! : NOT_MEASURED;
  if ('absent' in value) return value.absent;
  return Math.abs(value.value) <= MAX_SIZE ? value.value : 'error';
};

/**
 * Of the first `repeats` of one side's answers to a question. A repeat that was never asked is missing, so a question that was not asked
 * at all is. `scaled` is what is taken the mean of.
 */
export const readingOf = (
  side: readonly Measured[],
  name: string,
  repeats: number,
  scaled: (value: number) => number = (value) => value,
): Reading => {
  const found = Array.from({ length: repeats }, (_, repeat) => {
    const one = side.find((one) => one.repeat === repeat);
    return one === undefined ? 'error' : valueIn(one, name);
  });
  const byRepeat = found.map((value) => (typeof value === 'number' ? scaled(value) : null));
  const values = byRepeat.filter((value) => value !== null);
  return { mean: values.length === 0 ? null : meanOf(values), byRepeat, isMissing: found.includes('error') };
};
