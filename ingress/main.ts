import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { systemClock } from '../platform/process/clock.ts';
import type { Log } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { pollUntil } from '../platform/process/poll-until.ts';
import { runService, serviceConfig } from '../platform/process/service.ts';
import { createConversations } from '../platform/redis/conversations.ts';
import { followRouting } from '../platform/redis/routing-table.ts';
import { followPolicyAndKeys } from './admission/policy-and-keys.io.ts';
import { OPTIONS, readConfig } from './config.ts';
import { createIngressEvents } from './events.ts';
import { createIdSigner } from './exchange/exchange-id.ts';
import { createStalledSince } from './journal/stalled-since.ts';
import { openStorage } from './journal/storage.io.ts';
import { lockFolder } from './process/folder-lock.io.ts';
import { endWithPool, runPool } from './process/pool.io.ts';
import { startMetricsPort } from './process/metrics-port.io.ts';
import { loadSecret } from './process/secret.io.ts';
import { createSocketEvents } from './relay/socket-events.ts';
import { createFrontDoor, drained, MAX_MESSAGE_BYTES } from './service.ts';
import { createOutgoing } from './upstream/outgoing.io.ts';
import { installUws, startServer } from './uws/uws-server.io.ts';

const DRAIN_MS = 6_000;
/** A process that shares its port gets requests as soon as it listens: better not before it knows who may send them, and whereto. */
const KNOWN_WAIT = { everyMs: 10, deadlineMs: 2_000 };
const clocks = { nowMs: () => systemClock.nowMs(), elapsedMs: () => performance.now() };

const config = serviceConfig('ingress', OPTIONS, readConfig);

const runFrontDoor = async (log: Log) => {
  const { host, dataDir, redisUrl, redisSecurity, captureLimitBytes, maxHeldBytes } = config;
  const uws = await installUws();
  const metrics = createMetrics('ingress');
  metrics.addProcess();
  const events = createIngressEvents(log, metrics, clocks.nowMs);
  const lock = await lockFolder(dataDir);
  const storage = openStorage(config, events, clocks.nowMs);
  const text = async (): Promise<string> => (await metrics.text()) + storage.metricsText();
  const { policy, ...admission } = await followPolicyAndKeys(config, log, events, clocks);
  const conversations = createConversations(config, log);
  const routing = await followRouting({
    redisUrl,
    redisSecurity,
    file: path.join(dataDir, 'routing.json'),
    log,
    onIgnored: events.viewIgnored,
  });
  const stalledSince = createStalledSince(storage.stalledMs, clocks.nowMs);
  const outgoing = createOutgoing(policy, events, clocks.elapsedMs, MAX_MESSAGE_BYTES);
  const secret = loadSecret(dataDir, config.secret);
  const front = createFrontDoor({
    ...clocks,
    ...admission,
    ...outgoing,
    policy,
    conversations,
    events,
    captureLimitBytes,
    maxHeldBytes,
    views: routing.views,
    isRoutingKnown: routing.isKnown,
    append: storage.append,
    stalledSince,
    metricsText: text,
    secret,
    signId: createIdSigner(secret, randomBytes),
    bootNonce: randomBytes(6).toString('base64url'),
    socketEvents: createSocketEvents(metrics),
  });
  routing.listen((view) => {
    events.routed(view);
    front.routed(view.agent);
  });
  const health = await startMetricsPort({
    host,
    port: config.metricsPort,
    metrics,
    text,
    isRouted: () => routing.isKnown() && routing.views.size > 0,
    stalledSince,
  });
  const seconds = setInterval(() => {
    storage.tick();
    outgoing.upstreams.sweep();
  }, 1_000);
  const mayListen = (): boolean => routing.isKnown() && admission.areKeysKnown();
  await pollUntil(systemClock, mayListen, KNOWN_WAIT);
  const server = await startServer(uws, { ...config, front });
  events.listening(host, server.port, config.tls !== null);
  return {
    stop: async () => {
      server.stopListening();
      front.leave();
      await drained(() => server.pending() + front.connections(), DRAIN_MS);
      front.closeSockets();
      server.close();
      clearInterval(seconds);
      await health.stop();
      conversations.stop();
      await Promise.all([storage.stop(), routing.stop(), admission.stop()]);
      outgoing.close();
      lock.release();
    },
  };
};

endWithPool();
await runService('ingress', (log) =>
  config.processes > 1 ? runPool(config, import.meta.filename, log) : runFrontDoor(log),
);
