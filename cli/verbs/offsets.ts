import { InvalidArgumentError } from 'commander';
import { createGroupOffsets, type GroupOffsets } from '../../platform/kafka/group-offsets.ts';
import { planReset, readTarget, type Reset, resetIsInVain, type Target } from '../../platform/kafka/reset-plan.ts';
import type { Group } from '../../schemas/topics.ts';
import { confirmed } from '../output/confirm.ts';
import { print, printJson, say } from '../output/print.ts';
import { tableLines } from '../output/table.ts';
import { withKafka } from '../topics.ts';
import { groupName } from './group-name.ts';
import { wholeNumber } from './option-values.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = {
  url: string;
  json: boolean;
  to: Target;
  topic?: string;
  partition?: number;
  dryRun: boolean;
  yes: boolean;
};

const target = (text: string): Target => {
  const found = readTarget(text, Date.now());
  if (found === undefined)
    throw new InvalidArgumentError('give earliest, latest, an offset, how long ago (2h), or 2026-01-31T12:00:00Z');
  return found;
};

const rowOf = ({ topic, partition, from, to, again, skipped }: Reset): string[] => [
  topic,
  String(partition),
  String(from ?? 'never'),
  String(to),
  String(again),
  String(skipped),
];
const HEAD = ['TOPIC', 'PARTITION', 'FROM', 'TO', 'READ AGAIN', 'SKIPPED'];

const planOf = async (offsets: GroupOffsets, group: Group, options: Options): Promise<Reset[]> => {
  const plan = await planReset(offsets, group, options);
  if (plan.length === 0) throw new Error(`${group} reads no such partition; \`coalmine lag --partitions\` shows which`);
  return plan;
};

const reset = async (group: Group, options: Options): Promise<void> => {
  const inVain = resetIsInVain(group);
  if (inVain !== null) throw new Error(inVain);
  await withKafka(
    createGroupOffsets,
    async (offsets) => {
      const plan = await planOf(offsets, group, options);
      if (options.json) printJson({ group, dryRun: options.dryRun, partitions: plan });
      else print(...tableLines(HEAD, plan.map(rowOf), { right: HEAD.slice(1) }));
      if (options.dryRun) return say('Dry run: nothing was done.');
      const total = (of: 'again' | 'skipped'): number => plan.reduce((sum, row) => sum + row[of], 0);
      const what = `${group} would read ${total('again')} records again and skip ${total('skipped')}`;
      await confirmed(what, options.yes);
      await offsets.commit(
        group,
        plan.map(({ topic, partition, to }) => ({ topic, partition, offset: to })),
      );
      say(`${group} reads on there once it is started.`);
    },
    options.url,
  );
};

export const offsets: Verb = {
  name: 'offsets',
  summary: 'lets a stopped group read on elsewhere',
  examples: [
    'npx coalmine offsets reset judge --to 2h --dry-run',
    'npx coalmine offsets reset mirror --topic exchanges --partition 0 --to latest --yes',
  ],
  define: (command) => {
    command.description(
      'Where consumer groups read on. Only mirror and judge go by their committed offsets; what comes again has the same ids, and counts once.',
    );
    withJson(withUrl(command.command('reset')))
      .description('let a group without members read on elsewhere; takes the rights of `operator` (coalmine acls)')
      .argument('<group>', 'mirror or judge', groupName)
      .requiredOption(
        '--to <place>',
        'earliest, latest, an offset, a time (2026-01-31T12:00:00Z), or how long ago (2h)',
        target,
      )
      .option('--topic <name>', 'only this topic')
      .option('--partition <n>', 'only this partition', wholeNumber(0, 100_000))
      .option('--dry-run', 'say what would be read again and what skipped, and do nothing', false)
      .option('--yes', 'ask nothing', false)
      .action(reset);
  },
};
