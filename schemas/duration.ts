import { z } from 'zod';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof UNIT_MS;
const LARGEST_FIRST: readonly Unit[] = ['d', 'h', 'm', 's'];

/** `250ms`, `10s`, `30m`, `2h`, `7d` in a document; milliseconds in code. Written in the largest unit that is whole. */
export const Duration = z.codec(
  z.string().regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'a duration like 250ms, 10s, 30m, 2h or 7d'),
  z.number().nonnegative(),
  {
    decode: (text) => {
      const [, amount, unit] = /^([\d.]+)(ms|s|m|h|d)$/.exec(text)!;
      return Math.round(Number(amount) * UNIT_MS[unit as Unit]);
    },
    encode: (ms) => {
      const unit = LARGEST_FIRST.find((unit) => ms > 0 && ms % UNIT_MS[unit] === 0) ?? 'ms';
      return `${ms / UNIT_MS[unit]}${unit}`;
    },
  },
);
