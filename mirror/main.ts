import { systemClock } from '../platform/process/clock.ts';
import { startHealth } from '../platform/process/health.ts';
import { createKafkaBus } from '../platform/kafka/kafka-bus.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { followRouting } from '../platform/redis/routing-table.ts';
import { runService, serviceConfig } from '../platform/process/service.ts';
import { readCredentials } from './credentials-file.io.ts';
import { createUpstream } from './upstream.io.ts';
import { OPTIONS, readConfig } from './config.ts';
import { createMirrorEvents } from './events.ts';
import { startMirror } from './service.ts';

const CLOSE_DEADLINE_MS = 2_000;

const config = serviceConfig('mirror', OPTIONS, readConfig);
await runService('mirror', async (log) => {
  const credentials = await readCredentials(config.credentialsFile, process.env);
  const metrics = createMetrics('mirror');
  const events = createMirrorEvents(log, metrics);
  const { redisUrl, redisSecurity, instance, timeoutMs, captureLimitBytes: limitBytes } = config;
  const bus = await createKafkaBus({ ...config, clientId: instance, log, metrics });
  const routing = await followRouting({ redisUrl, redisSecurity, log, onIgnored: events.viewIgnored });
  const whatIsAway = (): string | null => {
    const trouble = bus.trouble();
    if (trouble !== null || routing.healthy()) return trouble;
    return `${routing.trouble() ?? 'Redis is away'}; the last known routing views are in force`;
  };
  const health = await startHealth({ host: config.healthHost, port: config.healthPort, ready: whatIsAway, metrics });
  const send = createUpstream({ timeoutMs, limitBytes, nowMs: () => performance.now(), credentials });
  const { views } = routing;
  const isRoutingKnown = () => routing.healthy();
  const mirror = await startMirror({ bus, clock: systemClock, log, events, views, isRoutingKnown, send }, config);
  return {
    stop: async () => {
      await mirror.stop();
      await routing.stop();
      await bus.close(CLOSE_DEADLINE_MS);
      await health.stop();
    },
  };
});
