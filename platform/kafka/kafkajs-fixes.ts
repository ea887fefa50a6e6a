import { createRequire } from 'node:module';
import kafkajs from 'kafkajs';
import { compressZstd, decompressZstd } from './zstd.ts';
import { installRecordDecoder } from './record-decoder.ts';
import { installRecordEncoder } from './record-encoder.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;
const require = createRequire(import.meta.url);

type Request = { sentAt: number; requestTimeout: number; timeoutRequest(): void };
type RequestQueue = {
  pending: unknown[];
  inflight: Map<number, Request>;
  enforceRequestTimeout: boolean;
  requestTimeoutIntervalId: NodeJS.Timeout;
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  isConnected(): boolean;
  checkPendingRequests(): void;
  destroy(): void;
};

const PENDING_CHECK_MS = 10;
const TIMEOUT_CHECK_MS = 1_000;

/**
 * kafkajs re-arms a timer with a negative delay for ever, on every connection: 860 wake-ups a second each, and a warning
 * from Node. This arms it only while something waits to be sent. And it looks for requests without an answer ten times a
 * second on every connection; once is enough for limits of seconds.
 */
const patchTimers = (): void => {
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
  prototype['scheduleRequestTimeoutCheck'] = function scheduleTimeouts(this: RequestQueue): void {
    if (!this.enforceRequestTimeout) return;
    this.destroy();
    this.requestTimeoutIntervalId = setInterval(() => {
      const nowMs = Date.now();
      for (const request of this.inflight.values())
        if (nowMs - request.sentAt > request.requestTimeout) request.timeoutRequest();
      if (!this.isConnected()) this.destroy();
    }, TIMEOUT_CHECK_MS);
  };
};

/** With a partition paused the next fetch must come soon: what is resumed is fetched with the next one only. */
const WAIT_WITH_PAUSED_MS = 250;

type ConsumerGroup = {
  maxWaitTime: number;
  subscriptionState: { paused(): readonly unknown[] };
};

/** A member waits for new records as long as it was told to, but only while none of its partitions is paused. */
const patchFetchWait = (): void => {
  const { prototype } = require('kafkajs/src/consumer/consumerGroup') as {
    prototype: { fetch(this: ConsumerGroup, nodeId: number): Promise<unknown> };
  };
  const { fetch } = prototype;
  const longest = new WeakMap<ConsumerGroup, number>();
  prototype.fetch = function fetchPatiently(nodeId) {
    const maxWaitMs = longest.get(this) ?? this.maxWaitTime;
    longest.set(this, maxWaitMs);
    const hasPaused = this.subscriptionState.paused().length > 0;
    this.maxWaitTime = hasPaused ? Math.min(maxWaitMs, WAIT_WITH_PAUSED_MS) : maxWaitMs;
    return fetch.call(this, nodeId);
  };
};

/**
 * kafkajs knows gzip alone, and a batch in a codec it does not know ends its consumer. Topics are made with
 * `compression.type=zstd`, so that brokers store nothing else.
 */
const addCodecs = (): void => {
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async (encoder: { buffer: Buffer }) => compressZstd(encoder.buffer),
    decompress: async (buffer: Buffer) => decompressZstd(buffer),
  });
  CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy') as () => unknown;
};

let isInstalled = false;

/** Mends kafkajs for the whole process: its timers, how long it waits for records, its codecs, how it
 * encodes and decodes records. A second call changes nothing. */
export const installKafkaFixes = (): void => {
  if (isInstalled) return;
  isInstalled = true;
  patchTimers();
  patchFetchWait();
  addCodecs();
  installRecordEncoder();
  installRecordDecoder();
};
