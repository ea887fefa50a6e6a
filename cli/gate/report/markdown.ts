import { countText } from '../../../schemas/sentence/figures.ts';
import { type GateResult, HEADLINES, type SideSummary } from '../gate-result.ts';
import type { GateRow } from '../verdict/gate-row.ts';
import { askedText, costLines, tookText } from './cost-lines.ts';
import { code, words } from './markdown-text.ts';
import { shortened } from '../../output/plain.ts';
import type { Report } from './report.ts';
import { rowCells } from './row-cells.ts';
import { worstBlock } from './worst-block.ts';

/** GitHub takes 65,536 characters. */
const MAX_CHARACTERS = 60_000;
const MAX_TABLE = 20_000;
const MAX_REASONS = 12_000;
const MAX_SENTENCE = 600;
const MAX_NAME = 80;
const MARKS = { pass: '✅', fail: '❌', inconclusive: '⚠️' } as const;

const sentence = (text: string): string => words(shortened(text, MAX_SENTENCE));

const blockedLine = ({ verdict, rows }: GateResult['verdict']): string[] => {
  if (verdict === 'pass') return [];
  const blocking = rows.filter((row) => row.verdict === verdict);
  const more = blocking.length > 1 ? ` (and ${blocking.length - 1} more)` : '';
  const why = blocking[0] === undefined ? 'nothing could be measured' : sentence(blocking[0].sentence);
  const what = verdict === 'fail' ? 'Merge blocked' : 'Merge blocked, for this could not be decided';
  return [`**${what}:** ${why}${more}`, ''];
};

/** As many of the lines as there is room for, in their order. */
const fitting = (lines: readonly string[], characters: number): readonly string[] => {
  let left = characters;
  const first = lines.findIndex(({ length }) => (left -= length + 1) < 0);
  return first < 0 ? lines : lines.slice(0, first);
};

const tableRow = (row: GateRow): string => {
  const { metric, slice, baseline, candidate, change, p, limit } = rowCells(row);
  const names = [metric, slice].map((name) => code(shortened(name, MAX_NAME)));
  return `| ${[MARKS[row.verdict], ...names, ...[baseline, candidate, change, p, limit].map(words)].join(' | ')} |`;
};

/** What blocks stands first; of what passed, what there is no room for is left out. */
const tableOf = (rows: readonly GateRow[]): string[] => {
  const order = ['fail', 'inconclusive', 'pass'] as const;
  const sorted = order.flatMap((verdict) => rows.filter((row) => row.verdict === verdict));
  const shown = fitting(sorted.map(tableRow), MAX_TABLE);
  const left = sorted.length - shown.length;
  return [
    '| | metric | slice | baseline | candidate | change | p | limit |',
    '|---|---|---|---:|---:|---:|---:|---|',
    ...shown,
    ...(left > 0 ? ['', `${left} more rows are in the other reports.`] : []),
    '',
  ];
};

const reasonsOf = (rows: readonly GateRow[]): string[] => {
  const reasons = rows.filter(({ verdict, dropPct }) => verdict !== 'pass' || (dropPct ?? 0) > 0);
  if (reasons.length === 0) return [];
  const lines = reasons.map((row) => `- ${MARKS[row.verdict]} ${sentence(row.sentence)}`);
  return ['<details><summary>Why, row by row</summary>', '', ...fitting(lines, MAX_REASONS), '', '</details>', ''];
};

const worstOf = ({ worst, verdict }: GateResult, characters: number): string[] => {
  if (verdict.verdict === 'pass' || worst.length === 0) return [];
  const blocks = fitting(worst.map(worstBlock), characters);
  const which = blocks.length === 1 ? 'question that speaks' : `${blocks.length} questions that speak`;
  return [`#### The ${which} most against the candidate`, '', ...blocks.flatMap((one) => [one, ''])];
};

const sideText = (who: string, side: SideSummary): string =>
  `${who} ${code(shortened(side.name, 2 * MAX_NAME))} (${askedText(side)})`;

const footOf = (result: GateResult): string[] => {
  const { dataset, candidate, baseline, remarks, tookMs } = result;
  const sides = [sideText('candidate', candidate), ...(baseline === null ? [] : [sideText('baseline', baseline)])];
  return [
    `${countText(dataset.cases)} questions (${code(dataset.id.slice(0, 12))}); ${sides.join('; ')}; ${tookText(tookMs)}.`,
    ...[...costLines(result), ...remarks].map((line) => `${sentence(line)}.`),
  ].flatMap((line) => [line, '']);
};

/** A comment to a pull request. */
export const markdown: Report = (result) => {
  const { plan, verdict } = result;
  const head = [
    // By which a workflow finds its own comment again.
    `<!-- coalmine gate ${plan} -->`,
    `### ${MARKS[verdict.verdict]} Gate ${code(plan)} ${HEADLINES[verdict.verdict]}`,
    '',
    ...blockedLine(verdict),
    ...tableOf(verdict.rows),
    ...reasonsOf(verdict.rows),
  ];
  const foot = footOf(result);
  const taken = [...head, ...foot].join('\n').length;
  return [...head, ...worstOf(result, MAX_CHARACTERS - taken), ...foot].join('\n');
};
