import { InvalidArgumentError, Option } from 'commander';
import type { Bus } from '../../platform/kafka/bus.ts';
import type { FlatScore } from '../../schemas/score.ts';
import { FEEDBACK, SCORES } from '../../schemas/topics.ts';
import { applyCalibrations } from '../calibration/apply.ts';
import { createLabels, type LabelCounts } from '../calibration/labels.ts';
import { readSince } from '../calibration/read-log.ts';
import { documentsOf, type Report, reportLines, reportOf } from '../calibration/report.ts';
import { createScoreSums, type ScoreCounts } from '../calibration/score-sums.ts';
import { print, printJson, say } from '../output/print.ts';
import { agents, duration } from './option-values.ts';
import { type Verb, withJson, withUrl } from './verb.ts';
import { TOPICS_PROSE, withTopics } from '../topics.ts';

type Options = {
  agent: string[];
  metric?: string;
  rollout?: string;
  since?: number;
  threshold: number;
  url: string;
  apply: boolean;
  json: boolean;
};

/** A score is written after its exchange, by another machine's clock. What is older is not read at all. */
const CLOCKS_APART_MS = 10 * 60_000;

/** A rollout by its name, any run of it, or by its id, that run alone. Only what was drawn at random tells arms apart. */
const isOfRollout = (wanted: string, { rollout, evidence }: Pick<FlatScore, 'rollout' | 'evidence'>): boolean =>
  evidence && (rollout === wanted || rollout.split('#')[0] === wanted);

/** Reads people's words first, so that of the scores only those of labelled answers need be kept. */
const gather = async (
  bus: Bus,
  options: Options,
  sinceMs: number,
): Promise<{ report: Report; labels: LabelCounts; scores: ScoreCounts }> => {
  const isAgent = ({ agent }: { agent: string }): boolean =>
    options.agent.length === 0 || options.agent.includes('*') || options.agent.includes(agent);
  const progress = (name: string) => (done: number, partitions: number, records: number) =>
    say(`${name}: ${done} of ${partitions} partitions, ${records} records`);
  const labels = createLabels(isAgent);
  await readSince(bus, FEEDBACK, 0, (_, { event }) => event !== null && labels.add(event), progress(FEEDBACK.name));
  const sums = createScoreSums(
    labels,
    (score) =>
      isAgent(score) &&
      score.exchangeAtMs >= sinceMs &&
      (options.metric === undefined || score.metric === options.metric) &&
      (options.rollout === undefined || isOfRollout(options.rollout, score)),
    options.threshold,
  );
  await readSince(bus, SCORES, Math.max(0, sinceMs - CLOCKS_APART_MS), sums.add, progress(SCORES.name));
  const report = reportOf(sums.groups(), options.threshold, options.rollout !== undefined);
  return { report, labels: labels.counts(), scores: sums.counts() };
};

const tell = ({ report, labels, scores }: Awaited<ReturnType<typeof gather>>): void => {
  say(
    `${labels.labels} labels from ${labels.feedback} feedbacks (${labels.repeats} repeats, ${labels.replaced} verdicts replaced by later ones); ` +
      `${scores.scores} scores (${scores.repeats} repeats); ${scores.unscored} labelled answers have no value by a scorer.`,
  );
  if (report.rows.length === 0) say('There are no scores of what was asked for.');
};

const compare = async (options: Options): Promise<void> => {
  const nowMs = Date.now();
  const sinceMs = options.since === undefined ? 0 : nowMs - options.since;
  const found = await withTopics('calibrate', (bus) => gather(bus, options, sinceMs), options.url);
  tell(found);
  const { report, labels, scores } = found;
  if (options.json) printJson({ ...report, counts: { ...labels, ...scores } });
  else if (report.rows.length > 0) print(...reportLines(report));
  if (!options.apply) return;
  const documents = documentsOf(report, nowMs);
  if (documents.length === 0) throw new Error('nothing to apply: no score has a label');
  await applyCalibrations(options.url, documents, ({ metadata, spec }) =>
    say(`applied ${metadata.name}: ${spec.agent} ${spec.metric} by ${spec.scorer} ${spec.scorerVersion}`),
  );
};

const threshold = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value <= 1))
    throw new InvalidArgumentError('give a number above 0, at most 1');
  return value;
};

export const calibrate: Verb = {
  name: 'calibrate',
  summary: 'says how far each judge may be trusted',
  examples: [
    'npx coalmine calibrate --agent support --since 7d',
    'npx coalmine calibrate --agent support --metric empathy --apply',
  ],
  define: (command) => {
    withJson(withUrl(command))
      .description('Compares scores with the labels that people gave, and says how far each judge may be trusted.')
      .addOption(
        new Option('--agent <name>', 'only of this agent; may be given several times')
          .argParser(agents)
          .default([], 'every one'),
      )
      .option('--metric <name>', 'only of this metric')
      .option('--rollout <name>', "only this rollout's evidence; shows each arm less stable, too")
      .option(
        '--since <duration>',
        'only exchanges of this time: 7d, 12h; without it, all that the topics hold',
        duration,
      )
      .option(
        '--threshold <value>',
        'a score or label of at least this passes (below it, where lower is better)',
        threshold,
        0.5,
      )
      .option('--apply', 'give the controller what was found, for rollouts with requireCalibration', false)
      .addHelpText(
        'after',
        `
Labels come with feedback: POST /v1/feedback {"exchange_id": "...", "labels": [{"metric": "empathy", "value": 1}]}.
${TOPICS_PROSE} Progress goes to stderr.`,
      )
      .action(compare);
  },
};
