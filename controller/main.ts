import path from 'node:path';
import { systemClock } from '../platform/process/clock.ts';
import { createDeadLetterBox } from '../platform/kafka/dead-letter-box.ts';
import { createGroupOffsets } from '../platform/kafka/group-offsets.ts';
import { createKafkaBus } from '../platform/kafka/kafka-bus.ts';
import { kafkaSentence } from '../platform/kafka/kafka-trouble.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { followKeys } from '../platform/redis/key-table.ts';
import { connectRedis } from '../platform/redis/redis.ts';
import { createSessionStore } from '../platform/redis/session-store.ts';
import { secretText } from '../platform/process/options.ts';
import { runService, serviceConfig } from '../platform/process/service.ts';
import { createAccessEvents } from './api/access-events.ts';
import { serveApi } from './api/http-api.io.ts';
import { startDocumentReader } from './commands/document-reader.io.ts';
import { createRoutingStore } from './effects/routing-redis.io.ts';
import { createCheckSender } from './deciding/check.io.ts';
import { createIdentityAsker } from './deciding/identity.io.ts';
import { createSmokeSender } from './deciding/smoke.io.ts';
import { followThroughput } from './pipeline/follow-throughput.ts';
import { createPipeline } from './pipeline/pipeline.ts';
import type { AlertingDeps } from './alerts/alerts.ts';
import { createAlertSender, type MailServer } from './alerts/send.io.ts';
import { createWebhook } from './effects/webhook.io.ts';
import { startStore } from './store/store-threads.io.ts';
import { OPTIONS, readConfig } from './config.ts';
import { createControllerEvents } from './events.ts';
import { startController } from './service.ts';

type Config = ReturnType<typeof readConfig>;

const mailServerOf = ({ smtpUrl, smtpFrom, smtpUser, smtpPassword }: Config): MailServer | null =>
  smtpUrl === undefined || smtpFrom === undefined
    ? null
    : {
        url: smtpUrl,
        from: smtpFrom,
        user: smtpUser ?? null,
        password: () => (smtpPassword === null ? null : secretText(smtpPassword)),
      };

const alertingOf = (config: Config): AlertingDeps => ({
  send: createAlertSender(systemClock, mailServerOf(config)),
  secretOf: (name) => {
    const secret = config.alertSecrets.get(name);
    return secret === undefined ? undefined : secretText(secret);
  },
  chance: Math.random,
  publicUrl: config.publicUrl ?? null,
});

const config = serviceConfig('controller', OPTIONS, readConfig);
await runService('controller', async (log) => {
  const metrics = createMetrics('controller');
  const bus = await createKafkaBus({ ...config, clientId: 'coalmine-controller', log, metrics });
  const redis = connectRedis(config, log);
  const reader = startDocumentReader();
  const file = path.join(config.dataDir, 'keys.json');
  const keys = await followKeys({ redisUrl: config.redisUrl, redisSecurity: config.redisSecurity, file, log });
  const events = createControllerEvents(log, metrics);
  const { dataDir, storeMaxAgeMs: maxAgeMs, storeMaxBytes: maxBytes } = config;
  const store = startStore({ ...config, dataDir, maxAgeMs, maxBytes }, events.storeDied);
  const offsets = createGroupOffsets({ ...config, log });
  const throughput = followThroughput(offsets, systemClock);
  const box = createDeadLetterBox({ ...config, log });
  const controller = await startController(
    {
      bus,
      clock: systemClock,
      events,
      applyRouting: createRoutingStore(redis),
      notify: createWebhook(systemClock),
      sendSmoke: createSmokeSender(systemClock),
      askCheck: createCheckSender(config.checkEndpoints),
      askIdentity: createIdentityAsker(),
      readDocuments: reader.read,
      askStore: store.ask,
      pipeline: createPipeline({
        offsets,
        box,
        clock: systemClock,
        throughput: throughput.told,
        sentenceOf: (error) => kafkaSentence(error, config),
      }),
      alerting: alertingOf(config),
    },
    config,
  );
  const api = await serveApi({
    ...config,
    controller,
    keys,
    sessionStore: createSessionStore(redis),
    metrics: { ...metrics, text: async () => (await metrics.text()) + store.metricsText() },
    events: createAccessEvents(log, metrics),
    nowMs: systemClock.nowMs,
  });
  return {
    stop: async () => {
      await api.stop();
      await Promise.all([reader.stop(), keys.stop(), store.stop()]);
      // Kafka may be away, and its consumer then takes its time to give up; nothing is lost by not waiting.
      await Promise.race([controller.stop(), systemClock.sleep(3_000)]);
      await Promise.race([Promise.all([throughput.stop().then(offsets.close), box.close()]), systemClock.sleep(2_000)]);
      await bus.close(5_000);
      redis.disconnect();
    },
  };
});
