import { countText } from '../../../schemas/sentence/figures.ts';
import { type GateResult, HEADLINES, type SideSummary, type WorstCase } from '../gate-result.ts';
import type { GateRow } from '../gate-row.ts';
import { askedText, costLines, tookText } from './cost-lines.ts';
import { block, code, words } from './markdown-text.ts';
import { shortened, shortenedWithin } from './plain-line.ts';
import type { Report } from './report.ts';
import { rowCells } from './row-cells.ts';

/** GitHub takes 65,536 characters. */
const MAX_CHARACTERS = 60_000;
const MAX_ROWS = 60;
const MAX_ANSWER = 800;
const MAX_QUESTION = 400;
const MARKS = { pass: '✅', fail: '❌', inconclusive: '⚠️' } as const;

const blockedLine = ({ verdict, rows }: GateResult['verdict']): string[] => {
  if (verdict === 'pass') return [];
  const blocking = rows.filter((row) => row.verdict === verdict);
  const more = blocking.length > 1 ? ` (and ${blocking.length - 1} more)` : '';
  const why = blocking[0] === undefined ? 'nothing could be measured' : words(shortened(blocking[0].sentence, 600));
  const what = verdict === 'fail' ? 'Merge blocked' : 'Merge blocked, for this could not be decided';
  return [`**${what}:** ${why}${more}`, ''];
};

const tableRow = (row: GateRow): string => {
  const { metric, slice, baseline, candidate, change, p, limit } = rowCells(row);
  const cells = [MARKS[row.verdict], code(metric), code(slice), ...[baseline, candidate, change, p, limit].map(words)];
  return `| ${cells.join(' | ')} |`;
};

/** What blocks stands first; of what passed, what is held apart by slices may be left out. */
const tableOf = (rows: readonly GateRow[]): string[] => {
  const order = ['fail', 'inconclusive', 'pass'] as const;
  const sorted = order.flatMap((verdict) => rows.filter((row) => row.verdict === verdict));
  const left = sorted.length - MAX_ROWS;
  return [
    '| | metric | slice | baseline | candidate | change | p | limit |',
    '|---|---|---|---:|---:|---:|---:|---|',
    ...sorted.slice(0, MAX_ROWS).map(tableRow),
    ...(left > 0 ? ['', `${left} more rows are in the other reports.`] : []),
    '',
  ];
};

const reasonsOf = (rows: readonly GateRow[]): string[] => {
  const reasons = rows.filter(({ verdict, dropPct }) => verdict !== 'pass' || (dropPct ?? 0) > 0);
  if (reasons.length === 0) return [];
  const lines = reasons
    .slice(0, MAX_ROWS)
    .map(({ verdict, sentence }) => `- ${MARKS[verdict]} ${words(shortened(sentence, 600))}`);
  return ['<details><summary>Why, row by row</summary>', '', ...lines, '', '</details>', ''];
};

const cell = (tag: 'td' | 'th', html: string): string => `<${tag}>${html}</${tag}>`;

/** One line of source: a blank line would end the block. */
const worstBlock = (one: WorstCase): string => {
  const sides: [string, string][] = [
    ...(one.baseline === null ? [] : [['baseline', one.baseline] as [string, string]]),
    ['candidate', one.candidate],
  ];
  const heads = sides.map(([who]) => cell('th', who)).join('');
  const answers = sides.map(([, text]) => cell('td', block(shortened(text, MAX_ANSWER)))).join('');
  const asked = `<p>asked: ${block(shortenedWithin(one.question, MAX_QUESTION))}</p>`;
  const right = one.golden === '' ? '' : `<p>right: ${block(shortened(one.golden, MAX_QUESTION))}</p>`;
  const found = one.findings.map((finding) => `<li>${code(shortened(finding, MAX_QUESTION))}</li>`).join('');
  const where = one.line > 0 ? ` (line ${one.line})` : '';
  const [first = ''] = one.findings;
  return `<details><summary>${code(shortened(one.id, 80))}${where}: ${code(shortened(first, 120))}</summary>${asked}${right}<table><tr>${heads}</tr><tr>${answers}</tr></table><ul>${found}</ul></details>`;
};

const worstOf = ({ worst, verdict }: GateResult, charactersLeft: number): string[] => {
  if (verdict.verdict === 'pass' || worst.length === 0) return [];
  const blocks: string[] = [];
  let left = charactersLeft;
  for (const one of worst.map(worstBlock)) {
    left -= one.length;
    if (left < 0) break;
    blocks.push(one, '');
  }
  const shown = blocks.length / 2;
  return [
    `#### The ${shown === 1 ? 'question' : `${shown} questions`} that speak most against the candidate`,
    '',
    ...blocks,
  ];
};

const sideText = (who: string, side: SideSummary): string =>
  `${who} ${code(shortened(side.name, 200))} (${askedText(side)})`;

const footOf = (result: GateResult): string[] => {
  const { dataset, candidate, baseline, remarks, tookMs } = result;
  const sides = [sideText('candidate', candidate), ...(baseline === null ? [] : [sideText('baseline', baseline)])];
  return [
    `${countText(dataset.cases)} questions (${code(dataset.hash.slice(0, 12))}); ${sides.join('; ')}; ${tookText(tookMs)}.`,
    ...costLines(result).map((line) => `${words(line)}.`),
    ...remarks.map((line) => `${words(line)}.`),
  ].flatMap((line) => [line, '']);
};

/** A comment to a pull request. */
export const markdown: Report = (result) => {
  const { plan, verdict } = result;
  const head = [
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
