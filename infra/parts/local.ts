import { rmSync } from 'node:fs';
import path from 'node:path';
import type { PartsConfig } from './config.ts';
import { fetchPrograms } from './downloads.ts';
import { type BrokerPlan, prepareKafka } from './kafka.ts';
import { readLock } from './lock.ts';
import type { Part, PlacedParts, PlaceOptions, Wanted } from './part.ts';
import { pickFreePorts, requireFreePort } from './ports.ts';
import { prepareRedis } from './redis-server.ts';
import { prepareRegistry, registryUrl } from './registry.ts';
import { openRunFolder } from './run-folder.ts';
import { planSecured, securedOf, secureRedis, secureRegistry } from './secure/place.ts';

type Ports = { cluster: BrokerPlan[]; registry: number; redis: number };

/** Brokers take two ports each: the one clients use and, in the fixed case the next one, the controller's. */
async function choosePorts(config: PartsConfig, wanted: Wanted, { ports, brokers }: PlaceOptions): Promise<Ports> {
  const isFixed = ports === 'fixed';
  const free = isFixed ? [] : await pickFreePorts(2 + 2 * brokers);
  const at = (index: number, fixed: number): number => free[index] ?? fixed;
  const cluster = Array.from({ length: brokers }, (_, n) => ({
    nodeId: n + 1,
    port: at(2 * n, config.kafkaPort + 2 * n),
    controllerPort: at(2 * n + 1, config.kafkaPort + 2 * n + 1),
  }));
  const chosen = {
    cluster,
    registry: at(2 * brokers, config.registryPort),
    redis: at(2 * brokers + 1, config.redisPort),
  };
  if (!isFixed) return chosen;
  for (const { port, controllerPort } of wanted.kafka ? cluster : []) {
    await requireFreePort('Kafka', port, 'COALMINE_KAFKA_PORT');
    await requireFreePort("Kafka's controller", controllerPort, 'COALMINE_KAFKA_PORT');
  }
  if (wanted.registry) await requireFreePort('the schema registry', chosen.registry, 'COALMINE_REGISTRY_PORT');
  if (wanted.redis) await requireFreePort('Redis', chosen.redis, 'COALMINE_REDIS_PORT');
  return chosen;
}

/** Child processes for the wanted parts: everything fetched, ports chosen, nothing started. Throws a PartsError. */
export async function placeLocally(config: PartsConfig, wanted: Wanted, options: PlaceOptions): Promise<PlacedParts> {
  const { home, env, onProgress } = options;
  const runFolder = await openRunFolder(home, onProgress);
  const ports = await choosePorts(config, wanted, options);
  const programs = await fetchPrograms(readLock(), wanted, { cache: path.join(home, 'cache'), env, onProgress });
  const freshData = path.join(runFolder, 'data');
  const secure = config.isSecure ? await planSecured(path.join(runFolder, 'secrets')) : null;
  const isDisposable = config.dataFolder === undefined;
  const place = { dataFolder: config.dataFolder ?? freshData, isDisposable, runFolder, onProgress };

  const parts = new Map<string, Part>();
  if (programs.kafka) {
    const brokers = await prepareKafka({ ...programs.kafka, ...place, cluster: ports.cluster, secured: secure });
    for (const [name, broker] of brokers) parts.set(name, broker);
  }
  if (programs.registry) {
    const port = secure?.ports.registry ?? ports.registry;
    const registry = prepareRegistry({ ...programs.registry, ...place, port });
    parts.set('registry', secure ? secureRegistry(secure, registry, ports.registry) : registry);
  }
  if (programs.redis) {
    const port = secure?.ports.redis ?? ports.redis;
    const redis = prepareRedis({ ...programs.redis, ...place, port, usersFile: secure?.world.redisUsers ?? null });
    parts.set('redis', secure ? secureRedis(secure, redis, ports.redis) : redis);
  }
  const open = {
    env: {
      KAFKA_BROKERS: ports.cluster.map(({ port }) => `127.0.0.1:${port}`).join(','),
      SCHEMA_REGISTRY_URL: registryUrl('127.0.0.1', ports.registry),
      REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
    },
    secured: null,
  };
  const kafka = ports.cluster[0]?.port ?? 0;
  return {
    ...(secure ? securedOf(secure, { kafka, registry: ports.registry, redis: ports.redis }) : open),
    runFolder,
    parts,
    clean: () => rmSync(freshData, { recursive: true, force: true }),
  };
}
