import { createAggregate, type Report } from '../shadow-report/aggregate.ts';
import { print, printJson, say } from '../output/print.ts';
import { pageOf } from '../shadow-report/page.ts';
import { readReport } from '../shadow-report/read.ts';
import { TOPICS_PROSE, withTopics } from '../topics.ts';
import { wholeNumber } from './option-values.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

const MAX_LIMIT = 1_000;

type Options = { url: string; limit: number; json: boolean; agent?: string };

const read = (rollout: string, { url, agent, limit }: Options): Promise<Report> =>
  withTopics(
    'shadow-report',
    async (bus) => {
      const aggregate = createAggregate({ rollout, agent: agent ?? null, limit });
      const report = await readReport(bus, aggregate, say);
      if (report !== null) return report;
      const whose = agent === undefined ? '' : ` of ${agent}`;
      throw new Error(
        `there are no shadows of ${rollout}${whose}; they are kept for 7 days, and only rollouts with a shadow phase make any`,
      );
    },
    url,
  );

export const shadowReport: Verb = {
  name: 'shadow-report',
  summary: "says where a candidate's answers in shadow differ",
  examples: ['npx coalmine shadow-report support-v2', "npx coalmine shadow-report 'support-v2#7' --limit 5 --json"],
  define: (command) => {
    withJson(withUrl(command))
      .description(
        "Says where a candidate's answers in shadow differ from the live ones, beyond what stable does to itself, the worst exchanges first.",
      )
      .argument('<rollout>', 'its name, for the latest run, or one run: support-v2#7')
      .option('--limit <n>', 'exchanges to show', wholeNumber(0, MAX_LIMIT), 20)
      .option('--agent <name>', 'only this agent')
      .addHelpText('after', `\n${TOPICS_PROSE} Progress goes to stderr.`)
      .action(async (rollout: string, options: Options) => {
        const report = await read(rollout, options);
        if (options.json) printJson(report);
        else print(...pageOf(report));
      });
  },
};
