import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTopics } from '../../infra/create-topics.ts';
import type { PartsEnv } from '../../infra/parts/config.ts';
import { startParts } from '../../infra/parts/parts.ts';
import { createKafkaBus } from '../../platform/kafka/kafka-bus.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { connectRedis, redisReady } from '../../platform/redis/redis.ts';
import { forceView } from '../../platform/redis/force-view.fixture.ts';
import { EXCHANGES } from '../../schemas/topics.ts';
import { saturate, type Saturation } from './closed-loop.ts';
import { requestsOf } from './exchange.ts';
import { cpuUsOf, startOn, TARGET_CORE, treeOf } from './machine.ts';
import { makePlace, type Plan, untilReady } from './measure.ts';
import { AGENT, ingressProgram, ours, routingView } from './ours.ts';

/**
 * The ingress with everything it does, on one core: main thread and publisher (Avro, redaction, Kafka) together, load,
 * upstream, Kafka, registry and Redis on the other. A run ends when the topic holds every exchange that was answered.
 */

const TOPIC_WITHIN_MS = 300_000;
const POLL_EVERY_MS = 100;
const TARGET_CPU_US = 90;
const TARGET_PER_SECOND = 11_000;

type Options = { isJson: boolean; say: (line: string) => void };

/** Events that Kafka has acknowledged, as the ingress itself counts them. */
const publishedBy = async (port: number): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const found = new RegExp(`published_total\\{[^}]*topic="(?:exchanges|${EXCHANGES.name})"[^}]*\\} (\\S+)`).exec(text);
  return Number(found?.[1] ?? 0);
};

const untilPublished = async (port: number, count: number): Promise<void> => {
  const endsAtMs = performance.now() + TOPIC_WITHIN_MS;
  for (;;) {
    const published = await publishedBy(port);
    if (published >= count) return;
    if (performance.now() > endsAtMs) throw new Error(`only ${published} of ${count} exchanges were published`);
    await sleep(POLL_EVERY_MS);
  }
};

/** Different exchanges of one rollout in the topic. */
const exchangesInTopic = async (env: PartsEnv, rollout: string): Promise<number> => {
  const bus = await createKafkaBus({
    brokers: env.KAFKA_BROKERS.split(','),
    registryUrl: env.SCHEMA_REGISTRY_URL,
    clientId: 'bench',
    log: silentLog,
    metrics: createMetrics('bench'),
  });
  const ids = new Set<string>();
  for (let partition = 0; partition < (await bus.partitionCount(EXCHANGES)); partition++)
    await bus.readToEnd(EXCHANGES, partition, 0, ({ value: { event } }) => {
      if (event?.rollout === rollout) ids.add(event.exchangeId);
    });
  await bus.close(2_000);
  return ids.size;
};

const setRouting = async (env: PartsEnv, upstreamPort: number, rollout: string): Promise<void> => {
  const redis = connectRedis({ redisUrl: env.REDIS_URL }, silentLog);
  await redisReady(redis);
  const view = JSON.stringify(routingView(upstreamPort, rollout));
  await forceView(redis, AGENT, view);
  redis.disconnect();
};

type Measured = Saturation & { answeredBefore: number; cpuUs: number; tookMs: number; inTopic: number };

const measure = async (env: PartsEnv, checkout: string, plan: Plan, say: Options['say']): Promise<Measured> => {
  const rollout = `bench-${process.pid}-${Date.now()}`;
  await createTopics({ brokers: env.KAFKA_BROKERS.split(','), registryUrl: env.SCHEMA_REGISTRY_URL, replication: 1 });
  await setRouting(env, plan.upstreamPort, rollout);
  const { place, logFile } = await makePlace(plan.home, 'all-in', plan.upstreamPort);
  const requests = requestsOf(ours(checkout).shape, false);
  const child = startOn(TARGET_CORE, ingressProgram(checkout, place, env, rollout), logFile);
  try {
    await untilReady(place.port, requests[0]!, child, logFile);
    say('warming up …');
    const warm = await saturate(place.port, requests, 2);
    const answeredBefore = warm.answered + 1;
    await untilPublished(place.port, answeredBefore);
    say('measuring …');
    const tree = treeOf(child.pid);
    const before = { cpuUs: cpuUsOf(tree), ms: performance.now() };
    const load = await saturate(place.port, requests, plan.seconds);
    say(`${load.answered} answered; until the topic has them all …`);
    await untilPublished(place.port, answeredBefore + load.answered);
    const tookMs = performance.now() - before.ms;
    const cpuUs = cpuUsOf(tree) - before.cpuUs;
    return { ...load, answeredBefore, cpuUs, tookMs, inTopic: await exchangesInTopic(env, rollout) };
  } finally {
    await child.stop(15_000);
    rmSync(place.folder, { recursive: true, force: true });
  }
};

/** Throws when the topic and the answers don't agree. */
export const measureAllIn = async (checkout: string, plan: Plan, { isJson, say }: Options): Promise<void> => {
  const parts = await startParts({ home: '.coalmine', onProgress: say, ports: 'free' });
  try {
    const found = await measure(parts.env, checkout, plan, say);
    const cpuUsPerRequest = found.cpuUs / found.answered;
    const rps = (found.answered * 1_000) / found.tookMs;
    console.table({
      'CPU µs per request, whole process': { measured: cpuUsPerRequest.toFixed(1), target: `≤ ${TARGET_CPU_US}` },
      'requests/s until the topic is complete': { measured: Math.round(rps), target: `≥ ${TARGET_PER_SECOND}` },
      'requests/s while load lasted': { measured: Math.round(found.perSecond), target: '' },
      'answered (warm-up and measured)': { measured: found.answeredBefore + found.answered, target: '' },
      'different exchanges in the topic': { measured: found.inTopic, target: 'the same' },
      failed: { measured: found.failed, target: 0 },
    });
    if (isJson)
      console.log(
        JSON.stringify({ allIn: { rps: Math.round(rps), cpuUsPerRequest: Number(cpuUsPerRequest.toFixed(1)) } }),
      );
    const answered = found.answeredBefore + found.answered;
    if (found.inTopic < answered) throw new Error(`${answered} were answered, ${found.inTopic} are in the topic`);
  } finally {
    await parts.stop();
  }
};
