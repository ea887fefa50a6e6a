import { parseArgs } from 'node:util';
import { measuredMetrics } from '../judge/core/metrics/measured.fixture.ts';

/**
 * What each metric finds and misses on labelled cases: `node bench/judge-metrics.ts [--json]`. A yes is a rate of 1 or a score of
 * at least 0.5. With --json the last line is {metric: {by, cases, truePositives, …, precision, recall, right, exact, misses}}.
 */
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });

const measured = measuredMetrics();

for (const by of ['rules', 'local judge'] as const) {
  const title =
    by === 'rules' ? 'By rules' : 'By the local judge of examples/claims-judge: plumbing, not judge quality';
  console.log(`\n${title}`);
  console.table(
    Object.fromEntries(
      Object.entries(measured)
        .filter(([, one]) => one.by === by)
        .map(([metric, { confusion: c }]) => [
          metric,
          {
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
          },
        ]),
    ),
  );
}

console.log('Misses (expected, got):');
for (const [metric, { confusion }] of Object.entries(measured))
  for (const { why, answer, expected, got } of confusion.misses)
    console.log(`  ${metric}: ${expected ?? 'not applicable'} ≠ ${got}${why === '' ? '' : ` (${why})`}: ${answer}`);

if (values.json)
  console.log(
    JSON.stringify(
      Object.fromEntries(Object.entries(measured).map(([metric, { by, confusion }]) => [metric, { by, ...confusion }])),
    ),
  );
