import type { ContainerRuntimeClient, GenericContainer } from 'testcontainers';
import type { PartsConfig } from './config.ts';
import { brokerSettings } from './kafka.ts';
import type { Part, PlacedParts, PlaceOptions, Wanted } from './part.ts';
import { PartsError } from './parts-error.ts';
import { pickFreePorts, requireFreePort } from './ports.ts';
import { brokerIds, redisAnswers, registryAnswers } from './probe.ts';
import { registryUrl, requireTransitive } from './registry.ts';
import { openRunFolder } from './run-folder.ts';
import { waitUntil } from './waiting.ts';

const images = { kafka: 'apache/kafka:4.3.1', registry: 'apicurio/apicurio-registry:3.0.9', redis: 'redis:7' };

/** Longer than for a child process: the first start pulls the image. */
const startTimeoutMs = 300_000;

/**
 * The image's variables for one broker reached at `host:port` from outside. A broker tells clients where it is, so the
 * address it advertises must be the published one; inside the container it speaks to itself over a listener of its own.
 */
export function kafkaVariables(host: string, port: number): Record<string, string> {
  const settings = {
    ...brokerSettings(1),
    'node.id': 1,
    'controller.quorum.voters': '1@localhost:9094',
    listeners: 'INSIDE://:9093,CONTROLLER://:9094,OUTSIDE://:9092',
    'advertised.listeners': `INSIDE://localhost:9093,OUTSIDE://${host}:${port}`,
    'listener.security.protocol.map': 'INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT,OUTSIDE:PLAINTEXT',
    'inter.broker.listener.name': 'INSIDE',
    'log.dirs': '/tmp/kraft-combined-logs',
  };
  const variable = (name: string): string => `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`;
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [variable(name), String(value)]));
}

/** Throws a PartsError if no container engine answers. */
async function connectEngine(): Promise<ContainerRuntimeClient> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    return await getContainerRuntimeClient();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PartsError(
      `COALMINE_PARTS=docker, but no container engine answers (${reason}): ` +
        'start Docker or set DOCKER_HOST, or unset COALMINE_PARTS to run the parts without containers',
    );
  }
}

/**
 * A container as a part. Created at its first start; killed and started again it is the same one, so that its data and
 * its port stay. testcontainers' own reaper removes it when this process is gone.
 */
function createContainer(
  client: ContainerRuntimeClient,
  container: GenericContainer,
  ready: () => Promise<void>,
): Part {
  let id: string | undefined;
  const isRunning = async (): Promise<boolean> =>
    id !== undefined && (await client.container.getById(id).inspect()).State.Running;
  return {
    start: async () => {
      if (id === undefined) id = (await container.withStartupTimeout(startTimeoutMs).start()).getId();
      else if (!(await isRunning())) await client.container.getById(id).start();
      await ready();
    },
    kill: async (signal) => {
      if (id === undefined || !(await isRunning())) return;
      await client.container.getById(id).kill({ signal });
      if (signal === 'SIGSTOP' || signal === 'SIGCONT') return;
      await waitUntil('the end of a container', async () => !(await isRunning()), 30_000);
    },
    stop: async () => {
      if (id === undefined) return;
      await client.container.getById(id).remove({ force: true, v: true });
      id = undefined;
    },
  };
}

type Containers = { client: ContainerRuntimeClient; create: (image: string) => GenericContainer };

function placeKafka({ client, create }: Containers, host: string, port: number): Part {
  const container = create(images.kafka)
    .withEnvironment(kafkaVariables(host, port))
    .withExposedPorts({ container: 9092, host: port });
  const answers = async (): Promise<boolean> => (await brokerIds(`${host}:${port}`)).includes(1);
  return createContainer(client, container, async () => await waitUntil('kafka', answers, startTimeoutMs));
}

function placeRegistry({ client, create }: Containers, url: string, port: number): Part {
  const container = create(images.registry)
    .withEnvironment({
      APICURIO_STORAGE_KIND: 'sql',
      APICURIO_STORAGE_SQL_KIND: 'h2',
      APICURIO_DATASOURCE_URL: 'jdbc:h2:file:/tmp/registry/db',
      APICURIO_REST_DELETION_ARTIFACT_ENABLED: 'true',
    })
    .withExposedPorts({ container: 8080, host: port });
  return createContainer(client, container, async () => {
    await waitUntil('registry', async () => await registryAnswers(url), startTimeoutMs);
    await requireTransitive(url);
  });
}

function placeRedis({ client, create }: Containers, url: string, port: number): Part {
  const container = create(images.redis)
    .withCommand(['redis-server', '--appendonly', 'yes', '--save', ''])
    .withExposedPorts({ container: 6379, host: port });
  const answers = async (): Promise<boolean> => await redisAnswers(url);
  return createContainer(client, container, async () => await waitUntil('redis', answers, startTimeoutMs));
}

/**
 * Containers for the wanted parts, with ports chosen beforehand on the engine's host; nothing started, nothing pulled.
 * One broker only, and data that ends with the containers. Throws a PartsError.
 */
export async function placeInDocker(config: PartsConfig, wanted: Wanted, options: PlaceOptions): Promise<PlacedParts> {
  if (options.brokers !== 1) throw new PartsError('COALMINE_PARTS=docker has one broker: unset it to run three');
  const client = await connectEngine();
  const { GenericContainer } = await import('testcontainers');
  const containers: Containers = { client, create: (image) => new GenericContainer(image) };
  const { host } = client.info.containerRuntime;
  const free = options.ports === 'free' ? await pickFreePorts(3) : [];
  const [kafkaPort = config.kafkaPort, registryPort = config.registryPort, redisPort = config.redisPort] = free;
  const env = {
    KAFKA_BROKERS: `${host}:${kafkaPort}`,
    SCHEMA_REGISTRY_URL: registryUrl(host, registryPort),
    REDIS_URL: `redis://${host}:${redisPort}`,
  };
  const parts = new Map<string, Part>();
  if (wanted.kafka) {
    await requireFreePort('Kafka', kafkaPort, 'COALMINE_KAFKA_PORT');
    parts.set('kafka', placeKafka(containers, host, kafkaPort));
  }
  if (wanted.registry) {
    await requireFreePort('the schema registry', registryPort, 'COALMINE_REGISTRY_PORT');
    parts.set('registry', placeRegistry(containers, env.SCHEMA_REGISTRY_URL, registryPort));
  }
  if (wanted.redis) {
    await requireFreePort('Redis', redisPort, 'COALMINE_REDIS_PORT');
    parts.set('redis', placeRedis(containers, env.REDIS_URL, redisPort));
  }
  return {
    runFolder: await openRunFolder(options.home, options.onProgress),
    env,
    secured: null,
    parts,
    clean: () => {},
  };
}
