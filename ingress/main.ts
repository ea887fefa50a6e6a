import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { systemClock } from '../platform/process/clock.ts';
import { createConversations } from '../platform/redis/conversations.ts';
import { startHealth } from '../platform/process/health.ts';
import { followKeys } from '../platform/redis/key-table.ts';
import type { KeyTable } from '../platform/redis/key-table.ts';
import type { Log } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import type { Metrics } from '../platform/process/metrics.ts';
import { connectRedis } from '../platform/redis/redis.ts';
import { followRouting } from '../platform/redis/routing-table.ts';
import type { RoutingTable } from '../platform/redis/routing-table.ts';
import { runService } from '../platform/process/service.ts';
import { lockFolder } from './process/folder-lock.io.ts';
import { createFloor } from './journal/journal-floor.ts';
import { openJournal } from './journal/journal.io.ts';
import { followPolicy } from './policy/policy-file.io.ts';
import { startPool } from './process/process-pool.io.ts';
import { startPublisherThread } from './journal/publisher-thread.io.ts';
import { createRateLimiter } from './admission/rate-limiter.io.ts';
import { loadSecret, shareSecret } from './process/secret.io.ts';
import { createAddressing } from './admission/trusted-proxies.io.ts';
import { createUpstreamHttp } from './upstream/upstream-http.io.ts';
import { createUpstreamTls } from './upstream/upstream-tls.io.ts';
import { createUpstreamWs } from './upstream/upstream-ws.io.ts';
import { ServerState } from './uws/uws-reply.io.ts';
import { startServer } from './uws/uws-server.io.ts';
import { createAdmission } from './admission/admission.ts';
import { readConfig } from './config.ts';
import { credentialLinesOf } from './policy/credentials.ts';
import type { SendUpstream } from './protocol/upstream-call.ts';
import { createIngressEvents } from './events.ts';
import { createFrontDoor, drained, MAX_MESSAGE_BYTES } from './service.ts';
import { createSocketEvents } from './relay/socket-events.ts';
import { createUpstreams } from './upstream/upstreams.ts';

const DRAIN_MS = 6_000;
const PUBLISH_MS = 2_500;
const ROUTING_WAIT_MS = 2_000;
const PING_EVERY_MS = 30_000;

const config = readConfig(process.env);
const nowMs = (): number => systemClock.nowMs();
const elapsedMs = (): number => performance.now();
const timing = {
  nowMs: elapsedMs,
  random: Math.random,
  later: (ms: number, run: () => void) => void setTimeout(run, ms),
};

/** Many processes behind one port: this one only starts them and starts them again. */
const runPool = async (log: Log) => {
  const { processes, instances, dataDir, metricsPort } = config;
  const lock = await lockFolder(dataDir);
  // What would end every process should end this one, with its reason.
  const events = { policyMissing: () => {}, policyApplied: () => {}, policyRefused: () => {} };
  const policy = await followPolicy({ file: config.policyFile, env: process.env, events, onChange: () => {} });
  await policy.stop();
  shareSecret(dataDir, config.secret, processes);
  const pool = startPool({
    script: import.meta.filename,
    processes,
    dataDir,
    instances,
    metricsPort,
    env: process.env,
    onStarted: (index, pid) => log.info({ index, pid }, `ingress process ${index} started`),
    onDied: (index, code, waitMs) =>
      log.error({ index, code, waitMs }, `ingress process ${index} ended by itself and is started again`),
  });
  return {
    stop: async () => {
      await pool.stop();
      lock.release();
    },
  };
};

const openStorage = async (log: Log) => {
  const { dataDir } = config;
  const metrics = createMetrics('ingress');
  metrics.addProcess();
  const events = createIngressEvents(log, metrics, nowMs);
  const lock = await lockFolder(dataDir);
  const floor = createFloor();
  const journal = openJournal({
    dir: path.join(dataDir, 'journal'),
    capBytes: config.journalCapBytes,
    segmentBytes: config.journalSegmentBytes,
    floor,
    nowMs,
    onDiskError: events.diskError,
    onRecovered: events.diskRecovered,
  });
  const publisher = startPublisherThread({ ...config, floor }, events.publisherDied);
  const metricsText = async (): Promise<string> => (await metrics.text()) + publisher.metricsText();
  return { metrics, metricsText, events, lock, journal, publisher };
};

/** What the front door knows of the outside world, and how it stops listening to it. */
const followWorld = async (log: Log, events: ReturnType<typeof createIngressEvents>) => {
  const { redisUrl, dataDir, policyFile } = config;
  let credentialLines = credentialLinesOf([]);
  const policy = await followPolicy({
    file: policyFile,
    env: process.env,
    events,
    onChange: ({ credentials }) => (credentialLines = credentialLinesOf(credentials)),
  });
  const keys = await followKeys({ redisUrl, file: path.join(dataDir, 'keys.json'), log });
  const redis = connectRedis(redisUrl, log.child({ redis: 'limits' }));
  const limiter = createRateLimiter({ redis, log, instances: config.instances, elapsedMs });
  const conversations = createConversations(redisUrl, log);
  return {
    policy: () => policy.current().policy,
    credentialLines: (upstream: string) => credentialLines(upstream),
    keys,
    limiter,
    conversations,
    stop: async () => {
      redis.disconnect();
      conversations.stop();
      await Promise.all([policy.stop(), keys.stop()]);
    },
  };
};

/**
 * A process that shares its port gets requests as soon as it listens: better not before it knows where to send them, and
 * who may send them.
 */
const worldKnown = async ({ views, healthy }: RoutingTable, keys: KeyTable): Promise<void> => {
  const endsAtMs = nowMs() + ROUTING_WAIT_MS;
  const isKnown = (): boolean => (views.size > 0 || healthy()) && (keys.size() > 0 || keys.healthy());
  while (!isKnown() && nowMs() < endsAtMs) await systemClock.sleep(10);
};

/** The ways to a version. */
const createClients = () => {
  const http = createUpstreamHttp(elapsedMs);
  const tls = createUpstreamTls();
  const ws = createUpstreamWs({ maxMessageBytes: MAX_MESSAGE_BYTES, pingEveryMs: PING_EVERY_MS });
  const send: SendUpstream = (request, sink) =>
    (request.upstream.startsWith('https:') ? tls : http).send(request, sink);
  return {
    send,
    openSocket: ws.open,
    close: () => {
      http.close();
      tls.close();
      ws.close();
    },
  };
};

/** Health and metrics on a port of their own, where processes that share a port can be told apart. */
const startMetrics = async (metrics: Metrics, text: () => Promise<string>, { views }: RoutingTable) =>
  config.metricsPort === 0
    ? { stop: async () => {} }
    : startHealth({
        host: config.host,
        port: config.metricsPort,
        ready: () => (views.size > 0 ? null : 'no routing view is known yet'),
        metrics: { ...metrics, text, addProcess: () => {} },
      });

const runFront = async (log: Log) => {
  const { dataDir, captureLimitBytes, redisUrl } = config;
  const { metrics, metricsText, events, lock, journal, publisher } = await openStorage(log);
  const world = await followWorld(log, events);
  const state = new ServerState();
  const clients = createClients();
  let connections = (): number => 0;
  const admission = createAdmission({
    policy: world.policy,
    addressing: createAddressing,
    findKey: world.keys.find,
    areKeysCurrent: world.keys.healthy,
    limiter: world.limiter,
    pending: () => state.pending + connections(),
    nowMs,
  });
  const upstreams = createUpstreams({
    ...timing,
    send: clients.send,
    policyOf: (agent) => admission.agentPolicy(agent).upstream,
    events,
  });
  let changed: (agent: string) => void = () => {};
  const routing = await followRouting({
    redisUrl,
    file: path.join(dataDir, 'routing.json'),
    log,
    onChange: (view) => {
      events.routed(view);
      changed(view.agent);
    },
  });
  for (const view of routing.views.values()) events.routed(view);
  const front = createFrontDoor({
    views: routing.views,
    isRoutingCurrent: routing.healthy,
    admission,
    conversations: world.conversations,
    upstreams,
    append: journal.append,
    credentialLines: world.credentialLines,
    events,
    metricsText,
    secret: loadSecret(dataDir, config.secret),
    bootNonce: randomBytes(6).toString('base64url'),
    nowMs,
    elapsedMs,
    captureLimitBytes,
    openSocket: clients.openSocket,
    socketEvents: createSocketEvents(metrics),
  });
  changed = front.routed;
  connections = front.connections;
  for (const agent of routing.views.keys()) changed(agent);
  const health = await startMetrics(metrics, metricsText, routing);
  const seconds = setInterval(() => {
    journal.tick();
    upstreams.sweep();
    events.journalSize(journal.sizeBytes());
  }, 1_000);
  await worldKnown(routing, world.keys);
  const server = await startServer({ ...config, front, state });
  events.listening(config.host, server.port, config.tls !== null);
  return {
    stop: async () => {
      server.stopListening();
      front.leave();
      await drained(() => state.pending + front.connections(), DRAIN_MS);
      front.closeSockets();
      server.close();
      clearInterval(seconds);
      await health.stop();
      journal.close();
      await Promise.all([publisher.stop(PUBLISH_MS), routing.stop(), world.stop()]);
      clients.close();
      lock.release();
    },
  };
};

// One of a pool ends with the pool, however that ends: its folder must be free for the next.
let isAsked = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => (isAsked = true));
process.once('disconnect', () => {
  if (!isAsked) process.kill(process.pid, 'SIGTERM');
});
await runService('ingress', config.processes > 1 ? runPool : runFront);
