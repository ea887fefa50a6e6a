import { lineOf, without } from './scan.ts';
import { isSource, isTest, SERVICES, type Tree } from './tree.ts';

/** What makes a function's result depend on more than its arguments. */
const IMPURE =
  /\bnew Date\b|\bDate\s*[.(]|\bMath\.random\b|\bprocess\b\s*[.[]|\bperformance\b\s*\.|\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bfetch\s*\(|\bconsole\b\s*\.|\brandom(?:UUID|Bytes|Int)\b|\basync\b|\bawait\b/g;

const isCore = (file: string): boolean =>
  SERVICES.some((service) => file.startsWith(`${service}/core/`)) && isSource(file) && !isTest(file);

/** Clocks, chance and I/O inside a service's core, as lines `file:line: what`. */
export const impurities = (tree: Tree): string[] =>
  [...tree]
    .filter(([file]) => isCore(file))
    .flatMap(([file, text]) => {
      const code = without(text, ['comment', 'string']);
      return [...code.matchAll(IMPURE)].map(
        (match) => `${file}:${lineOf(code, match.index)}: core is pure; pass it in instead of \`${match[0].trim()}\``,
      );
    });
