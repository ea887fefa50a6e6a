import { createRequire } from 'node:module';
import kafkajs from 'kafkajs';
import type { Kafka, logCreator } from 'kafkajs';
import type { Log } from '../process/log.ts';
import type { KafkaAccess } from '../process/parts-security.ts';
import { connectingOf } from './kafka-connection.ts';
import { installKafkaFixes } from './kafkajs-fixes.ts';

const { logLevel } = kafkajs;
const require = createRequire(import.meta.url);

/** The seam says itself what an operator must know, so the library's own lines are for debugging. */
const logCreatorOf =
  (log: Log): logCreator =>
  () =>
  ({ namespace, label, log: { message, timestamp: _timestamp, logger: _logger, ...rest } }) =>
    log.debug({ kafkajs: namespace, severity: label, ...rest }, message);

const settings = {
  connectionTimeout: 3_000,
  requestTimeout: 8_000,
  enforceRequestTimeout: true,
  retry: { initialRetryTime: 100, multiplier: 2, factor: 0.2, maxRetryTime: 2_000, retries: 3 },
};

export const METADATA_MAX_AGE_MS = 15_000;

/**
 * For members of a consumer group: patient enough to sit out a broker's restart. A consumer that gives up comes back under
 * a new member id, and the group waits for the old one until its session ends.
 */
export const PATIENT_RETRY = { ...settings.retry, maxRetryTime: 1_000, retries: 60 };

export type KafkaOptions = KafkaAccess & { clientId: string; log: Log };

export const createKafka = (options: KafkaOptions, retry: Partial<typeof settings.retry> = settings.retry): Kafka => {
  const { brokers, kafkaSecurity, clientId, log } = options;
  installKafkaFixes();
  const logging = { logLevel: logLevel.WARN, logCreator: logCreatorOf(log) };
  return new kafkajs.Kafka({ ...settings, ...logging, ...connectingOf(kafkaSecurity), retry, brokers, clientId });
};

type FetchRequest = {
  maxWaitTime: number;
  minBytes: number;
  maxBytes: number;
  isolationLevel: number;
  topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
};
export type FetchedMessage = {
  offset: string;
  timestamp: string;
  key: Buffer | null;
  value: Buffer | null;
  headers?: Record<string, Buffer | string | (Buffer | string)[] | undefined>;
  isControlRecord?: boolean;
};
export type FetchedPartition = { partition: number; highWatermark: string; messages: FetchedMessage[] };
type Connection = { socket: { destroy(): void } | null; rejectRequests(error: Error): void };
type Broker = {
  /** The second connection is for fetches alone, which wait. */
  connectionPool: { pool: readonly Connection[] };
  fetch(request: FetchRequest): Promise<{ responses: { topicName: string; partitions: FetchedPartition[] }[] }>;
  offsetFetch(request: {
    groupId: string;
    topics: { topic: string; partitions: { partition: number }[] }[];
  }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>;
  offsetCommit(request: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: { topic: string; partitions: { partition: number; offset: string; metadata: string | null }[] }[];
  }): Promise<unknown>;
};

/** The part of kafkajs' inner Cluster that reads without a consumer group; the version is pinned and upstream is still. */
export type Cluster = {
  brokerPool: { brokers: Record<string, Broker> };
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
  findBroker(node: { nodeId: number }): Promise<Broker>;
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>;
  fetchTopicsOffset(
    topics: ({ topic: string; partitions: { partition: number }[] } & (
      | { fromBeginning: boolean }
      | { fromTimestamp: number }
    ))[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
};

export const createCluster = ({ brokers, kafkaSecurity, clientId, log }: KafkaOptions): Cluster => {
  installKafkaFixes();
  const InnerCluster = require('kafkajs/src/cluster') as new (options: object) => Cluster;
  const { createLogger } = require('kafkajs/src/loggers') as { createLogger: (options: object) => unknown };
  const socketFactory = (require('kafkajs/src/network/socketFactory') as () => unknown)();
  return new InnerCluster({
    ...settings,
    logger: createLogger({ level: logLevel.WARN, logCreator: logCreatorOf(log) }),
    socketFactory,
    ...connectingOf(kafkaSecurity),
    brokers,
    clientId,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    isolationLevel: 1,
  });
};

/**
 * Ends the fetches that wait for records; kafkajs' closing would wait with them. For a reader that is being closed: any
 * other would only ask again. The error is one after which kafkajs keeps its other connections, over which a member has
 * yet to leave its group.
 */
export const endFetches = (cluster: Pick<Cluster, 'brokerPool'>): void => {
  const ended = Object.assign(new Error('the reader was closed'), { name: 'KafkaJSBrokerNotFound' });
  for (const { connectionPool } of Object.values(cluster.brokerPool.brokers)) {
    const [, fetching] = connectionPool.pool;
    fetching?.rejectRequests(ended);
    fetching?.socket?.destroy();
  }
};

type KafkaError = { name: string; type: string; code: string; message: string };
type Thrown = { [K in keyof KafkaError]?: string | number } & { cause?: unknown };

/** The type, name and code of an error, past kafkajs' wrapping of what its retries ended with. */
export const kafkaErrorOf = (error: unknown): KafkaError => {
  const { name, type, code, message, cause } = error as Thrown;
  const isWrapped = name === 'KafkaJSNumberOfRetriesExceeded' || name === 'KafkaJSNonRetriableError';
  if (cause instanceof Error && isWrapped) return kafkaErrorOf(cause);
  return {
    name: `${name ?? ''}`,
    type: `${type ?? ''}`,
    code: `${code ?? ''}`,
    message: `${message ?? String(error)}`,
  };
};

/** Waits, but not for ever: kafkajs' closing may hang on a broker that does not answer. */
export const within = async (ms: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.then(() => undefined).catch(() => undefined), deadline]);
  clearTimeout(timer);
};
