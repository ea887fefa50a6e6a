import { Argument, type Command } from 'commander';
import { followTopic } from '../records/follow.ts';
import { type About, FILTERS, RECORD_KINDS } from '../records/kinds.ts';
import { plain } from '../output/plain.ts';
import { print, printJson, say } from '../output/print.ts';
import { TOPICS_PROSE, withTopics } from '../topics.ts';
import { duration, wholeNumber } from './option-values.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = About & { url: string; json: boolean; since?: number; follow: boolean; limit?: number };

const timeText = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

/** A rollout by its name, any run of it, or by its id, that run alone. */
const fits = (given: string | undefined, wanted: string | undefined, filter: keyof About): boolean =>
  wanted === undefined || given === wanted || (filter === 'rollout' && given?.split('#')[0] === wanted);

const follow = async (what: string, options: Options, command: Command): Promise<void> => {
  const kind = RECORD_KINDS[what]!;
  const strange = kind.lacks.find((filter) => options[filter] !== undefined);
  if (strange !== undefined) command.error(`error: ${what} have no ${strange}: leave out --${strange}`);
  const sinceMs = Date.now() - (options.since ?? 0);
  let shown = 0;
  await withTopics(
    'tail',
    (bus) =>
      followTopic(bus, kind.topic, { sinceMs, follows: options.follow }, ({ value, timestampMs }) => {
        for (const event of kind.events(value)) {
          const about = kind.about(event);
          if (!FILTERS.every((filter) => fits(about[filter], options[filter], filter))) continue;
          if (options.json) printJson(event);
          else print([timeText(timestampMs), ...kind.cells(event).map(plain)].filter((cell) => cell !== '').join('  '));
          shown += 1;
          if (shown === options.limit) return 'enough';
        }
        return 'more';
      }),
    options.url,
  );
  if (shown === 0) say(`There are no such ${what}.`);
};

const withFilters = (command: Command): Command =>
  command
    .option('--agent <name>', 'only of this agent')
    .option('--rollout <name>', 'only of this rollout, by its name or by the id of one run')
    .option('--version <label>', 'only of this version (of decisions: the candidate)')
    .option('--arm <name>', 'only of this arm')
    .option('--metric <name>', 'only of this metric (scores, windows, decisions)');

export const tail: Verb = {
  name: 'tail',
  summary: 'shows what comes in a topic, decoded',
  examples: [
    'npx coalmine tail scores --agent support --metric empathy',
    'npx coalmine tail exchanges --since 10m --no-follow --json | jq .outcome',
  ],
  define: (command) => {
    withFilters(withJson(withUrl(command), 'NDJSON: each in full, one a line'))
      .description('Shows records of a topic, decoded, as they come: a line each, or in full as JSON.')
      .addArgument(new Argument('<what>', 'which').choices(Object.keys(RECORD_KINDS)))
      .option('--since <duration>', 'those of this time before, too: 10m', duration)
      .option('--no-follow', 'end where the topic ends now')
      .option('--limit <n>', 'end after so many', wholeNumber(1, 1_000_000_000))
      .addHelpText('after', `\n${TOPICS_PROSE}`)
      .action(follow);
  },
};
