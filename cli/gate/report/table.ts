import { type GateResult, headlineOf, type SideSummary, type WorstCase } from '../gate-result.ts';
import type { GateRow } from '../verdict/gate-row.ts';
import { askedText, costLines, tookText } from './cost-lines.ts';
import { shortened } from '../../output/plain.ts';
import { plainLine, shortenedWithin } from './plain-line.ts';
import type { Report } from './report.ts';
import { type RowCells, rowCells } from './row-cells.ts';

const MARKS = { pass: 'pass', fail: 'FAIL', inconclusive: 'open' } as const;
const HEADS: Record<keyof RowCells, string> = {
  metric: 'metric',
  slice: 'slice',
  baseline: 'baseline',
  candidate: 'candidate',
  change: 'change',
  p: 'p',
  limit: 'limit',
};
const COLUMNS = Object.keys(HEADS) as (keyof RowCells)[];
/** Words begin at the left, figures end at the right. */
const OF_WORDS: ReadonlySet<keyof RowCells> = new Set(['metric', 'slice', 'limit']);
const MAX_CELL = 40;
const MAX_TEXT = 300;
const MAX_WORST = 10;

const line = (text: string, characters = MAX_TEXT): string => shortened(plainLine(text), characters);

const tableOf = (rows: readonly GateRow[]): string[] => {
  const lines = rows.map((row) => ({ mark: MARKS[row.verdict], cells: rowCells(row) }));
  const shown = [{ mark: '', cells: HEADS }, ...lines].map(({ mark, cells }) => ({
    mark,
    cells: COLUMNS.map((column) => line(cells[column], MAX_CELL)),
  }));
  const used = COLUMNS.map((_, i) => shown.slice(1).some(({ cells }) => cells[i] !== ''));
  const widths = COLUMNS.map((_, i) => Math.max(...shown.map(({ cells }) => cells[i]!.length)));
  return shown.map(({ mark, cells }) => {
    const padded = cells.flatMap((cell, i) => {
      if (!used[i]) return [];
      return [OF_WORDS.has(COLUMNS[i]!) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)];
    });
    return `  ${mark.padEnd(4)}  ${padded.join('  ')}`.trimEnd();
  });
};

const sideLine = (who: string, side: SideSummary): string =>
  `  ${who.padEnd(9)}  ${line(side.name)}: ${askedText(side)}`;

const whyLines = (rows: readonly GateRow[]): string[] =>
  rows
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ verdict, sentence }) => `  ${MARKS[verdict]}: ${line(sentence, 500)}`);

/** Of what passed only what was worse and may be chance is worth a word. */
const remarkLines = ({ verdict: { rows }, remarks }: GateResult): string[] => [
  ...rows
    .filter(({ verdict, dropPct }) => verdict === 'pass' && (dropPct ?? 0) > 0)
    .map(({ sentence }) => `  ${line(sentence, 500)}`),
  ...remarks.map((remark) => `  ${line(remark, 500)}`),
];

const worstLines = (one: WorstCase, i: number): string[] => {
  const shown: [string, string | null][] = [
    ['asked', shortenedWithin(plainLine(one.question), MAX_TEXT)],
    ['right', one.golden === '' ? null : one.golden],
    ['baseline', one.baseline],
    ['candidate', one.candidate],
    ...one.findings.map((finding): [string, string] => ['found', finding]),
  ];
  return [
    `  ${i + 1}. ${line(one.id, 80)}${one.line > 0 ? ` (line ${one.line})` : ''}`,
    ...shown.flatMap(([what, text]) => (text === null ? [] : [`     ${`${what}:`.padEnd(10)} ${line(text)}`])),
  ];
};

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines];

/** For a terminal: the table first, then why, then the worst questions. */
export const table: Report = (result) => {
  const { candidate, baseline, verdict, worst, dataset, tookMs } = result;
  const isBlocked = verdict.verdict !== 'pass';
  return [
    sideLine('candidate', candidate),
    ...(baseline === null ? [] : [sideLine('baseline', baseline)]),
    '',
    ...tableOf(verdict.rows),
    ...section('Why:', whyLines(verdict.rows)),
    ...section('Worth knowing:', remarkLines(result)),
    ...section('Worst questions:', isBlocked ? worst.slice(0, MAX_WORST).flatMap(worstLines) : []),
    ...section(
      'Cost:',
      costLines(result).map((cost) => `  ${cost}`),
    ),
    '',
    `${line(headlineOf(result), 600)} [${dataset.cases} questions, ${tookText(tookMs)}]`,
  ].join('\n');
};
