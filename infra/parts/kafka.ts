import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createChild } from './child.ts';
import type { Jar } from './lock.ts';
import type { Part } from './part.ts';
import { toPartsError } from './parts-error.ts';
import { brokerIds } from './probe.ts';
import { runProgram } from './program.ts';
import { scramArguments, secureProperties, type SecurePorts } from './secure/kafka-listeners.ts';
import type { SecureWorld } from './secure/world.ts';
import { makeWholeFolder } from './whole-folder.ts';

const messageMaxBytes = 16 * 1024 * 1024;

/** Serial collector and first compiler only: least memory and soonest start. What Kafka logs goes to stderr. */
const jvm = [
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:-UsePerfData',
  '-XX:+ExitOnOutOfMemoryError',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
];

export type BrokerPlan = {
  /** From 1. */
  nodeId: number;
  port: number;
  controllerPort: number;
};

/** What every broker of a cluster of so many is told, wherever it runs. */
export function brokerSettings(brokers: number): Record<string, string | number | boolean> {
  const replicas = Math.min(brokers, 3);
  const minInSync = Math.max(1, replicas - 1);
  return {
    'process.roles': 'broker,controller',
    'controller.listener.names': 'CONTROLLER',
    'auto.create.topics.enable': false,
    'default.replication.factor': replicas,
    'min.insync.replicas': minInSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minInSync,
    'transaction.state.log.num.partitions': 4,
    'message.max.bytes': messageMaxBytes,
    'replica.fetch.max.bytes': messageMaxBytes,
    'replica.fetch.response.max.bytes': messageMaxBytes,
    'group.initial.rebalance.delay.ms': 0,
    'num.network.threads': 1,
    'num.io.threads': 2,
    'background.threads': 2,
    'group.coordinator.threads': 1,
    'share.coordinator.threads': 1,
    'metadata.max.idle.interval.ms': 5000,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    // After kill -9 a broker is let in again once its old session ended: 5 s instead of 12 s with these two.
    'broker.session.timeout.ms': 2000,
    'broker.heartbeat.interval.ms': 500,
  };
}

/** The properties of one of a cluster's brokers, each of them a controller too; all listen on this machine only. */
export function serverProperties(
  broker: BrokerPlan,
  cluster: readonly BrokerPlan[],
  dataFolder: string,
  more: Readonly<Record<string, string>> = {},
): string {
  const properties = {
    'node.id': broker.nodeId,
    'controller.quorum.voters': cluster.map((one) => `${one.nodeId}@127.0.0.1:${one.controllerPort}`).join(','),
    listeners: `PLAINTEXT://127.0.0.1:${broker.port},CONTROLLER://127.0.0.1:${broker.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': dataFolder,
    ...brokerSettings(cluster.length),
    ...more,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** An id as Kafka writes them: 16 bytes in base64url, with no dash in front, where it would look like an option. */
const kafkaId = (): string => randomBytes(16).toString('base64url').replace(/^-/, 'A');

type KafkaFiles = { java: string; jars: readonly Jar[]; jarFolder: string };

const classPath = ({ jars, jarFolder }: KafkaFiles): string =>
  jars.map((jar) => path.join(jarFolder, jar.file)).join(path.delimiter);

/**
 * The file with the cluster's feature levels that every empty data folder needs. Only Kafka's own tool knows how to
 * make it, which takes a JVM; but it depends on nothing but the version, so it is made once and kept beside the jars.
 */
async function bootstrapCheckpoint(files: KafkaFiles): Promise<string> {
  const folder = `${files.jarFolder}-format`;
  await makeWholeFolder(folder, async (part) => {
    const properties = path.join(part, 'server.properties');
    const sample = { nodeId: 1, port: 1, controllerPort: 2 };
    writeFileSync(properties, serverProperties(sample, [sample], part));
    const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', kafkaId(), '--config', properties];
    const { code, stderr } = await runProgram(files.java, [...jvm, '-cp', classPath(files), ...format]);
    if (code !== 0) throw toPartsError(stderr.slice(-500), 'kafka.tools.StorageTool failed', files.jarFolder);
  });
  return path.join(folder, 'bootstrap.checkpoint');
}

/** A secured cluster begins with its users, who are others at each start; so its data folder is made by the tool itself. */
async function formatSecured(files: KafkaFiles, properties: string, { world }: SecuredKafka): Promise<void> {
  const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', kafkaId(), '--config', properties];
  const users = scramArguments(world);
  const { code, stderr } = await runProgram(files.java, [...jvm, '-cp', classPath(files), ...format, ...users]);
  if (code !== 0) throw toPartsError(stderr.slice(-500), 'kafka.tools.StorageTool failed', files.jarFolder);
}

/** Makes a data folder a broker of the cluster; one that has data stays as it is. */
function formatData(folder: string, nodeId: number, clusterId: string, checkpoint: string): void {
  const meta = path.join(folder, 'meta.properties');
  if (existsSync(meta)) return;
  mkdirSync(folder, { recursive: true });
  copyFileSync(checkpoint, path.join(folder, 'bootstrap.checkpoint'));
  writeFileSync(meta, `version=1\nnode.id=${nodeId}\ncluster.id=${clusterId}\ndirectory.id=${kafkaId()}\n`);
}

/** A broker with users and TLS. */
export type SecuredKafka = { world: SecureWorld; ports: SecurePorts };

export type KafkaPlan = KafkaFiles & {
  cluster: readonly BrokerPlan[];
  dataFolder: string;
  isDisposable: boolean;
  runFolder: string;
  onProgress: (line: string) => void;
  /** For a cluster of one broker; null in plain text. */
  secured: SecuredKafka | null;
};

/** Brokers of one cluster, in the plan's order, formatted but not started: `kafka`, `kafka-2`, `kafka-3`. */
export async function prepareKafka(plan: KafkaPlan): Promise<[name: string, broker: Part][]> {
  const { secured } = plan;
  const checkpoint = secured ? null : await bootstrapCheckpoint(plan);
  const clusterId = kafkaId();
  const prepare = async (broker: BrokerPlan): Promise<[name: string, broker: Part]> => {
    const name = broker.nodeId === 1 ? 'kafka' : `kafka-${broker.nodeId}`;
    const dataFolder = path.join(plan.dataFolder, name);
    const properties = path.join(plan.runFolder, `${name}.properties`);
    const more = secured ? secureProperties(secured.world, broker, secured.ports) : {};
    // It may hold passwords.
    writeFileSync(properties, serverProperties(broker, plan.cluster, dataFolder, more), { mode: 0o600 });
    if (secured) await formatSecured(plan, properties, secured);
    if (checkpoint !== null) formatData(dataFolder, broker.nodeId, clusterId, checkpoint);
    const child = createChild({
      name,
      command: plan.java,
      args: ['-Xms64m', '-Xmx512m', ...jvm, '-cp', classPath(plan), 'kafka.Kafka', properties],
      runFolder: plan.runFolder,
      isDisposable: plan.isDisposable,
      probe: async () =>
        (await brokerIds(`127.0.0.1:${secured?.ports.internal ?? broker.port}`)).includes(broker.nodeId),
      onProgress: plan.onProgress,
    });
    return [name, child];
  };
  return Promise.all(plan.cluster.map(prepare));
}
