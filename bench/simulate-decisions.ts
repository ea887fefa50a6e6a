import { parseArgs } from 'node:util';
import { oneOf, whole, withUsage, WrongUse } from './decisions/arguments.ts';
import {
  METHODS,
  type MethodName,
  PROMOTIONS,
  summarise,
  type Simulation,
  type Summary,
} from './decisions/simulate.ts';
import { JUDGE_SHARES } from './decisions/judge-share.ts';
import { playInParallel } from './decisions/parallel.ts';
import { isSame, type ScenarioName, SCENARIO_NAMES, SCENARIOS } from './decisions/scenarios.ts';

const USAGE = `Plays rollouts in a made-up world and tells how often and how soon they are rolled back or promoted.

  node bench/simulate-decisions.ts --scenario err-1-3 [--method ours] [--rate 600] [--rollouts 2000] [--seed 1]
      [--metrics 1|2|4] [--promotion timer|prove|budget] [--share all] [--jobs 1] [--json]

  --scenario   what the candidate is like, and the world:
                 aa                    both versions are the same: every rollback is a false alarm
                 aa-drift              the same, while all rates wander
                 aa-bursty             the same, with bursts of one user's retries
                 sticky-heterogeneous  the same, with 2,000 users of whom 4 % fail often
                 err-1-3, err-1-2      errors rise from 1 % to 3 or 2 %
                 q-80-76, q-80-78      the mean judge score falls from .80 to .76 or .78
                 p99-1.5               answers take 1.5 times as long
                 success-95-90         task success falls from 95 to 90 %
                 late                  errors rise from 1 to 3 % in minute 60
  --method     ours (the controller's own core), thresholds, flagger, kayenta, msprt
  --rate       requests a minute, both arms together
  --metrics    4: errors, task success, a judged score and latency; 2: the two that a judge scores; 1: only the one concerned
  --promotion  of ours: timer (the planned stages, 330 min), prove or budget; the others follow the timer
  --share      how much the judge scores: all, steps, slow, adverse, within, greedy (bench/decisions/judge-share.ts)
  --jobs       how many threads share the rollouts; the result is the same
  --json       the last line is one JSON object

The same seed gives the same line. Progress goes to stderr.`;

const read = (args: readonly string[]): { simulation: Simulation; jobs: number; json: boolean } | 'help' => {
  const { values } = parse(args);
  if (values.help) return 'help';
  const method = oneOf<MethodName>('method', values.method, METHODS);
  const promotion = oneOf('promotion', values.promotion, PROMOTIONS);
  if (method !== 'ours' && promotion !== 'timer')
    throw new WrongUse(`--promotion ${promotion} is ours alone; ${method} follows the timer`);
  return {
    simulation: {
      scenario: oneOf<ScenarioName>('scenario', values.scenario, SCENARIO_NAMES),
      method,
      rate: whole('rate', values.rate, 1, 1_000_000),
      rollouts: whole('rollouts', values.rollouts, 1, 1_000_000),
      seed: whole('seed', values.seed, 0, 2 ** 31),
      metrics: METRIC_COUNTS[oneOf('metrics', values.metrics, ['1', '2', '4'])],
      promotion,
      share: oneOf('share', values.share, JUDGE_SHARES),
    },
    jobs: whole('jobs', values.jobs, 1, 64),
    json: values.json,
  };
};

const METRIC_COUNTS = { '1': 1, '2': 2, '4': 4 } as const;

const parse = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string' },
      method: { type: 'string', default: 'ours' },
      rate: { type: 'string', default: '600' },
      rollouts: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      metrics: { type: 'string', default: '4' },
      promotion: { type: 'string', default: 'timer' },
      share: { type: 'string', default: 'all' },
      jobs: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });

const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;
const or = (value: number | null, unit: string): string => (value === null ? '–' : `${value}${unit}`);

const inWords = (s: Summary): string => {
  const [low, high] = s.rollbackInterval.map(percent);
  const what = isSame(SCENARIOS[s.scenario]) ? 'false rollbacks' : 'found and rolled back';
  return [
    `${s.scenario}, ${s.method}, ${s.rate} requests/min, ${s.rollouts} rollouts, ${s.metrics} metric(s), ${s.promotion}, judge scores ${s.share}, seed ${s.seed}`,
    `  ${what}: ${percent(s.rollbackRate)} (95 % interval ${low} to ${high})`,
    ...(SCENARIOS[s.scenario].onsetMinute > 0 ? [`  rolled back before the change: ${percent(s.earlyRate)}`] : []),
    `  to the rollback, median: ${or(s.medianMinutes, ' min')}, ${or(s.medianCandidateRequests, ' candidate requests')}`,
    `  the bound: ${or(s.boundMinutes, ' min')}, ${or(s.boundCandidateRequests, ' candidate requests')}; information used of it: ${or(s.klRatio, ' times')}`,
    `  promoted: ${percent(s.promotionRate)}, median after ${or(s.medianPromotionMinutes, ' min')}; open at the end: ${percent(s.openRate)}`,
    `  bad answers beyond stable's, mean of a rollout: ${s.meanHarm}`,
  ].join('\n');
};

const main = async (args: readonly string[]): Promise<void> => {
  const asked = read(args);
  if (asked === 'help') return console.log(USAGE);
  const { simulation, jobs, json } = asked;
  const { rollouts } = simulation;
  const every = Math.max(1, Math.floor(rollouts / 10));
  const ended = await playInParallel(simulation, jobs, (done) => {
    if (done % every === 0) process.stderr.write(`${done} of ${rollouts} rollouts\n`);
  });
  const summary = summarise(simulation, ended);
  console.log(inWords(summary));
  if (json) console.log(JSON.stringify(summary));
};

await withUsage('node bench/simulate-decisions.ts --help tells what there is', () => main(process.argv.slice(2)));
