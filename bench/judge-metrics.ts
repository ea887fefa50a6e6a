import { parseArgs } from 'node:util';
import type { Confusion } from '../judge/scorers/cases/confusion.fixture.ts';
import { measuredMetrics } from '../judge/scorers/cases/measured.fixture.ts';

/**
 * What each metric finds and misses on labelled cases: `node bench/judge-metrics.ts [--json]`. A yes is a rate of 1 or a score of
 * at least 0.5. With --json the last line is {rules, heldOut, localJudge}, each {metric: {cases, truePositives, …, precision,
 * recall, right, exact, misses}}.
 */
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });

const row = (c: Confusion): Record<string, number | string> => ({
  cases: c.cases,
  TP: c.truePositives,
  FP: c.falsePositives,
  FN: c.falseNegatives,
  TN: c.trueNegatives,
  'n/a': c.notApplicable,
  precision: c.precision.toFixed(3),
  recall: c.recall.toFixed(3),
  right: c.right,
  exact: c.exact,
});

const TITLES = {
  rules: 'By rules, on the cases they were fitted to',
  heldOut: 'By rules, on cases held out from that',
  localJudge: 'By the local judge of examples/claims-judge: plumbing, not judge quality',
} as const;

const measured = measuredMetrics();
for (const part of ['rules', 'heldOut', 'localJudge'] as const) {
  console.log(`\n${TITLES[part]}`);
  console.table(Object.fromEntries(Object.entries(measured[part]).map(([metric, c]) => [metric, row(c)])));
}
for (const part of ['rules', 'heldOut', 'localJudge'] as const) {
  console.log(`\nMisses: ${TITLES[part]}`);
  for (const [metric, { misses }] of Object.entries(measured[part]))
    for (const { why, answer, expected, got } of misses)
      console.log(`  ${metric}: ${expected ?? 'not applicable'} ≠ ${got}${why === '' ? '' : ` (${why})`}: ${answer}`);
}
if (values.json) console.log(JSON.stringify(measured));
