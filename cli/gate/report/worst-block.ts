import type { WorstCase } from '../gate-result.ts';
import { block, code } from './markdown-text.ts';
import { shortened } from '../../output/plain.ts';
import { shortenedWithin } from './plain-line.ts';

const MAX_ID = 80;
const MAX_ANSWER = 800;
const MAX_QUESTION = 400;
const MAX_SUMMARY = 120;

const cell = (tag: 'td' | 'th', html: string): string => `<${tag}>${html}</${tag}>`;

/** A question with both answers side by side, folded. One line of source: an empty one would end the block. */
export const worstBlock = ({ id, line, question, golden, candidate, baseline, findings }: WorstCase): string => {
  const sides: [string, string][] = [
    ...(baseline === null ? [] : [['baseline', baseline] as [string, string]]),
    ['candidate', candidate],
  ];
  const heads = sides.map(([who]) => cell('th', who)).join('');
  const answers = sides.map(([, text]) => cell('td', block(shortened(text, MAX_ANSWER)))).join('');
  const found = findings.map((finding) => `<li>${code(shortened(finding, MAX_QUESTION))}</li>`).join('');
  return [
    `<details><summary>${code(shortened(id, MAX_ID))}${line > 0 ? ` (line ${line})` : ''}: ${code(shortened(findings[0] ?? '', MAX_SUMMARY))}</summary>`,
    `<p>asked: ${block(shortenedWithin(question, MAX_QUESTION))}</p>`,
    golden === '' ? '' : `<p>right: ${block(shortened(golden, MAX_QUESTION))}</p>`,
    `<table><tr>${heads}</tr><tr>${answers}</tr></table><ul>${found}</ul></details>`,
  ].join('');
};
