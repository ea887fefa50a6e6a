/** A moment to the second, as logs have it. */
export const momentText = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const;

/** How long, in the largest unit of which there is one: `3d`, `12s`. */
export const spanText = (ms: number): string => {
  const [unit, sizeMs] = UNITS.find(([, size]) => ms >= size) ?? ['s', 1_000];
  return `${Math.max(0, Math.floor(ms / sizeMs))}${unit}`;
};
