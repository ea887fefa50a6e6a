import { Option } from 'commander';
import { countText, percentileText, valueText } from '../../schemas/sentence/figures.ts';
import { WINDOWS } from '../../schemas/topics.ts';
import { readSince } from '../calibration/read-log.ts';
import { print, printJson, say } from '../output/print.ts';
import { tableLines } from '../output/table.ts';
import { type Compared, createFigures, type Figure } from '../records/version-figures.ts';
import { withTopics } from '../topics.ts';
import { duration } from './option-values.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = { url: string; json: boolean; since: number; rollout?: string };

const DAY_MS = 86_400_000;

const cell = (metric: string, { value, count }: Figure): string =>
  value === null ? '' : `${valueText(metric, value)} (${countText(count)})`;

const rowOf = ({ metric, one, other, change, worse }: Compared): string[] => [
  metric,
  percentileText(metric) ?? '',
  cell(metric, one),
  cell(metric, other),
  change === null ? '' : `${change > 0 ? '+' : ''}${Number((100 * change).toFixed(1))} %`,
  worse ? 'worse' : '',
];

const CAUTION =
  'Of different users and times, unless both were in one rollout (--rollout); what is proven is told by `explain`.';

const show = async (
  agent: string,
  one: string,
  other: string,
  { url, json, since, rollout }: Options,
): Promise<void> => {
  const isOf = (row: { agent: string; rollout: string }): boolean =>
    row.agent === agent && (rollout === undefined || row.rollout === rollout || row.rollout.split('#')[0] === rollout);
  const figures = createFigures([one, other], isOf);
  const add = (_: number, { event }: { event: Parameters<typeof figures.add>[0] | null }): void => {
    if (event !== null) figures.add(event);
  };
  await withTopics('compare', (bus) => readSince(bus, WINDOWS, Date.now() - since, add, () => {}), url);
  const metrics = figures.compared(one, other);
  if (metrics.length === 0)
    throw new Error(
      `there are no windows of ${agent} ${one} and ${other} in that time; \`coalmine versions ${agent}\` shows which there are`,
    );
  if (json) return printJson({ agent, one, other, metrics });
  const head = ['METRIC', 'BY', `${one} (N)`, `${other} (N)`, 'CHANGE', ''];
  print(...tableLines(head, metrics.map(rowOf), { right: head.slice(2, 5), dropEmpty: true }));
  for (const [side, version] of [
    ['one', one],
    ['other', other],
  ] as const)
    if (metrics.every((row) => row[side].value === null))
      say(`Nothing was measured of ${agent} ${version} in that time.`);
  say(CAUTION);
};

export const compare: Verb = {
  name: 'compare',
  summary: 'shows two versions side by side, metric by metric',
  examples: [
    'npx coalmine compare support v1 v2 --since 7d',
    'npx coalmine compare support v1 v2 --rollout support-v2',
  ],
  define: (command) => {
    withJson(withUrl(command))
      .description(
        'Shows what two versions of an agent came to with users, metric by metric, what grew worse first: values, sample sizes, relative change.',
      )
      .argument('<agent>')
      .argument('<version>', 'the one to compare with')
      .argument('<other>', 'the one to look at')
      .addOption(new Option('--since <duration>', 'of this time: 7d').argParser(duration).default(DAY_MS, '1d'))
      .option('--rollout <name>', 'only while they were in this rollout, by its name or the id of one run')
      .action(show);
  },
};
