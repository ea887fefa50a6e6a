import { systemClock } from '../platform/clock.ts';
import { startHealth } from '../platform/health.ts';
import { createKafkaBus } from '../platform/kafka-bus.ts';
import { createMetrics } from '../platform/metrics.ts';
import { runService } from '../platform/service.ts';
import { createJudgeModel } from './adapters/judge-model.ts';
import { loadReferences } from './adapters/references-bfcl.ts';
import { readRubrics } from './adapters/rubric-files.ts';
import { type Config, readConfig } from './config.ts';
import { createToolCallCheck } from './core/tool-schema.ts';
import { createJudgeEvents, type JudgeEvents } from './events.ts';
import { createRubricJudge } from './rubric-judge.ts';
import { type JudgeDeps, startJudge } from './service.ts';

const MAX_KEPT_SCHEMAS = 500;
const CLOSE_DEADLINE_MS = 2_000;

const rubricScorers = (llm: Config['llm'], events: JudgeEvents): JudgeDeps['rubricScorers'] => {
  if (!llm) return [];
  const { model } = llm;
  const ask = createJudgeModel(model);
  const judge = createRubricJudge({ ...model, modelName: model.name, ask, clock: systemClock, events });
  return readRubrics(llm.rubricFiles).map((rubric) => (answered) => judge(rubric, answered));
};

await runService('judge', async (log) => {
  const config = readConfig(process.env);
  const metrics = createMetrics('judge');
  const events = createJudgeEvents(log, metrics);
  const deps = {
    clock: systemClock,
    log,
    events,
    check: createToolCallCheck(MAX_KEPT_SCHEMAS),
    references: config.referencesDir === null ? new Map<string, never>() : loadReferences(config.referencesDir),
    rubricScorers: rubricScorers(config.llm, events),
  };
  const { brokers, registryUrl, instance, healthHost: host, healthPort: port } = config;
  const bus = await createKafkaBus({ brokers, registryUrl, clientId: instance, log, metrics });
  const health = await startHealth({ host, port, ready: () => (bus.healthy() ? null : 'Kafka is away'), metrics });
  const judge = await startJudge({ ...deps, bus }, config);
  return {
    stop: async () => {
      await judge.stop();
      await bus.close(CLOSE_DEADLINE_MS);
      await health.stop();
    },
  };
});
