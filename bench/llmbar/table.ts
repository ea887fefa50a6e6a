import type { Dataset, JudgedPair } from './judged-pairs.ts';
import { type CostOf, type Judgement, type Method, methodsOf } from './methods.ts';

/** One method on one dataset. Shares are from 0 to 1; null of nothing. */
export type Row = {
  dataset: string;
  method: string;
  pairs: number;
  /** Against what people prefer; a tie is half right. */
  accuracy: number;
  /** Share that came to a winner, and how many of those winners are right. */
  decided: number;
  accuracyDecided: number | null;
  /** Share on which both orders of the judge that decided agree; null of one order. */
  consistent: number | null;
  /** Of one order's winners, those that stood first; null of both orders. */
  picksFirst: number | null;
  /** Of the winners of pairs of unequal length, the longer ones; and the same of what people prefer in those pairs. */
  picksLonger: number | null;
  goldIsLonger: number | null;
  callsPerPair: Readonly<Record<string, number>>;
  /** An estimate: see cost.ts. */
  estimatedUsdPerThousand: number;
};

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

const winnerOf = ({ outcome }: Judgement): 1 | 2 | null => {
  if (outcome.result === 'tie') return null;
  return outcome.result === 'win' ? 1 : 2;
};

/** In characters; null of equal ones. */
const longerOf = ({ outputs: [one, two] }: JudgedPair): 1 | 2 | null => {
  if (one.length === two.length) return null;
  return one.length > two.length ? 1 : 2;
};

const rowOf = ({ name, pairs }: Dataset, method: Method, costOf: CostOf): Row => {
  const judged = pairs.map((pair) => ({ pair, judgement: method.judge(pair, costOf) }));
  const decided = judged.filter(({ judgement }) => winnerOf(judgement) !== null);
  const right = decided.filter(({ pair, judgement }) => winnerOf(judgement) === pair.gold).length;
  const unequal = decided.filter(({ pair }) => longerOf(pair) !== null);
  const calls: Record<string, number> = {};
  for (const { judgement } of judged)
    for (const [judge, count] of Object.entries(judgement.calls)) calls[judge] = (calls[judge] ?? 0) + count;
  const agreeing = judged.filter(({ judgement }) => judgement.outcome.isConsistent);
  const inFirstPlace = decided.filter(({ judgement }) => winnerOf(judgement) === (method.order === 'first' ? 1 : 2));
  return {
    dataset: name,
    method: method.name,
    pairs: pairs.length,
    accuracy: (right + (pairs.length - decided.length) / 2) / pairs.length,
    decided: decided.length / pairs.length,
    accuracyDecided: ratio(right, decided.length),
    consistent: method.order === null ? ratio(agreeing.length, pairs.length) : null,
    picksFirst: method.order === null ? null : ratio(inFirstPlace.length, decided.length),
    picksLonger: ratio(
      unequal.filter(({ pair, judgement }) => winnerOf(judgement) === longerOf(pair)).length,
      unequal.length,
    ),
    goldIsLonger: ratio(unequal.filter(({ pair }) => pair.gold === longerOf(pair)).length, unequal.length),
    callsPerPair: Object.fromEntries(Object.entries(calls).map(([judge, count]) => [judge, count / pairs.length])),
    estimatedUsdPerThousand: (1_000 * judged.reduce((sum, { judgement }) => sum + judgement.usd, 0)) / pairs.length,
  };
};

/** Every method on every dataset, and on all of them together where there are several. Datasets without pairs are left out. */
export const tableOf = (datasets: readonly Dataset[], cheap: string, strong: string, costOf: CostOf): Row[] => {
  const filled = datasets.filter(({ pairs }) => pairs.length > 0);
  const all = { name: 'all', pairs: filled.flatMap(({ pairs }) => pairs) };
  const methods = methodsOf(cheap, strong);
  return (filled.length > 1 ? [...filled, all] : filled).flatMap((dataset) =>
    methods.map((method) => rowOf(dataset, method, costOf)),
  );
};

const percent = (share: number | null): string => (share === null ? '' : `${(100 * share).toFixed(1)} %`);

const HEAD = [
  'method',
  'accuracy, ties half',
  'decided',
  'accuracy of decided',
  'orders agree',
  'picks the first',
  'picks the longer (people)',
  'calls a pair',
  'estimated $ per 1,000',
];

const cellsOf = (row: Row): string[] => [
  row.method,
  percent(row.accuracy),
  percent(row.decided),
  percent(row.accuracyDecided),
  percent(row.consistent),
  percent(row.picksFirst),
  `${percent(row.picksLonger)} (${percent(row.goldIsLonger)})`,
  Object.entries(row.callsPerPair)
    .map(([judge, count]) => `${Number(count.toFixed(2))} ${judge}`)
    .join(' + '),
  row.estimatedUsdPerThousand.toFixed(2),
];

/** One Markdown table a dataset. */
export const markdownOf = (rows: readonly Row[]): string =>
  [...Map.groupBy(rows, ({ dataset }) => dataset)]
    .map(([dataset, own]) => {
      const lines = [HEAD, HEAD.map(() => '---'), ...own.map(cellsOf)].map((cells) => `| ${cells.join(' | ')} |`);
      return [`**${dataset}**, ${own[0]?.pairs ?? 0} pairs`, '', ...lines].join('\n');
    })
    .join('\n\n');
