import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { createTopics } from '../../infra/create-topics.ts';
import type { Bus } from '../../platform/kafka/bus.ts';
import { createKafkaBus } from '../../platform/kafka/kafka-bus.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { CalibrationDocument } from '../../schemas/calibration.ts';
import type { FeedbackRecord } from '../../schemas/feedback.ts';
import { sheetWith } from '../../schemas/score.fixture.ts';
import type { ScoreSheetRecord } from '../../schemas/score.ts';
import { FEEDBACK, SCORES, type Topic } from '../../schemas/topics.ts';
import { parts } from '../../test/parts.ts';

const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL } = parts();
const brokers = KAFKA_BROKERS.split(',');
const run = promisify(execFile);
const calibrate = (env: NodeJS.ProcessEnv, ...args: string[]) => {
  return run(process.execPath, ['cli/coalmine.ts', 'calibrate', ...args], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    env: { ...process.env, KAFKA_BROKERS, SCHEMA_REGISTRY_URL, ...env },
  });
};

const agent = `calibrated-${process.pid}`;
const source = `calibrate-test-${agent}`;
const nowMs = Date.now();
const common = { agent, rollout: 'r#1', routingSequence: 1, version: 'v1', arm: 'stable', evidence: true } as const;

/** Answer `i`: every fourth is bad, of which the judge passes every third; the first 80 have labels. */
const isBad = (i: number): boolean => i % 4 === 0;
const judged = (i: number): number => (isBad(i) && i % 12 !== 0 ? 0.2 : 0.9);

const sheetOf = (i: number): ScoreSheetRecord => ({
  source,
  sequence: i + 1,
  timeMs: nowMs,
  tick: null,
  event: sheetWith({
    ...common,
    sheetId: `${agent}-${i}`,
    exchangeId: `${agent}-e${i}`,
    scorer: 'llm:m',
    scorerVersion: 'abc',
    value: judged(i),
    exchangeAtMs: nowMs,
    scoredAtMs: nowMs,
  }),
});

const labelOf = (i: number): FeedbackRecord => ({
  source,
  sequence: i + 1,
  timeMs: nowMs,
  tick: null,
  event: {
    ...common,
    feedbackId: `${agent}-${i}`,
    exchangeId: `${agent}-e${i}`,
    subjectBucket: 0,
    thumbs: null,
    rating: null,
    taskSuccess: null,
    tags: [],
    comment: null,
    labels: [{ metric: 'empathy', value: isBad(i) ? 0 : 1 }],
    events: [],
    scores: [],
    exchangeAtMs: nowMs,
    receivedAtMs: nowMs,
  },
});

const write = async <T>(bus: Bus, topic: Topic<T>, values: readonly T[]): Promise<void> => {
  const partitions = await bus.partitionCount(topic);
  for (const [partition, own] of Map.groupBy(values, (value) => bus.partitionFor(topic.key(value), partitions)))
    await bus.append(topic, partition, own);
};

it('labels and scores in Kafka become a table, and calibrations in the controller', async () => {
  await createTopics({ brokers, registryUrl: SCHEMA_REGISTRY_URL, replication: 1 });
  const bus = await createKafkaBus({
    brokers,
    registryUrl: SCHEMA_REGISTRY_URL,
    clientId: 'calibrate-test',
    log: silentLog,
    metrics: createMetrics('calibrate_test'),
  });
  const scores = Array.from({ length: 300 }, (_, i) => sheetOf(i));
  const labels = Array.from({ length: 80 }, (_, i) => labelOf(i));
  await write(bus, SCORES, [...scores, ...scores.slice(0, 5)]);
  await write(bus, FEEDBACK, [...labels, ...labels.slice(0, 5)]);
  await bus.close(5_000);

  const given: CalibrationDocument[] = [];
  const controller = createServer((request, response) => {
    const take = async (): Promise<void> => {
      given.push(CalibrationDocument.parse(JSON.parse(await text(request))));
      response.writeHead(200).end('{"applied":[]}');
    };
    take().catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => controller.listen(0, '127.0.0.1', resolve));
  const CONTROLLER_URL = `http://127.0.0.1:${(controller.address() as AddressInfo).port}`;
  try {
    const { stdout, stderr } = await calibrate({ CONTROLLER_URL }, '--agent', agent, '--since', '1d', '--apply');
    expect(stdout).toMatch(new RegExp(`${agent} +empathy +llm:m +abc +80 +0\\.91 .* 300 .* yes\n`));
    expect(stderr).toContain('80 labels from 85 feedbacks (5 repeats');
    expect(given.map(({ spec }) => [spec.agent, spec.metric, spec.labels])).toEqual([[agent, 'empathy', 80]]);
    expect(given[0]?.spec.ppi?.mean).toBeCloseTo(0.75, 1);
    const asJson = await calibrate({}, '--agent', agent, '--json');
    expect(JSON.parse(asJson.stdout)).toMatchObject({ rows: [{ count: 80, judged: 300, notCalibrated: null }] });
  } finally {
    controller.close();
  }
});
