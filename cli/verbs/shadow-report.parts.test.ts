import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createTopics } from '../../infra/create-topics.ts';
import type { Bus } from '../../platform/kafka/bus.ts';
import { createKafkaBus } from '../../platform/kafka/kafka-bus.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { SCORES, SHADOWS } from '../../schemas/topics.ts';
import { parts } from '../../test/parts.ts';
import { sheetOf, shadowOf } from '../shadow-report/shadow.fixture.ts';
import { shadowReport } from './shadow-report.ts';
import { commandOf } from './verb.ts';

const env = parts();
const name = `report-${Date.now()}`;
const rollout = `${name}#1`;
let bus: Bus;

beforeAll(async () => {
  const brokers = env.KAFKA_BROKERS.split(',');
  const registryUrl = env.SCHEMA_REGISTRY_URL;
  await createTopics({ brokers, registryUrl, replication: 1 });
  bus = await createKafkaBus({
    brokers,
    registryUrl,
    clientId: 'report-test',
    log: silentLog,
    metrics: createMetrics('report_test'),
  });
  vi.stubEnv('KAFKA_BROKERS', env.KAFKA_BROKERS);
  vi.stubEnv('SCHEMA_REGISTRY_URL', registryUrl);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await bus?.close(2_000);
});

it('the report of a rollout is one JSON object on stdout, from what lies in Kafka', async () => {
  const stamp = { source: name, timeMs: 1, tick: null };
  for (let n = 0; n < 20; n += 1) {
    const partition = bus.partitionFor(`x-${n}`, SHADOWS.partitions);
    const shadow = shadowOf(n, { shadowId: `${name}-${n}`, differences: ['tool_calls[0].name'] }, { rollout });
    const noise = shadowOf(n, { shadowId: `${name}-n${n}`, kind: 'noise' }, { rollout });
    await bus.append(
      SHADOWS,
      partition,
      [shadow, noise].map((event, i) => ({ ...stamp, sequence: 2 * n + i + 1, event })),
    );
    const sheet = sheetOf(n, 'task_success', -n / 20, { sheetId: `${name}-${n}`, shadowId: `${name}-${n}`, rollout });
    await bus.append(SCORES, partition, [{ ...stamp, sequence: n + 1, event: sheet }]);
  }

  const written: string[] = [];
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    await commandOf(shadowReport).parseAsync([name, '--json', '--limit', '2'], { from: 'user' });
  } finally {
    stdout.mockRestore();
  }
  const report = written.map((text) => text.trim()).find((text) => text.startsWith('{'));
  expect(JSON.parse(report ?? '')).toMatchObject({
    rollout,
    shadow: { pairs: 20, differing: 20 },
    noise: { pairs: 20, differing: 0 },
    fields: [{ field: 'tool_calls[].name', raw: 20, noise: 0, verdict: 'beyond_noise' }],
    exchanges: [{ exchangeId: 'x-19' }, { exchangeId: 'x-18' }],
  });
});
