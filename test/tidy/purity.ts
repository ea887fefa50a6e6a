import { lineOf, without } from './scan.ts';

/** What makes a function's result depend on more than its arguments. */
const IMPURE =
  /\bnew Date\b|\bDate\s*[.(]|\bMath\.random\b|\bprocess\b\s*[.[]|\bperformance\b\s*\.|\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bfetch\s*\(|\bconsole\b\s*\.|\brandom(?:UUID|Bytes|Int)\b|\basync\b|\bawait\b/g;

/** Clocks, chance and I/O in a source text, each with its line. */
export const impuritiesIn = (text: string): { line: number; what: string }[] => {
  const code = without(text, ['comment', 'string']);
  return [...code.matchAll(IMPURE)].map((match) => ({ line: lineOf(code, match.index), what: match[0].trim() }));
};
