import { systemClock } from '../platform/process/clock.ts';
import { startHealth } from '../platform/process/health.ts';
import { createKafkaBus } from '../platform/kafka/kafka-bus.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { runService, serviceConfig } from '../platform/process/service.ts';
import { createSnapshots } from './snapshots.io.ts';
import { OPTIONS, readConfig } from './config.ts';
import { createAnalyzerEvents } from './events.ts';
import { startAnalyzer } from './service.ts';

const config = serviceConfig('analyzer', OPTIONS, readConfig);
await runService('analyzer', async (log) => {
  const metrics = createMetrics('analyzer');
  const bus = await createKafkaBus({ ...config, clientId: config.instance, log, metrics });
  const analyzer = await startAnalyzer(
    {
      bus,
      clock: systemClock,
      events: createAnalyzerEvents(log, metrics, systemClock),
      snapshots: createSnapshots(bus),
    },
    config,
  );
  const health = await startHealth({
    host: config.healthHost,
    port: config.healthPort,
    ready: () => bus.trouble() ?? analyzer.trouble(),
    metrics,
  });
  return {
    stop: async () => {
      await analyzer.stop();
      await bus.close(5_000);
      await health.stop();
    },
  };
});
