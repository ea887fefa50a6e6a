import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { systemClock } from '../platform/clock.ts';
import { createMetrics } from '../platform/metrics.ts';
import { followRouting } from '../platform/routing-table.ts';
import { runService } from '../platform/service.ts';
import { lockFolder } from './adapters/folder-lock.ts';
import { createFloor } from './adapters/journal-floor.ts';
import { openJournal } from './adapters/journal.ts';
import { startPublisherThread } from './adapters/publisher-thread.ts';
import { loadSecret } from './adapters/secret.ts';
import { createUpstreamHttp } from './adapters/upstream-http.ts';
import { createUpstreamTls } from './adapters/upstream-tls.ts';
import { startServer } from './adapters/uws-server.ts';
import { readConfig } from './config.ts';
import { createIngressEvents } from './events.ts';
import { createFrontDoor, drained } from './service.ts';

const DRAIN_MS = 6_000;
const PUBLISH_MS = 2_500;

await runService('ingress', async (log) => {
  const config = readConfig(process.env);
  const { dataDir, captureLimitBytes } = config;
  const nowMs = (): number => systemClock.nowMs();
  const elapsedMs = (): number => performance.now();
  const metrics = createMetrics('ingress');
  metrics.addProcess();
  const events = createIngressEvents(log, metrics, nowMs);
  const lock = await lockFolder(dataDir);
  const secret = loadSecret(dataDir, config.secret);
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
  const seconds = setInterval(() => {
    journal.tick();
    events.journalSize(journal.sizeBytes());
  }, 1_000);
  const publisher = startPublisherThread({ ...config, floor }, events.publisherDied);
  const file = path.join(dataDir, 'routing.json');
  const routing = await followRouting({ redisUrl: config.redisUrl, file, log, onChange: events.routed });
  for (const view of routing.views.values()) events.routed(view);
  const http = createUpstreamHttp(config.upstream, elapsedMs);
  const tls = createUpstreamTls(config.upstream);
  const front = createFrontDoor({
    views: routing.views,
    isRoutingCurrent: routing.healthy,
    send: (request, sink) => (request.upstream.startsWith('https:') ? tls : http).send(request, sink),
    append: journal.append,
    events,
    metricsText: async () => (await metrics.text()) + publisher.metricsText(),
    secret,
    bootNonce: randomBytes(6).toString('base64url'),
    nowMs,
    elapsedMs,
    captureLimitBytes,
  });
  const server = await startServer({ ...config, front, onRefused: events.refused });
  events.listening(config.host, server.port);
  return {
    stop: async () => {
      server.stopListening();
      await drained(server.pending, DRAIN_MS);
      server.close();
      clearInterval(seconds);
      journal.close();
      await Promise.all([publisher.stop(PUBLISH_MS), routing.stop()]);
      http.close();
      tls.close();
      lock.release();
    },
  };
});
