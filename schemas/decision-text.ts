/** Three digits of it, or `none`. */
export const numberText = (value: number | null): string =>
  value === null ? 'none' : String(Number(value.toPrecision(3)));

/** e^logE, readable. */
export const eText = (logE: number): string => (logE > 14 ? `e^${logE.toFixed(1)}` : numberText(Math.exp(logE)));
