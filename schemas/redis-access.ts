import type { Principal } from './topic-access.ts';

/** What every connection runs while it is made. */
const CONNECTING = ['info', 'client|setinfo', 'ping'];
const FOLLOWING = ['subscribe', 'unsubscribe'];
const ROUTING = { keys: ['%R~coalmine:routing:*'], channels: ['coalmine:routing'], commands: ['scan', 'mget'] };
const KEY_TABLE = {
  keys: ['%R~coalmine:keys', '%R~coalmine:keys:revision'],
  channels: ['coalmine:keys'],
  commands: ['get', 'hgetall', 'multi', 'exec'],
};

/** Keys (`%R~`: to read alone), channels and commands, in the words of a Redis access list (Redis and Valkey from 7 on). */
export type RedisRule = { keys: string[]; channels: string[]; commands: string[] };

const rule = (...parts: Partial<RedisRule>[]): RedisRule => {
  const all = (name: keyof RedisRule): string[] => [...new Set(parts.flatMap((part) => part[name] ?? []))];
  return { keys: all('keys'), channels: all('channels'), commands: [...CONNECTING, ...all('commands')] };
};

/** The least that each principal needs in Redis; who is not here has no use for it. A script runs as who sends it. */
export const REDIS_RULES: Readonly<Partial<Record<Principal, RedisRule>>> = {
  ingress: rule(ROUTING, KEY_TABLE, {
    keys: ['~coalmine:conversation:*', '~coalmine:limit:*'],
    commands: [...FOLLOWING, 'set', 'eval', 'evalsha', 'time'],
  }),
  mirror: rule(ROUTING, { commands: FOLLOWING }),
  judge: rule(ROUTING, { commands: FOLLOWING }),
  controller: rule(KEY_TABLE, {
    keys: ['~coalmine:routing:*', '~coalmine:sessions:*'],
    channels: ['coalmine:routing'],
    commands: [...FOLLOWING, 'set', 'eval', 'publish', 'zadd', 'zremrangebyrank', 'pexpire', 'zscore', 'zrem'],
  }),
  cli: rule(KEY_TABLE, {
    keys: ['~coalmine:keys', '~coalmine:keys:revision'],
    commands: ['eval', 'hset', 'incr', 'publish', 'time'],
  }),
};

/** A rule as `ACL SETUSER` takes it, and a file of users; whoever adds a password and `on` has the user. */
export const redisRuleText = ({ keys, channels, commands }: RedisRule): string =>
  [
    'resetkeys resetchannels -@all',
    ...keys,
    ...channels.map((name) => `&${name}`),
    ...commands.map((name) => `+${name}`),
  ].join(' ');
