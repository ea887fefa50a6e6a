import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { REDIS_RULES, redisRuleText } from '../../../schemas/redis-access.ts';
import { type Principal, PRINCIPALS } from '../../../schemas/topic-access.ts';
import type { PartsEnv } from '../config.ts';
import { createAuthority, createCertificate, type Pair } from './certificates.ts';

export const SECURE_HOST = 'localhost';

/** Certificates and users of secured parts, made anew at each start; all files lie in a folder that only we may read. */
export type SecureWorld = {
  folder: string;
  authority: Pair;
  /** The parts' own certificate, for `localhost`. */
  server: Pair;
  /** One for all three parts. */
  passwordOf: ReadonlyMap<Principal, string>;
  /** The file that a Redis takes its users from. */
  redisUsers: string;
  /** What a principal's environment says, beside where the parts are: passwords stand in files. */
  envOf(principal: Principal): Record<string, string>;
};

const redisUsersOf = (passwordOf: ReadonlyMap<Principal, string>): string =>
  [
    'user default off resetkeys resetchannels -@all',
    ...PRINCIPALS.flatMap((principal) => {
      const rule = REDIS_RULES[principal];
      return rule ? [`user ${principal} on >${passwordOf.get(principal)} ${redisRuleText(rule)}`] : [];
    }),
    '',
  ].join('\n');

export async function createWorld(folder: string): Promise<SecureWorld> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const authority = await createAuthority('coalmine test authority');
  const server = await createCertificate(authority, { name: SECURE_HOST, hosts: [SECURE_HOST] });
  const ca = write('ca.pem', authority.certificate);
  const passwordOf = new Map(PRINCIPALS.map((principal) => [principal, randomBytes(18).toString('base64url')]));
  for (const [principal, password] of passwordOf) write(`${principal}.password`, `${password}\n`);
  return {
    folder,
    authority,
    server,
    passwordOf,
    redisUsers: write('redis-users.acl', redisUsersOf(passwordOf)),
    envOf: (principal) => {
      const password = path.join(folder, `${principal}.password`);
      return {
        KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
        KAFKA_SSL_CA_LOCATION: ca,
        KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
        KAFKA_SASL_USERNAME: principal,
        KAFKA_SASL_PASSWORD_FILE: password,
        SCHEMA_REGISTRY_SSL_CA_LOCATION: ca,
        SCHEMA_REGISTRY_USERNAME: principal,
        SCHEMA_REGISTRY_PASSWORD_FILE: password,
        REDIS_SSL_CA_LOCATION: ca,
        REDIS_USERNAME: principal,
        REDIS_PASSWORD_FILE: password,
      };
    },
  };
}

/** Where secured parts are: the ports that speak TLS. */
export const secureAddresses = (ports: { kafka: number; registry: number; redis: number }, path: string): PartsEnv => ({
  KAFKA_BROKERS: `${SECURE_HOST}:${ports.kafka}`,
  SCHEMA_REGISTRY_URL: `https://${SECURE_HOST}:${ports.registry}${path}`,
  REDIS_URL: `rediss://${SECURE_HOST}:${ports.redis}`,
});
