import { createRequire } from 'node:module';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import type { Kafka, logCreator } from 'kafkajs';
import type { Log } from '../process/log.ts';

const { CompressionCodecs, CompressionTypes, logLevel } = kafkajs;
const require = createRequire(import.meta.url);

type RequestQueue = {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
};

const PENDING_CHECK_MS = 10;

/**
 * kafkajs re-arms a timer with a negative delay for ever, on every connection: 860 wake-ups a second each, and a warning
 * from Node. This arms it only while something waits to be sent.
 */
const patchBusyTimer = (): void => {
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: Record<string, unknown> };
  prototype['scheduleCheckPendingRequests'] = function scheduleCheck(this: RequestQueue): void {
    if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
    const throttledMs = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      throttledMs > 0 ? throttledMs : PENDING_CHECK_MS,
    );
  };
};

/** Most batches are compressed and decompressed in one piece. */
const CHUNK = { chunkSize: 256 * 1024 };
/** What it takes of a core counts for more than the last tenth of a batch's size. */
const FASTEST = { ...CHUNK, params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/**
 * kafkajs knows gzip alone, and a batch in a codec it does not know ends its consumer. Topics are made with
 * `compression.type=zstd`, so that brokers store nothing else. At once, not on another thread: batches have at most a megabyte,
 * which takes two milliseconds, and handing small ones over took two to three times the CPU.
 */
const addCodecs = (): void => {
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async (encoder: { buffer: Buffer }) => zstdCompressSync(encoder.buffer, FASTEST),
    decompress: async (buffer: Buffer) => zstdDecompressSync(buffer, CHUNK),
  });
  CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy') as () => unknown;
};

let isInstalled = false;

/** Mends kafkajs for the whole process: its idle timer, and its codecs. A second call changes nothing. */
export const installKafkaFixes = (): void => {
  if (isInstalled) return;
  isInstalled = true;
  patchBusyTimer();
  addCodecs();
};

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

export type KafkaOptions = { brokers: string[]; clientId: string; log: Log };

export const createKafka = ({ brokers, clientId, log }: KafkaOptions, retry = settings.retry): Kafka => {
  installKafkaFixes();
  const logging = { logLevel: logLevel.WARN, logCreator: logCreatorOf(log) };
  return new kafkajs.Kafka({ ...settings, ...logging, retry, brokers, clientId });
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
type Broker = {
  fetch(request: FetchRequest): Promise<{ responses: { topicName: string; partitions: FetchedPartition[] }[] }>;
  offsetFetch(request: {
    groupId: string;
    topics: { topic: string; partitions: { partition: number }[] }[];
  }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>;
};

/** The part of kafkajs' inner Cluster that reads without a consumer group; the version is pinned and upstream is still. */
export type Cluster = {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
  findBroker(node: { nodeId: number }): Promise<Broker>;
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>;
  fetchTopicsOffset(
    topics: { topic: string; fromBeginning: boolean; partitions: { partition: number }[] }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
};

export const createCluster = ({ brokers, clientId, log }: KafkaOptions): Cluster => {
  installKafkaFixes();
  const InnerCluster = require('kafkajs/src/cluster') as new (options: object) => Cluster;
  const { createLogger } = require('kafkajs/src/loggers') as { createLogger: (options: object) => unknown };
  const socketFactory = (require('kafkajs/src/network/socketFactory') as () => unknown)();
  return new InnerCluster({
    ...settings,
    logger: createLogger({ level: logLevel.WARN, logCreator: logCreatorOf(log) }),
    socketFactory,
    brokers,
    clientId,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    isolationLevel: 1,
  });
};

/** The type and name of an error, past kafkajs' wrapping of what its retries ended with. */
export const kafkaErrorOf = (error: unknown): { name: string; type: string; message: string } => {
  const { name, type, message, cause } = error as { name?: string; type?: string; message?: string; cause?: unknown };
  if (cause instanceof Error && name === 'KafkaJSNumberOfRetriesExceeded') return kafkaErrorOf(cause);
  return { name: name ?? '', type: type ?? '', message: message ?? String(error) };
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
