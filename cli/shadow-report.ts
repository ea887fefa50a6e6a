import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { partsEnv, readEnv } from '../platform/env.ts';
import { createKafkaBus } from '../platform/kafka-bus.ts';
import { silentLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { createAggregate, type Report } from './shadow-report/aggregate.ts';
import { pageOf } from './shadow-report/page.ts';
import { readReport } from './shadow-report/read.ts';

const CLOSE_DEADLINE_MS = 2_000;
const REGISTRY_WITHIN_MS = 5_000;
const MAX_LIMIT = 1_000;

type Options = { limit: number; json: boolean; agent?: string };

const Env = z.object({
  KAFKA_BROKERS: partsEnv.KAFKA_BROKERS,
  SCHEMA_REGISTRY_URL: partsEnv.SCHEMA_REGISTRY_URL,
});

const limitOf = (text: string): number => {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0 || limit > MAX_LIMIT)
    throw new InvalidArgumentError(`give a whole number from 0 to ${MAX_LIMIT}`);
  return limit;
};

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Reading would wait for it for ever. */
const checkRegistry = async (url: string): Promise<void> => {
  try {
    const answer = await fetch(`${url.replace(/\/$/, '')}/subjects`, {
      signal: AbortSignal.timeout(REGISTRY_WITHIN_MS),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(String(answer.status));
  } catch (error) {
    throw new Error('the schema registry (SCHEMA_REGISTRY_URL) does not answer; is it running?', { cause: error });
  }
};

const read = async (rollout: string, { agent, limit }: Options): Promise<Report> => {
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL: registryUrl } = readEnv(Env, process.env);
  await checkRegistry(registryUrl);
  const bus = await createKafkaBus({
    brokers: KAFKA_BROKERS.split(','),
    registryUrl,
    clientId: 'coalmine-shadow-report',
    log: silentLog,
    metrics: createMetrics('shadow_report'),
  });
  try {
    const aggregate = createAggregate({ rollout, agent: agent ?? null, limit });
    const report = await readReport(bus, aggregate, say);
    if (report !== null) return report;
    const whose = agent === undefined ? '' : ` of ${agent}`;
    throw new Error(
      `there are no shadows of ${rollout}${whose}; they are kept for 7 days, and only rollouts with a shadow phase make any`,
    );
  } finally {
    await bus.close(CLOSE_DEADLINE_MS);
  }
};

/** `shadow-report <rollout>`. Its action rejects with a sentence for the user when it can't be made. */
export const shadowReportCommand = (): Command =>
  new Command('shadow-report')
    .description(
      "where a candidate's answers in shadow differ from the live ones, beyond what stable does to itself, the worst exchanges first",
    )
    .argument('<rollout>', 'its name, for the latest run, or one run: support-v2#7')
    .option('--limit <n>', 'exchanges to show', limitOf, 20)
    .option('--agent <name>', 'only this agent')
    .option('--json', 'one JSON object on stdout', false)
    .addHelpText('after', '\nNeeds KAFKA_BROKERS and SCHEMA_REGISTRY_URL. Progress goes to stderr.')
    .action(async (rollout: string, options: Options) => {
      const report = await read(rollout, options);
      const text = options.json ? JSON.stringify(report) : pageOf(report).join('\n');
      process.stdout.write(`${text}\n`);
    });
