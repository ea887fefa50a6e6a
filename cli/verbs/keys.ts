import { Option } from 'commander';
import { readKeys, revokeKey, writeKey } from '../../platform/redis/key-store.ts';
import type { Limit } from '../../schemas/ingress-policy.ts';
import { controllerRoleOf } from '../../schemas/controller-role.ts';
import { ROLE_NAMES, type RoleName } from '../../schemas/roles.ts';
import { keyTable } from '../keys/key-table.ts';
import { newKeyText, recordOf } from '../keys/new-key.ts';
import { withRedis } from '../keys/with-redis.ts';
import { print, printJson, say } from '../output/print.ts';
import { agents, claims, collected, duration, keyName, limit, roles } from './option-values.ts';
import type { Verb } from './verb.ts';

/** The default must not leave a team without evidence and without a word. */
const UNVOUCHED =
  'It may not name its users, so its requests are no evidence in a rollout. Is it the key of an application of your own? Then make it with --role subjects.';

type Create = {
  name: string;
  role: RoleName[];
  group: string[];
  agent: string[];
  claim: Record<string, string>;
  expires?: number;
  limit?: Limit;
};

const create = async (options: Create): Promise<void> => {
  const key = newKeyText();
  const nowMs = Date.now();
  const about = {
    name: options.name,
    roles: options.role,
    groups: options.group,
    claims: options.claim,
    agents: options.agent.length > 0 ? options.agent : ['*'],
    limit: options.limit ?? null,
    expiresAtMs: options.expires === undefined ? null : nowMs + options.expires,
  };
  const record = recordOf(key, about, nowMs);
  await withRedis((redis) => writeKey(redis, record));
  print(key);
  say(`${record.id} is made, for ${record.agents.includes('*') ? 'every agent' : record.agents.join(', ')}.`);
  say('The key is shown this once only: of it, no more than its hash is kept.');
  if (!record.roles.includes('subjects') && controllerRoleOf(record.roles) === null) say(UNVOUCHED);
};

const list = async ({ json }: { json: boolean }): Promise<void> => {
  const { keys, unreadable } = await withRedis(readKeys);
  for (const { sha256, reason } of unreadable) say(`the record under ${sha256} can't be read: ${reason}`);
  if (json) printJson(keys);
  else if (keys.length === 0) say('There are no keys. Make one: npm run keys -- create --name <who it is for>');
  else print(...keyTable(keys, Date.now()));
};

const revoke = async (id: string): Promise<void> => {
  const revoked = await withRedis((redis) => revokeKey(redis, id, Date.now()));
  if (revoked === undefined) throw new Error(`there is no key ${id}; npm run keys -- list shows them`);
  say(`${id} (${revoked.name}) is revoked since ${new Date(revoked.revokedAtMs!).toISOString()}.`);
};

const many = <T>(flags: string, what: string, read: (text: string, before: T) => T, none: T): Option =>
  new Option(flags, what).argParser(read).default(none, 'none');

export const keys: Verb = {
  name: 'keys',
  summary: 'makes, lists and revokes keys of both doors',
  examples: [
    'REDIS_URL=redis://127.0.0.1:6379 npm run --silent keys -- create --name "support app" --role subjects > support.key',
    'npm run keys -- create --name ann --role pin --group internal --agent support --expires 90d --limit 100/1m',
    'npm run --silent keys -- create --name ann --role operate > ann.key',
    'npm run keys -- revoke key_0123456789ab',
  ],
  define: (command) => {
    command
      .description(
        'The keys of the front door’s callers and of those who steer rollouts: made, listed and revoked in Redis, in force within a second.',
      )
      .addHelpText(
        'after',
        `
Only the key itself, the list and its JSON go to stdout; all else goes to stderr.
Exit codes: 0 done, 1 not done (the reason is on stderr), 2 the command line is wrong.`,
      );
    command
      .command('create')
      .description('make a key and print it, this once only')
      .requiredOption('--name <text>', 'who or what it is for; shown by list', keyName)
      .addOption(
        many(
          '--role <name>',
          `what it may do beside calling its agents: ${ROLE_NAMES.join(', ')} (docs/keys.md tells each)`,
          roles,
          [],
        ),
      )
      .addOption(many('--group <name>', 'a group that segments, flags and beta lists may ask for', collected, []))
      .addOption(
        many('--agent <name>', 'an agent that it may call, see and change; without any, every one', agents, []),
      )
      .addOption(many('--claim <name=value>', 'a claim that segments, flags and beta lists may ask for', claims, {}))
      .option('--expires <duration>', 'refused after this: 90d, 12h; without it, never', duration)
      .option(
        '--limit <requests/duration>',
        "100/1m, or 100/1m:20 of which 20 at once; in place of the policy's",
        limit,
      )
      .addHelpText('after', '\n--role, --group, --agent and --claim may be given several times.')
      .action(create);
    command
      .command('list')
      .description('show all keys, revoked ones too; never the keys themselves')
      .option('--json', 'as one JSON array', false)
      .action(list);
    command.command('revoke').description('refuse a key from now on, for good').argument('<id>').action(revoke);
  },
};
