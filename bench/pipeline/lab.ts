import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startParts } from '../../infra/parts/parts.ts';
import type { PartsEnv } from '../../infra/parts/config.ts';
import type { Bus } from '../../platform/kafka/bus.ts';
import { createKafka } from '../../platform/kafka/kafka-client.ts';
import { silentLog } from '../../platform/process/log.ts';
import { treeOf } from '../front-door/machine.ts';
import { type Checkout, loadCheckout, openBus } from './checkout.ts';
import { openRawLog, type RawLog } from './raw-log.ts';

/**
 * Kafka, registry and Redis of one checkout's own. Every measurement begins with topics made anew, so that no stage meets
 * what another left: offsets, snapshots, ids seen before.
 */

const RESET_WITHIN_MS = 60_000;
const AGAIN_MS = 250;

/** Topics and views are removed here, so that parts which somebody runs or keeps are never used. */
const NOBODYS = {
  KAFKA_BROKERS: '',
  SCHEMA_REGISTRY_URL: '',
  REDIS_URL: '',
  COALMINE_DATA: '',
  COALMINE_PARTS: 'local',
};

export type Admin = ReturnType<ReturnType<typeof createKafka>['admin']>;

export type Lab = {
  name: string;
  checkout: Checkout;
  env: PartsEnv;
  admin: Admin;
  bus: Bus;
  raw: RawLog;
  /** Of a broker that was started here on a system with /proc; else null. */
  kafkaPid: number | null;
  /** Where services' output goes. */
  logFile: (name: string) => string;
  /** Removes all topics and groups and makes the topics anew. */
  reset: () => Promise<void>;
  /** By partition, the offset after the last record. */
  endsOf: (topic: string) => Promise<number[]>;
  /** On the broker's disk, compressed; null where that can't be seen. */
  bytesOf: (topic: string) => number | null;
  stop: () => Promise<void>;
};

const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

const insist = async (what: string, run: () => Promise<unknown>): Promise<void> => {
  const endsAtMs = performance.now() + RESET_WITHIN_MS;
  for (;;) {
    try {
      await run();
      return;
    } catch (error) {
      if (performance.now() > endsAtMs) throw new Error(`${what} failed`, { cause: error });
      await sleep(AGAIN_MS);
    }
  }
};

const removeAll = async (admin: Admin): Promise<void> => {
  const topics = (await admin.listTopics()).filter((name) => name.startsWith('coalmine.'));
  const { groups } = await admin.listGroups();
  const groupIds = groups.map(({ groupId }) => groupId);
  if (groupIds.length > 0) await admin.deleteGroups(groupIds);
  if (topics.length > 0) await admin.deleteTopics({ topics });
};

const partitionSizes = (dataFolder: string, topic: string): number => {
  const isPartition = (name: string): boolean =>
    name.startsWith(`${topic}-`) && /^\d+$/.test(name.slice(topic.length + 1));
  const folders = readdirSync(dataFolder).filter(isPartition);
  const logs = folders.flatMap((folder) =>
    readdirSync(path.join(dataFolder, folder))
      .filter((file) => file.endsWith('.log'))
      .map((file) => statSync(path.join(dataFolder, folder, file)).size),
  );
  return logs.reduce((sum, sizeBytes) => sum + sizeBytes, 0);
};

export const openLab = async (name: string, root: string, say: (line: string) => void): Promise<Lab> => {
  const checkout = await loadCheckout(root);
  const onProgress = (line: string): void => say(`${name}: ${line}`);
  const parts = await startParts({ home: '.coalmine', onProgress, ports: 'free', env: { ...process.env, ...NOBODYS } });
  const { env, runFolder } = parts;
  const brokers = env.KAFKA_BROKERS.split(',');
  const admin = createKafka({ brokers, clientId: 'bench-admin', log: silentLog }).admin();
  await admin.connect();
  const bus = await openBus(checkout, env, 'bench');
  const raw = openRawLog(brokers);
  const dataFolder = path.join(runFolder, 'data', 'kafka');
  const isBroker = (pid: number): boolean => {
    const command = commandOf(pid);
    return command.includes('kafka.Kafka') && command.includes(runFolder);
  };
  const registryUrl = env.SCHEMA_REGISTRY_URL;
  return {
    name,
    checkout,
    env,
    admin,
    bus,
    raw,
    kafkaPid: treeOf(process.pid).find(isBroker) ?? null,
    logFile: (service) => path.join(runFolder, `bench-${service}.log`),
    reset: async () => {
      await insist('removing the topics', () => removeAll(admin));
      await insist('making the topics', () =>
        checkout.createTopics.createTopics({ brokers, registryUrl, replication: 1 }),
      );
    },
    endsOf: async (topic) => {
      const ends: number[] = [];
      for (const { partition, high } of await admin.fetchTopicOffsets(topic)) ends[partition] = Number(high);
      return ends;
    },
    bytesOf: (topic) => (existsSync(dataFolder) ? partitionSizes(dataFolder, topic) : null),
    stop: async () => {
      await Promise.allSettled([raw.close(), bus.close(2_000), admin.disconnect()]);
      await parts.stop();
    },
  };
};
