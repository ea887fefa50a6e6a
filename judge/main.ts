import { systemClock } from '../platform/process/clock.ts';
import { startHealth } from '../platform/process/health.ts';
import { createKafkaBus } from '../platform/kafka/kafka-bus.ts';
import type { Log } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { pollUntil } from '../platform/process/poll-until.ts';
import { followRouting } from '../platform/redis/routing-table.ts';
import { runService, serviceConfig } from '../platform/process/service.ts';
import { createEmbeddings } from './models/embeddings.io.ts';
import { createJudgeModel } from './models/judge-model.io.ts';
import { loadReferences } from './answers/references-bfcl.io.ts';
import { readRubrics } from './questions/rubric-files.io.ts';
import { type LlmConfig, OPTIONS, readConfig } from './config.ts';
import { forgetCompiledTexts } from './answers/compiled-texts.io.ts';
import { createToolCallCheck } from './answers/tool-schema.ts';
import { createJudgeEvents, type JudgeEvents } from './events.ts';
import { createModelScoring } from './models/model-scoring.ts';
import { modelMetricsOf } from './panel.ts';
import { createRolloutFacts } from './models/rollout-facts.ts';
import { createWaits } from './models/waits.ts';
import { createBusyShare } from './share/busy-share.io.ts';
import { startJudge } from './service.ts';

const CLOSE_DEADLINE_MS = 2_000;
const ROUTING_WAIT = { everyMs: 20, deadlineMs: 2_000 };

/** The judge models, and the routing views that say how much is put before them. */
const startModels = async (llm: LlmConfig, log: Log, events: JudgeEvents) => {
  const rubrics = readRubrics(llm.rubricFiles);
  const waits = createWaits(systemClock);
  const parts = { clock: systemClock, events, rubrics, waits, model: createJudgeModel, embeddings: createEmbeddings };
  const metrics = modelMetricsOf(llm, parts);
  const rollouts = createRolloutFacts();
  const routing = await followRouting({
    redisUrl: llm.redisUrl,
    redisSecurity: llm.redisSecurity,
    log,
    onChange: rollouts.learn,
    onIgnored: events.viewIgnored,
  });
  if (!(await pollUntil(systemClock, routing.healthy, ROUTING_WAIT))) events.routingUnknown();
  const { limits, maxWaiting } = llm;
  return {
    rubrics,
    routing,
    scoring: createModelScoring({ metrics, rollouts, limits, waits, maxWaiting, clock: systemClock, events }),
  };
};

const config = serviceConfig('judge', OPTIONS, readConfig);
forgetCompiledTexts();
await runService('judge', async (log) => {
  const metrics = createMetrics('judge');
  const events = createJudgeEvents(log, metrics);
  const models = config.llm && (await startModels(config.llm, log, events));
  const deps = {
    clock: systemClock,
    log,
    events,
    check: createToolCallCheck(),
    references: config.referencesDir === null ? new Map<string, never>() : loadReferences(config.referencesDir),
    models: models?.scoring ?? null,
    rubrics: models?.rubrics ?? [],
    busyShare: createBusyShare(),
  };
  const { instance, healthHost: host, healthPort: port } = config;
  const bus = await createKafkaBus({ ...config, clientId: instance, log, metrics });
  const whatIsAway = (): string | null => {
    const trouble = bus.trouble();
    if (trouble !== null || !models || models.routing.healthy()) return trouble;
    return `${models.routing.trouble() ?? 'Redis is away'}; the last known sampling plans are in force`;
  };
  const health = await startHealth({ host, port, ready: whatIsAway, metrics });
  const judge = await startJudge({ ...deps, bus }, config);
  return {
    stop: async () => {
      await judge.stop();
      await models?.routing.stop();
      await bus.close(CLOSE_DEADLINE_MS);
      await health.stop();
    },
  };
});
