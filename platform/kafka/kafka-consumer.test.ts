import { describe, expect, it } from 'vitest';
import { GROUPS, SCORES } from '../../schemas/topics.ts';
import { subscription } from './bus.ts';
import { createKafkaBus } from './kafka-bus.ts';
import { silentLog } from '../process/log.ts';
import { createMetrics } from '../process/metrics.ts';

describe('a consumer whose brokers were never reached', () => {
  it('stops within a service’s deadline', { timeout: 10_000 }, async () => {
    const bus = await createKafkaBus({
      brokers: ['127.0.0.1:1'],
      registryUrl: 'http://127.0.0.1:1',
      clientId: 'test',
      log: silentLog,
      metrics: createMetrics('test'),
    });
    const consumer = await bus.consume(GROUPS.judge, [subscription(SCORES, { onRecords: async () => {} })]);
    await consumer.stop();
    await bus.close(1_000);
    expect(bus.healthy()).toBe(false);
  });
});
