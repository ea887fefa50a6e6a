import { MICRO } from '../../schemas/window.ts';

/** Beyond this a value is taken for broken rather than large: in seconds it is thirty years. */
export const LARGEST_VALUE = 1e9;

/** The value in micro-units, rounded to the nearest; undefined if it is not finite or beyond ±1e9. */
export const toMicro = (value: number): number | undefined =>
  Number.isFinite(value) && Math.abs(value) <= LARGEST_VALUE ? Math.round(value * MICRO) + 0 : undefined;

/**
 * The sum of two safe integers. It saturates at ±(2^53 − 1) instead of losing digits, so a sum that stands exactly there
 * is to be read as "at least". For values of one sign the order of additions makes no difference.
 */
export const addMicro = (a: number, b: number): number =>
  Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, a + b));

/** The square of a value, both in micro-units: rounded, and saturating. */
export const squareMicro = (micro: number): number =>
  Math.min(Number.MAX_SAFE_INTEGER, Math.round((micro / MICRO) * micro));
