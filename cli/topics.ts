import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '../platform/kafka/bus.ts';
import { createKafkaBus } from '../platform/kafka/kafka-bus.ts';
import { kafkaSentence } from '../platform/kafka/kafka-trouble.ts';
import { createRegistryHttp, findTrouble, RegistryTroubleError } from '../platform/kafka/registry-http.ts';
import { type Log, silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { readTopicsAccess } from '../platform/process/parts-access.ts';
import type { KafkaAccess, RegistryAccess } from '../platform/process/parts-security.ts';
import { partsEnv } from './controller/access.ts';

const KAFKA_WITHIN_MS = 20_000;
const CLOSE_MS = 5_000;

const NO_PATH =
  'that is no registry of the Confluent kind. Is a path missing? The one of npm start is http://127.0.0.1:18081/apis/ccompat/v7';

/** Reading would wait for it for ever. */
export const checkRegistry = async (access: RegistryAccess): Promise<void> => {
  const answer = await findTrouble(createRegistryHttp(access), '/subjects').catch((cause: unknown) => {
    if (cause instanceof RegistryTroubleError) throw cause;
    throw new Error('the schema registry (SCHEMA_REGISTRY_URL) does not answer; is it running?', { cause });
  });
  if (answer.status === 200) return;
  const why = answer.status === 404 ? `: ${NO_PATH}` : '';
  throw new Error(`the schema registry (SCHEMA_REGISTRY_URL) answers ${answer.status} to GET /subjects${why}`);
};

/** Where verbs find the topics that they read, in the help of each of them. */
export const TOPICS_PROSE =
  'Needs Kafka and the registry: KAFKA_BROKERS and SCHEMA_REGISTRY_URL, a context, or `npm start` on this machine.';

/** Opens the topics of a controller's installation for one command, and closes them whatever comes of it. */
export const withTopics = async <T>(command: string, run: (bus: Bus) => Promise<T>, url: string): Promise<T> => {
  const access = readTopicsAccess(partsEnv(url));
  await checkRegistry(access);
  const bus = await createKafkaBus({
    ...access,
    clientId: `coalmine-${command}`,
    log: silentLog,
    metrics: createMetrics(command.replaceAll('-', '_')),
  });
  try {
    return await run(bus);
  } finally {
    await bus.close(CLOSE_MS);
  }
};

type Access = KafkaAccess & RegistryAccess & { log: Log };

/** The same with what speaks to Kafka by itself; what Kafka has against it is said in words. */
export const withKafka = async <O extends { close(): Promise<void> }, T>(
  open: (access: Access) => O,
  run: (opened: O) => Promise<T>,
  url: string,
): Promise<T> => {
  const access = readTopicsAccess(partsEnv(url));
  const opened = open({ ...access, log: silentLog });
  try {
    return await run(opened);
  } catch (error) {
    throw new Error(kafkaSentence(error, access), { cause: error });
  } finally {
    await opened.close();
  }
};

/** How many partitions a topic has; rejects if Kafka does not tell. */
export const partitionsOf = async (bus: Bus, topic: { name: string }): Promise<number> => {
  const count = await Promise.race([bus.partitionCount(topic), sleep(KAFKA_WITHIN_MS, null, { ref: false })]);
  if (count !== null) return count;
  throw new Error(
    `Kafka (KAFKA_BROKERS) did not tell of the topic ${topic.name} within ${KAFKA_WITHIN_MS / 1000} s; is it running?`,
  );
};
