import junitReportBuilder, { type Builder } from 'junit-report-builder';
import { type GateResult, headlineOf } from '../gate-result.ts';
import type { GateRow } from '../verdict/gate-row.ts';
import { shortened } from '../../output/plain.ts';
import { plainText } from './plain-line.ts';
import type { Report } from './report.ts';
import { rowCells } from './row-cells.ts';

/** Its types speak of a `default` that is not there. */
const builder = junitReportBuilder as unknown as Builder;

const MAX_TEXT = 2_000;
const text = (said: string): string => shortened(plainText(said), MAX_TEXT);

const nameOf = (row: GateRow): string => {
  const { metric, slice, limit } = rowCells(row);
  return text([metric, ...(slice === '' ? [] : [`[${slice}]`]), limit].join(' '));
};

/** What speaks against the candidate in this row. */
const worstOf = ({ worst }: GateRow, result: GateResult): string =>
  result.worst
    .filter(({ id }) => worst.includes(id))
    .map(({ id, question, candidate, baseline, findings }) =>
      [
        id,
        `asked: ${question}`,
        ...(baseline === null ? [] : [`baseline: ${baseline}`]),
        `candidate: ${candidate}`,
        ...findings,
      ]
        .map(text)
        .join('\n  '),
    )
    .join('\n\n');

/** One test case for each criterion and slice: what failed is a failure, what could not be decided an error. */
export const junit: Report = (result) => {
  const report = builder.newBuilder();
  const suite = report
    .testSuite()
    .name(text(`coalmine gate ${result.plan}`))
    .time(result.tookMs / 1_000);
  for (const row of result.verdict.rows) {
    const testCase = suite
      .testCase()
      .className(text(`gate.${result.plan}`))
      .name(nameOf(row));
    if (row.verdict === 'fail') testCase.failure(text(row.sentence), 'criterion');
    if (row.verdict === 'inconclusive') testCase.error(text(row.sentence), 'inconclusive');
    const worst = row.verdict === 'pass' ? '' : worstOf(row, result);
    testCase.standardOutput([text(row.sentence), worst].filter((part) => part !== '').join('\n\n'));
  }
  suite.property('verdict', text(headlineOf(result)));
  return report.build();
};
