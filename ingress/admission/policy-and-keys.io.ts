import path from 'node:path';
import type { Log } from '../../platform/process/log.ts';
import { isLoopbackName } from '../../schemas/loopback-host.ts';
import type { RedisAccess } from '../../platform/process/parts-security.ts';
import { followKeys } from '../../platform/redis/key-table.ts';
import { connectRedis } from '../../platform/redis/redis.ts';
import type { IngressEvents } from '../events.ts';
import { credentialLinesOf } from '../policy/credentials.ts';
import { followPolicy } from '../policy/policy-file.io.ts';
import { createPolicyInForce, madeOncePer } from '../policy/policy-in-force.ts';
import { createAdmission } from './chain.ts';
import { createAddressOf } from './client-address.ts';
import { createRateLimiter } from './rate-limiter.io.ts';
import { createAddressing } from './trusted-proxies.io.ts';

export type PolicyAndKeysSettings = RedisAccess & {
  /** The address to listen on. */
  host: string;
  dataDir: string;
  policyFile: string | undefined;
  /** Processes on all hosts, which share out request limits while Redis is away. */
  instances: number;
};

type Clocks = { nowMs: () => number; elapsedMs: () => number };

/** Who may call and how much, by the operator's document and the table of keys, both followed until `stop`. */
export const followPolicyAndKeys = async (
  settings: PolicyAndKeysSettings,
  log: Log,
  events: IngressEvents,
  { nowMs, elapsedMs }: Clocks,
) => {
  const { redisUrl, redisSecurity, dataDir, policyFile: file, instances } = settings;
  const followed = await followPolicy({ file, env: process.env, events, onChange: () => {} });
  const keys = await followKeys({ redisUrl, redisSecurity, file: path.join(dataDir, 'keys.json'), log });
  const redis = connectRedis(settings, log.child({ redis: 'limits' }));
  const policy = createPolicyInForce(() => followed.current().policy);
  const addressOf = createAddressOf(policy, createAddressing);
  const lines = madeOncePer(() => followed.current().credentials, credentialLinesOf);
  return {
    policy,
    addressOf,
    beginCall: createAdmission({
      policy,
      addressOf,
      findKey: keys.find,
      areKeysCurrent: keys.healthy,
      limiter: createRateLimiter({ redis, log, instances, elapsedMs }),
      nowMs,
      isOnLoopback: isLoopbackName(settings.host),
    }),
    /** Header lines for one upstream alone, such as a provider's key. */
    credentialLines: (upstream: string) => lines()(upstream),
    /** False until the table of keys was read once, from wherever. */
    areKeysKnown: () => keys.size() > 0 || keys.healthy(),
    stop: async () => {
      redis.disconnect();
      await Promise.all([followed.stop(), keys.stop()]);
    },
  };
};
