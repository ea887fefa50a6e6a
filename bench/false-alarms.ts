import { parseArgs } from 'node:util';
import { createToolCallCheck } from '../judge/answers/tool-schema.ts';
import {
  HAS_RECORDED,
  RECORDED_DIR,
  type RecordedAnswer,
  recordedAnswers,
} from '../judge/scorers/cases/recorded.fixture.ts';
import { SCORERS } from '../judge/scorers/registry.ts';
import { foundIn } from '../judge/scorers/rule-scorer.ts';

/**
 * How often the rules by words that are watched by default accuse one of the answers that others recorded:
 * `node bench/false-alarms.ts [--show] [--json]`. --show prints each with its reason, to be looked at. With --json the last line is
 * {metric: {answers, applicable, alarms, bySet}}.
 */
const { values } = parseArgs({
  options: { show: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
});

const METRICS = ['empty_answer', 'cut_answer', 'degenerate', 'json_validity', 'refusal', 'pii_leak', 'toxicity'];
const MAX_SHOWN = 160;

type Tally = { answers: number; applicable: number; alarms: number; bySet: Record<string, number> };

const shown = ({ answered: { answer } }: RecordedAnswer): string => {
  const text = answer.ok ? answer.value.text : '';
  const end = text.length > MAX_SHOWN ? `… ${text.slice(-MAX_SHOWN)}` : text;
  return JSON.stringify(end);
};

const tallied = (metric: string, all: readonly RecordedAnswer[]): Tally => {
  const rule = SCORERS.find((scorer) => scorer.name === metric);
  if (rule?.by !== 'rules') throw new Error(`there is no rule ${metric}`);
  const check = createToolCallCheck();
  const tally: Tally = { answers: all.length, applicable: 0, alarms: 0, bySet: {} };
  for (const one of all) {
    const { value, reason } = rule.find(foundIn({ answered: one.answered, reference: undefined, check }));
    if (value === null) continue;
    tally.applicable += 1;
    if (value !== (rule.better === 'lower' ? 1 : 0)) continue;
    tally.alarms += 1;
    tally.bySet[one.set] = (tally.bySet[one.set] ?? 0) + 1;
    if (values.show) console.log(`${metric}: ${one.set}, ${one.id}: ${reason}: ${shown(one)}`);
  }
  return tally;
};

if (!HAS_RECORDED) {
  console.error(`${RECORDED_DIR} is not there: leave this bench out; nothing else needs it`);
  process.exitCode = 2;
} else {
  const all = recordedAnswers();
  const tallies = Object.fromEntries(METRICS.map((metric) => [metric, tallied(metric, all)]));
  for (const [metric, { answers, applicable, alarms, bySet }] of Object.entries(tallies)) {
    const pct = (of: number): string => `${((100 * alarms) / of).toFixed(2)} % of ${of}`;
    console.log(`${metric}: ${alarms} alarms: ${pct(answers)} answers, ${pct(applicable)} to which it applies`);
    for (const [set, count] of Object.entries(bySet)) console.log(`  ${set}: ${count}`);
  }
  if (values.json) console.log(JSON.stringify(tallies));
}
