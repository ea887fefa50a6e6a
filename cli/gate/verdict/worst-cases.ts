import type { WorstCase } from '../gate-result.ts';
import type { GateRow } from './gate-row.ts';
import type { Value } from '../measured.ts';
import { amountText } from './row-words.ts';
import type { Scored } from '../scoring.ts';
import type { Mask } from '../secrets.ts';
import { answerText, goldenText, questionText } from '../text-of.ts';

type Side = ReadonlyMap<string, readonly Scored[]>;

export const byCase = (scored: readonly Scored[]): Side => Map.groupBy(scored, ({ asked }) => asked.of.id);

const meanOf = (scored: readonly Scored[], name: string): number | null => {
  const values = scored.flatMap(({ values }) => {
    const value: Value | undefined = values[name];
    return value !== undefined && 'value' in value ? [value.value] : [];
  });
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
};

const figure = (row: GateRow, value: number | null): string => (value === null ? 'no value' : amountText(row, value));

/** The repeat that says most against the candidate, by the first row that has the question among its worst. */
const worstRepeat = (scored: readonly Scored[], row: GateRow | undefined, baseline: number | null): Scored => {
  const distance = (one: Scored): number => {
    const own = row === undefined ? null : meanOf([one], row.name);
    return own === null ? 0 : Math.abs(own - (baseline ?? row?.threshold ?? own));
  };
  return scored.reduce((worst, one) => (distance(one) > distance(worst) ? one : worst));
};

const findingOf = (
  row: GateRow,
  shown: Scored,
  own: number | null,
  other: number | null,
  hasBaseline: boolean,
): string => {
  const before = hasBaseline ? ` (baseline: ${figure(row, other)})` : '';
  const reason = shown.reasons[row.name] ?? '';
  return `${row.name} ${figure(row, own)}${before}${reason === '' ? '' : `: ${reason}`}`;
};

/** The questions that speak most against the candidate, with both answers and what was found of each. */
export const worstCases = (
  ids: readonly string[],
  rows: readonly GateRow[],
  candidate: Side,
  baseline: Side | null,
  mask: Mask,
): WorstCase[] =>
  ids.flatMap((id) => {
    const own = candidate.get(id) ?? [];
    if (own.length === 0) return [];
    const other = baseline?.get(id) ?? [];
    const speaking = rows.filter(({ worst }) => worst.includes(id));
    const told = [...new Map(speaking.map((row) => [row.name, row])).values()];
    const [first] = told;
    const shown = worstRepeat(own, first, first === undefined ? null : meanOf(other, first.name));
    const { of, repeat, answered } = shown.asked;
    const counterpart = other.find(({ asked }) => asked.repeat === repeat) ?? other[0];
    return [
      {
        id,
        line: of.line,
        question: mask(questionText(of)),
        golden: mask(goldenText(of)),
        candidate: mask(answerText(answered)),
        baseline: counterpart === undefined ? null : mask(answerText(counterpart.asked.answered)),
        findings: told.map((row) =>
          mask(findingOf(row, shown, meanOf(own, row.name), meanOf(other, row.name), baseline !== null)),
        ),
      },
    ];
  });
