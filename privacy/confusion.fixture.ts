import type { LabelledLine } from './labelled-lines.fixture.ts';
import { PII_KINDS } from './pii-hit.ts';
import type { PiiKind } from './pii-hit.ts';
import { editsOf } from './redact.ts';

/** Of lines: `truePositives` have something of the kind and all of it was found. */
type Confusion = {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
  precision: number;
  recall: number;
};

type Misjudged = { text: string; kind: PiiKind; what: 'missed' | 'not personal'; outOfReach: string | null };

type Found = { kind: string; start: number; end: number };

/** Half a number blanked is a number half told: only a place that is covered from end to end counts as found. */
const covers = (found: readonly Found[], wanted: Found): boolean =>
  found.some(({ kind, start, end }) => kind === wanted.kind && start <= wanted.start && end >= wanted.end);

/** What is found where nothing is, or reaches more than a character beyond what is there. */
const isFalse = (wanted: readonly Found[], { kind, start, end }: Found): boolean =>
  !wanted.some((w) => w.kind === kind && start >= w.start - 1 && end <= w.end + 1);

const ratio = (part: number, other: number): number => (part + other === 0 ? 1 : part / (part + other));

/** The confusion matrix of the redaction over labelled lines, by kind, and each line that it misjudged. */
export const confusionOf = (
  lines: readonly LabelledLine[],
): { byKind: Record<PiiKind, Confusion>; misjudged: Misjudged[] } => {
  const misjudged: Misjudged[] = [];
  const judged = lines.map((line) => ({ ...line, found: editsOf(line.text) }));
  const confusionFor = (kind: PiiKind): Confusion => {
    const counts = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
    for (const { text, expected, outOfReach, found } of judged) {
      const wanted = expected.filter((hit) => hit.kind === kind);
      const isWrong = found.some((hit) => hit.kind === kind && isFalse(wanted, hit));
      const isMissed = !wanted.every((hit) => covers(found, hit));
      if (isWrong) misjudged.push({ text, kind, what: 'not personal', outOfReach });
      if (isMissed) misjudged.push({ text, kind, what: 'missed', outOfReach });
      counts.falsePositives += isWrong ? 1 : 0;
      if (wanted.length > 0) counts[isMissed ? 'falseNegatives' : 'truePositives'] += 1;
      else if (!isWrong) counts.trueNegatives += 1;
    }
    return {
      ...counts,
      precision: ratio(counts.truePositives, counts.falsePositives),
      recall: ratio(counts.truePositives, counts.falseNegatives),
    };
  };
  const byKind = Object.fromEntries(PII_KINDS.map((kind) => [kind, confusionFor(kind)])) as Record<PiiKind, Confusion>;
  return { byKind, misjudged };
};
