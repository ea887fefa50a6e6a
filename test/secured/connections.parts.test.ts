import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTopics } from '../../infra/create-topics.ts';
import type { SecuredParts } from '../../infra/parts/part.ts';
import { type Parts, startParts } from '../../infra/parts/parts.ts';
import { createAuthority, createCertificate } from '../../infra/parts/secure/certificates.ts';
import type { Bus } from '../../platform/kafka/bus.ts';
import { createKafkaBus } from '../../platform/kafka/kafka-bus.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { readRedisAccess, readTopicsAccess } from '../../platform/process/parts-access.ts';
import { connectRedis, type Redis, redisReady, troubleOf } from '../../platform/redis/redis.ts';
import { DECISIONS } from '../../schemas/topics.ts';
import { createLines } from './lines.ts';

type Env = Record<string, string>;

const START_TIMEOUT_MS = 240_000;

let parts: Parts;
let secured: SecuredParts;
let folder = '';
const closing: (() => Promise<void> | void)[] = [];

const file = (name: string, text: string): string => {
  const at = path.join(folder, name);
  writeFileSync(at, text);
  return at;
};
const without = (env: Env, ...names: string[]): Env =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));

/** A bus of a user with rights of its own, and what it logs. */
const openBus = async (env: Env, clientId = 'secured-test') => {
  const { log, lines, text } = createLines();
  const metrics = createMetrics('secured_test');
  const bus = await createKafkaBus({ ...readTopicsAccess(env), clientId, log, metrics });
  closing.push(() => bus.close(2_000));
  return { bus, lines, text };
};
const openRedis = (env: Env): { redis: Redis; lines: string[] } => {
  const { log, lines } = createLines();
  const redis = connectRedis(readRedisAccess(env), log);
  closing.push(() => redis.disconnect());
  return { redis, lines };
};
const POLL = { timeout: 20_000, interval: 50 };
const connects = (bus: Bus): Promise<void> => expect.poll(() => bus.trouble(), POLL).toBeNull();
const says = (bus: Bus, sentence: RegExp): Promise<void> =>
  expect.poll(() => bus.trouble() ?? '', POLL).toMatch(sentence);
const redisSays = (redis: Redis, sentence: RegExp): Promise<void> =>
  expect.poll(() => troubleOf(redis) ?? '', POLL).toMatch(sentence);

beforeAll(async () => {
  const env = { ...process.env, COALMINE_SECURE: '1', KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL: '', REDIS_URL: '' };
  const home = path.resolve(import.meta.dirname, '../../.coalmine');
  parts = await startParts({ home, ports: 'free', env, onProgress: () => {} });
  secured = parts.secured!;
  folder = secured.world.folder;
  await createTopics({ ...readTopicsAccess(parts.envOf('create-topics')), replication: 1 });
}, START_TIMEOUT_MS);
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(async () => await parts?.stop());

describe('Kafka with users and certificates', () => {
  it.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])('lets a user in by %s', async (mechanism) => {
    const { bus } = await openBus({ ...parts.envOf('cli'), KAFKA_SASL_MECHANISM: mechanism });
    expect(await bus.partitionCount(DECISIONS)).toBe(2);
    await connects(bus);
  });

  it('lets a client in by its certificate alone', async () => {
    const { certificate, key } = await createCertificate(secured.world.authority, { name: 'cli' });
    const env = {
      ...without(parts.envOf('cli'), 'KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD_FILE'),
      KAFKA_BROKERS: secured.mutualBroker,
      KAFKA_SECURITY_PROTOCOL: 'SSL',
    };
    const none = await openBus(env);
    await says(none.bus, /asks for a certificate of ours: set KAFKA_SSL_CERTIFICATE_LOCATION/);
    const { bus } = await openBus({
      ...env,
      KAFKA_SSL_CERTIFICATE_LOCATION: file('cli.pem', certificate),
      KAFKA_SSL_KEY_LOCATION: file('cli.key', key),
    });
    expect(await bus.partitionCount(DECISIONS)).toBe(2);
  });

  it('names a wrong password, never it, and is there by itself once the file is mended', async () => {
    const password = file('wrong', 'hunter2hunter2');
    const { bus, lines, text } = await openBus({ ...parts.envOf('cli'), KAFKA_SASL_PASSWORD_FILE: password });
    const counted = bus.partitionCount(DECISIONS);
    counted.catch(() => {});
    await says(bus, /^Kafka at localhost:\d+ refused the password of user cli: look at KAFKA_SASL_USERNAME/);
    expect(lines.filter((line) => line.includes('refused the password'))).toHaveLength(1);
    rmSync(password);
    await says(bus, /^the file of KAFKA_SASL_PASSWORD_FILE can't be read \(ENOENT\)$/);
    file('wrong', secured.world.passwordOf.get('cli')!);
    expect(await counted).toBe(2);
    await connects(bus);
    expect(lines.at(-1)).toMatch(/^Kafka at localhost:\d+ is back$/);
    expect(text()).not.toContain('hunter2');
  });

  it('names a foreign authority, a wrong host name and an expired certificate of ours', async () => {
    const foreign = await createAuthority('somebody else');
    const ca = file('ca-to-mend.pem', foreign.certificate);
    const { bus } = await openBus({ ...parts.envOf('cli'), KAFKA_SSL_CA_LOCATION: ca });
    await says(bus, /signed by a CA that we do not trust: name that CA in KAFKA_SSL_CA_LOCATION$/);
    file('ca-to-mend.pem', secured.world.authority.certificate);
    await connects(bus);

    const byAddress = parts.env.KAFKA_BROKERS.replace('localhost', '127.0.0.1');
    await says(
      (await openBus({ ...parts.envOf('cli'), KAFKA_BROKERS: byAddress })).bus,
      /is for another name than the one that we call/,
    );

    const old = await createCertificate(secured.world.authority, { name: 'cli', expired: true });
    const env = without(parts.envOf('cli'), 'KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD_FILE');
    const expired = await openBus({
      ...env,
      KAFKA_BROKERS: secured.mutualBroker,
      KAFKA_SECURITY_PROTOCOL: 'SSL',
      KAFKA_SSL_CERTIFICATE_LOCATION: file('old.pem', old.certificate),
      KAFKA_SSL_KEY_LOCATION: file('old.key', old.key),
    });
    await says(expired.bus, /refused our certificate \(certificate (expired|unknown)\): renew KAFKA_SSL_CERTIFICATE/);
  });
});

describe('Kafka with tokens', () => {
  let endpoint: Server;
  let url = '';
  let asked: { authorization: string | undefined; body: string }[] = [];
  let lifetimeS = 3_600;
  let status = 200;

  const unsigned = (subject: string, seconds: number): string => {
    const nowS = Math.floor(Date.now() / 1_000);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part({ alg: 'none' })}.${part({ sub: subject, iat: nowS, exp: nowS + seconds })}.`;
  };
  const env = (): Env => ({
    ...without(parts.envOf('cli'), 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD_FILE'),
    KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
  });

  beforeAll(async () => {
    endpoint = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked.push({ authorization: request.headers.authorization, body });
        const token = { access_token: unsigned('cli', lifetimeS), expires_in: lifetimeS, token_type: 'Bearer' };
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(status === 200 ? token : { error: 'invalid_client' }));
      });
    });
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(endpoint.address() as { port: number }).port}/token`;
  });
  afterAll(() => void endpoint.close());

  it('lets a token in that a file holds, names one that has expired, and takes the next', async () => {
    const token = file('token', unsigned('cli', -600));
    const { bus } = await openBus({ ...env(), KAFKA_SASL_OAUTHBEARER_TOKEN_FILE: token });
    await says(bus, /refused our token: it has expired, or/);
    file('token', unsigned('cli', 3_600));
    await connects(bus);
    expect(await bus.partitionCount(DECISIONS)).toBe(2);
  });

  it('gets one from an endpoint by client credentials, the same for all connections, and names an endpoint that gives none', async () => {
    const given = {
      ...env(),
      KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: url,
      KAFKA_SASL_OAUTHBEARER_CLIENT_ID: 'me:',
      KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: 's3cret /',
      KAFKA_SASL_OAUTHBEARER_SCOPE: 'kafka',
    };
    [asked, status] = [[], 401];
    const { bus, text } = await openBus(given);
    await says(
      bus,
      /^the token endpoint at 127.0.0.1:\d+ gave client me: no token: status 401 \(invalid_client\); look at/,
    );
    [asked, status] = [[], 200];
    await connects(bus);
    expect(await bus.partitionCount(DECISIONS)).toBe(2);
    expect(asked).toEqual([
      {
        authorization: `Basic ${Buffer.from('me%3A:s3cret+%2F').toString('base64')}`,
        body: 'grant_type=client_credentials&scope=kafka',
      },
    ]);
    expect(text()).not.toContain('s3cret');
  });

  it('asks for a new token before the old one expires, on the connection that it has', async () => {
    [asked, lifetimeS] = [[], 16];
    const { bus, lines } = await openBus({
      ...env(),
      KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: url,
      KAFKA_SASL_OAUTHBEARER_CLIENT_ID: 'me',
      KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: 'secret',
    });
    await connects(bus);
    const first = asked.length;
    await expect.poll(() => asked.length, { timeout: 30_000 }).toBeGreaterThan(first + 1);
    expect(bus.trouble()).toBeNull();
    expect(lines).toEqual([]);
  });
});

describe('a registry with users', () => {
  const encode = async (env: Env) => {
    const opened = await openBus(env);
    const reading = opened.bus.append(DECISIONS, 0, []).then(
      () => null,
      (error: unknown) => (error as Error).message,
    );
    return { ...opened, outcome: await reading };
  };

  it('takes a user by basic authorization, or a bearer token', async () => {
    const env = parts.envOf('controller');
    expect((await encode(env)).outcome).toBeNull();
    const token = secured.world.passwordOf.get('controller')!;
    const bearer = without(env, 'SCHEMA_REGISTRY_USERNAME', 'SCHEMA_REGISTRY_PASSWORD_FILE');
    expect((await encode({ ...bearer, SCHEMA_REGISTRY_TOKEN: token })).outcome).toBeNull();
  });

  it('names wrong credentials, a foreign authority, and what is mended in between', async () => {
    const env = parts.envOf('controller');
    const password = file('registry-wrong', 'hunter2hunter2');
    const { bus, outcome, lines, text } = await encode({ ...env, SCHEMA_REGISTRY_PASSWORD_FILE: password });
    const sentence =
      /^the schema registry at https:\/\/localhost:\d+\S* refused our credentials: look at SCHEMA_REGISTRY_/;
    expect(outcome).toMatch(sentence);
    await says(bus, sentence);
    expect(lines.filter((line) => line.includes('refused our credentials'))).toHaveLength(1);
    file('registry-wrong', secured.world.passwordOf.get('controller')!);
    await bus.append(DECISIONS, 0, []);
    expect(bus.trouble()).toBeNull();
    expect(text()).not.toContain('hunter2');
    const foreign = file('foreign.pem', (await createAuthority('somebody else')).certificate);
    expect((await encode({ ...env, SCHEMA_REGISTRY_SSL_CA_LOCATION: foreign })).outcome).toMatch(
      /signed by a CA that we do not trust: name that CA in SCHEMA_REGISTRY_SSL_CA_LOCATION$/,
    );
  });
});

describe('Redis with users', () => {
  it('lets a user do what it needs, and names what it may not', async () => {
    const { redis, lines } = openRedis(parts.envOf('mirror'));
    await redisReady(redis);
    await expect(redis.set('coalmine:routing:a', '1')).rejects.toThrow(/NOPERM/);
    expect(troubleOf(redis)).toBe('user mirror of Redis may not run set: give it what npx coalmine acls prints');
    expect(lines).toHaveLength(1);
  });

  it('names a wrong password, one that lacks and a foreign authority, and is there by itself once mended', async () => {
    const password = file('redis-wrong', 'hunter2hunter2');
    const { redis, lines } = openRedis({ ...parts.envOf('mirror'), REDIS_PASSWORD_FILE: password });
    await redisSays(redis, /^Redis refused the password of user mirror: look at REDIS_/);
    expect(lines).toHaveLength(1);
    file('redis-wrong', secured.world.passwordOf.get('mirror')!);
    await redisReady(redis);
    expect(troubleOf(redis)).toBeNull();

    const nobody = openRedis(without(parts.envOf('mirror'), 'REDIS_USERNAME', 'REDIS_PASSWORD_FILE')).redis;
    await redisSays(nobody, /^Redis asks for a password: set REDIS_PASSWORD/);
    const foreign = file('redis-foreign.pem', (await createAuthority('somebody else')).certificate);
    const stranger = openRedis({ ...parts.envOf('mirror'), REDIS_SSL_CA_LOCATION: foreign }).redis;
    await redisSays(stranger, /do not trust: name that CA in REDIS_SSL_CA_LOCATION$/);
  });
});
