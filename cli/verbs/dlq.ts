import { InvalidArgumentError } from 'commander';
import { createDeadLetterBox, type DeadLetterBox } from '../../platform/kafka/dead-letter-box.ts';
import { FATES, isChosen, type Place, planReplay, sendBack } from '../../platform/kafka/replay-letters.ts';
import { type Group, GROUPS } from '../../schemas/topics.ts';
import { createLetterKinds, kindLines, letterJson, letterLines } from '../dead-letters/letters.ts';
import { confirmed } from '../output/confirm.ts';
import { print, printJson, say } from '../output/print.ts';
import { withKafka } from '../topics.ts';
import { groupName } from './group-name.ts';
import { wholeNumber } from './option-values.ts';
import { type Verb, withJson, withUrl } from './verb.ts';
import { messageOf } from '../../schemas/error-message.ts';

type Options = { url: string; json: boolean };
type Chosen = Options & { at: Place[]; topic?: string; reason?: string };
type ShowOptions = Chosen & { limit: number };
type ReplayOptions = Chosen & { force: boolean; again: boolean; dryRun: boolean; yes: boolean };

const place = (text: string, before: readonly Place[]): Place[] => {
  const [, partition, offset] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (partition === undefined) throw new InvalidArgumentError('give partition/offset, as `dlq show` has it: 0/17');
  return [...before, { partition: Number(partition), offset: Number(offset) }];
};

const opened = <T>({ url }: Options, run: (box: DeadLetterBox) => Promise<T>): Promise<T> =>
  withKafka(createDeadLetterBox, run, url);

const list = (group: Group | undefined, options: Options): Promise<void> =>
  opened(options, async (box) => {
    const kinds = createLetterKinds();
    for (const one of group === undefined ? Object.values(GROUPS) : [group])
      await box.read(one, async (letter) => kinds.add(letter));
    if (options.json) printJson({ deadLetters: kinds.all() });
    else if (kinds.all().length === 0) say('There are no dead letters.');
    else print(...kindLines(kinds.all()));
  });

const show = (group: Group, options: ShowOptions): Promise<void> =>
  opened(options, async (box) => {
    let shown = 0;
    await box.read(group, async (letter) => {
      if (!isChosen(letter, options)) return;
      shown += 1;
      if (shown > options.limit) return;
      const decoded = await box.decode(letter);
      if (options.json) printJson({ ...letterJson(letter), decoded });
      else print(...letterLines(letter, decoded));
    });
    if (shown === 0) say('There are no such dead letters.');
    if (shown > options.limit) say(`and ${shown - options.limit} more (--limit)`);
  });

const replay = (group: Group, options: ReplayOptions): Promise<void> =>
  opened(options, async (box) => {
    const { dryRun, yes, json } = options;
    const { fates, due } = await planReplay(box, group, options);
    const left = FATES.slice(1).flatMap((fate) => (fates[fate] === 0 ? [] : [`${fates[fate]} ${fate}`]));
    const because = left.length === 0 ? '' : ` (left: ${left.join(', ')})`;
    const letters = due.size === 1 ? '1 letter' : `${due.size} letters`;
    const would = `${letters} of ${group} would be sent back to where they came from, for all readers there${because}`;
    if (dryRun || due.size === 0) return json ? printJson({ group, dryRun, fates }) : print(would);
    await confirmed(would, yes);
    const failed = await sendBack(box, group, due, (place, error) => say(`${place}: ${messageOf(error)}`));
    if (failed > 0) process.exitCode = 1;
    if (json) printJson({ group, dryRun, fates: { ...fates, replayed: due.size - failed, failed } });
    else print(`${due.size - failed} of ${letters} of ${group} sent back${because}`);
  });

export const dlq: Verb = {
  name: 'dlq',
  summary: 'shows what could not be decoded, and sends it back',
  examples: [
    'npx coalmine dlq list',
    'npx coalmine dlq show judge --limit 3',
    'npx coalmine dlq replay judge --topic exchanges --dry-run',
    'npx coalmine dlq replay judge --at 0/17 --yes',
  ],
  define: (command) => {
    command.description(
      'A record that a consumer group could not decode lies in the group’s dead-letter topic, as it came. Once the cause is gone (a schema that the registry lacked, say) it can be sent back.',
    );
    const chosen = (name: string, about: string) =>
      withJson(withUrl(command.command(name)))
        .description(about)
        .argument('<group>', 'whose letters', groupName)
        .option('--at <partition/offset>', 'only this letter; may be given several times', place, [])
        .option('--topic <name>', 'only letters that came from this topic')
        .option('--reason <text>', 'only those whose reason has this in it');
    withJson(withUrl(command.command('list')))
      .description('count the letters by group, topic and reason')
      .argument('[group]', 'only of this one', groupName)
      .action(list);
    chosen(
      'show',
      'show letters: where from, why, their bytes, and whether they can be decoded by now; --json prints NDJSON',
    )
      .option('--limit <n>', 'the first so many', wholeNumber(1, 1_000_000), 20)
      .action(show);
    chosen(
      'replay',
      'write letters to the topics that they came from again: those that can be decoded by now and were not sent back before; takes the rights of `operator` (coalmine acls)',
    )
      .option('--force', 'those that can’t be decoded as well', false)
      .option('--again', 'those that were sent back before as well', false)
      .option('--dry-run', 'say how many, and do nothing', false)
      .option('--yes', 'ask nothing', false)
      .action(replay);
  },
};
