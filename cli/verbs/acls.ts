import { Option } from 'commander';
import { REDIS_RULES, redisRuleText } from '../../schemas/redis-access.ts';
import { type Grant, grantsOf, type Principal, PRINCIPALS } from '../../schemas/topic-access.ts';
import type { Verb } from './verb.ts';

type Options = { prefix: string; suffix: string; bootstrapServer: string; json: boolean };

/** One call of Kafka's own tool: it takes a principal's operations on one topic or group together. */
const kafkaLine = (user: string, { resource, name, operations }: Grant, server: string): string =>
  [
    `kafka-acls.sh --bootstrap-server ${server} --command-config admin.properties --add`,
    `--allow-principal '${user}'`,
    ...operations.map((operation) => `--operation ${operation}`),
    `--${resource} ${name}`,
  ].join(' ');

const redisLine = (principal: Principal): string[] => {
  const rule = REDIS_RULES[principal];
  return rule ? [`ACL SETUSER ${principal} on '>the password' ${redisRuleText(rule)}`] : [];
};

/** What is printed: lines to run, or the same as one JSON document. */
export const aclsText = ({ prefix, suffix, bootstrapServer, json }: Options): string => {
  const all = PRINCIPALS.map((principal) => ({ principal, user: `${prefix}${principal}${suffix}` }));
  if (json)
    return JSON.stringify(
      all.map(({ principal, user }) => ({ user, kafka: grantsOf(principal), redis: REDIS_RULES[principal] ?? null })),
    );
  return all
    .flatMap(({ principal, user }) => [
      `# ${user}`,
      ...grantsOf(principal).map((grant) => kafkaLine(user, grant, bootstrapServer)),
      ...redisLine(principal),
    ])
    .join('\n');
};

export const acls: Verb = {
  name: 'acls',
  summary: 'prints the least rights in Kafka and Redis',
  examples: [
    'npx coalmine acls',
    'npx coalmine acls --prefix User:CN= --suffix ,O=example',
    'npx coalmine acls --json',
  ],
  define: (command) => {
    command
      .description(
        [
          'Prints calls of kafka-acls.sh and lines for redis-cli that give each service a user of its own with no more than it',
          'needs; `cli` is for this program, `create-topics` for infra/create-topics.ts. node infra/apply-acls.ts gives Kafka',
          'the same at once.',
        ].join('\n'),
      )
      .option('--prefix <text>', "what stands before the service in Kafka's names of users", 'User:')
      .option('--suffix <text>', 'what stands after it', '')
      .addOption(new Option('--bootstrap-server <address>', 'of Kafka').default('$KAFKA_BROKERS'))
      .option('--json', 'one JSON document', false)
      .action((options: Options) => console.log(aclsText(options)));
  },
};
