import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTopics } from '../../infra/create-topics.ts';
import { type Bus, subscription } from '../../platform/kafka/bus.ts';
import { createCodec } from '../../platform/kafka/codec.ts';
import { deadLetterHeaders } from '../../platform/kafka/dead-letter.ts';
import { createGroupOffsets } from '../../platform/kafka/group-offsets.ts';
import { createKafkaBus } from '../../platform/kafka/kafka-bus.ts';
import { createKafka } from '../../platform/kafka/kafka-client.ts';
import { createHttpRegistry } from '../../platform/kafka/schema-registry.ts';
import { systemClock } from '../../platform/process/clock.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { exchangeOf, body } from '../../schemas/exchange.fixture.ts';
import { sheetWith } from '../../schemas/score.fixture.ts';
import { EXCHANGES, SCORES, type Topic, WINDOWS } from '../../schemas/topics.ts';
import { windowRow } from '../../schemas/window.fixture.ts';
import { parts } from '../../test/parts.ts';
import { startStubController, type StubController } from '../controller/stub-controller.fixture.ts';
import { agentWith } from '../controller/views.fixture.ts';
import { until } from '../until.ts';
import { compare } from './compare.ts';
import { dlq } from './dlq.ts';
import { doctor } from './doctor.ts';
import { exportRecords } from './export.ts';
import { lag } from './lag.ts';
import { offsets } from './offsets.ts';
import { replay } from './replay.ts';
import { type Ended, runVerb } from './run-verb.fixture.ts';
import { tail } from './tail.ts';
import type { Verb } from './verb.ts';

const env = parts();
const brokers = env.KAFKA_BROKERS.split(',');
const access = { brokers, registryUrl: env.SCHEMA_REGISTRY_URL };
const agent = `verbs-${process.pid}-${Date.now()}`;
const nowMs = Date.now();
const hostile = 'no\u001b[2J good';
let bus: Bus;
let controller: StubController;
let folder: string;

const run = (verb: Verb, ...args: string[]): Promise<Ended> =>
  runVerb(verb, args, { ...env, CONTROLLER_URL: controller.url });

let sequence = 0;
const write = async <T>(topic: Topic<T>, events: readonly unknown[]): Promise<void> => {
  for (const event of events) {
    const value = { source: agent, sequence: (sequence += 1), timeMs: nowMs, tick: null, event } as unknown as T;
    const key = topic.partitionKey(value) ?? '';
    await bus.append(topic, bus.partitionFor(key, topic.partitions), [value]);
  }
};

const common = { agent, rollout: 'verbs#1' };
const exchanges = ['a', 'b'].map((id) =>
  exchangeOf({
    ...common,
    exchangeId: `${agent}-${id}`,
    requestBody: body('{"model":"support","messages":[{"role":"user","content":"hi"}]}'),
    responseBody: body(JSON.stringify({ choices: [{ message: { content: `said ${hostile}` } }] })),
    startedAtMs: nowMs,
    finishedAtMs: nowMs,
  }),
);
const sheets = ['a', 'b'].map((id, i) =>
  sheetWith({
    ...common,
    sheetId: `${agent}-${id}`,
    exchangeId: `${agent}-${id}`,
    version: i === 0 ? 'v1' : 'v2',
    value: 0.25 + i / 2,
    reason: hostile,
    exchangeAtMs: nowMs,
    scoredAtMs: nowMs,
  }),
);

beforeAll(async () => {
  await createTopics({ ...access, replication: 1 });
  bus = await createKafkaBus({
    ...access,
    clientId: 'verbs-test',
    log: silentLog,
    metrics: createMetrics('verbs_test'),
  });
  controller = await startStubController({});
  folder = mkdtempSync(path.join(tmpdir(), 'coalmine-verbs-'));
  await write(EXCHANGES, exchanges);
  // The first twice, as after an append that was tried again.
  await write(SCORES, [...sheets, sheets[0]]);
  const row = { ...common, count: 10, startMs: nowMs, endMs: nowMs + 1 };
  await write(WINDOWS, [
    windowRow('empathy', 'stable', { ...row, version: 'v1', sumMicro: 8_000_000 }),
    windowRow('empathy', 'candidate', { ...row, version: 'v2', sumMicro: 4_000_000 }),
  ]);
});
afterAll(async () => {
  controller?.close();
  rmSync(folder, { recursive: true, force: true });
  await bus?.close(2_000);
});

describe('tail', () => {
  it('shows records decoded, those that are asked for, and sends no escape to the terminal', async () => {
    const scores = await run(tail, 'scores', '--since', '1h', '--no-follow', '--agent', agent, '--version', 'v2');
    expect(scores.stdout).toMatch(/ live stable v2 {2}empathy {2}0\.75 {2}lexicon .* {2}no\\x1b\[2J good\n$/);
    expect(scores.stdout.split('\n')).toHaveLength(2);
    const shown = await run(tail, 'exchanges', '--since', '1h', '--no-follow', '--rollout', 'verbs', '--agent', agent);
    expect(shown.stdout).toMatch(/200 ok {2}250 ms .* said no/);
    expect(shown.stdout).not.toContain('\u001b');
  });

  it('goes on with what comes, until there are as many as were asked for, each in full as JSON', async () => {
    const following = run(tail, 'windows', '--agent', agent, '--metric', 'late', '--limit', '1', '--json');
    const late = windowRow('late', 'stable', { ...common, count: 1, startMs: nowMs + 5, endMs: nowMs + 6 });
    // It begins at the end that the topic has when it comes to it, so one that is written once may be too early.
    const timer = setInterval(() => void write(WINDOWS, [late]).catch(() => {}), 500);
    const { stdout } = await following.finally(() => clearInterval(timer));
    expect(JSON.parse(stdout)).toMatchObject({ agent, metric: 'late', count: 1 });
  });
});

it('export writes each score once, as a flat table that others can read', async () => {
  const out = path.join(folder, 'scores.parquet');
  const ended = await run(exportRecords, 'scores', '--since', '1h', '--agent', agent, '--out', out);
  expect(ended).toMatchObject({ code: 0, stdout: `2 scores written to ${out}\n` });
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(out) });
  expect(rows.toSorted((a, b) => Number(a['value']) - Number(b['value']))).toMatchObject([
    { agent, exchange_id: `${agent}-a`, metric: 'empathy', value: 0.25, live_value: null, scored_at: new Date(nowMs) },
    { version: 'v2', value: 0.75, evidence: true, reason: hostile, slices: '{}' },
  ]);
  expect(await run(exportRecords, 'scores', '--since', '1h', '--out', out)).toMatchObject({ code: 1 });
  expect(readdirSync(folder)).toEqual(['scores.parquet']);
});

it('compare shows two versions metric by metric', async () => {
  const { stdout, stderr } = await run(compare, agent, 'v1', 'v2', '--rollout', 'verbs');
  expect(stdout).toMatch(/empathy +0\.8 \(10\) +0\.4 \(10\) +-50 % +worse\n/);
  expect(stderr).toContain('what is proven is told by `explain`');
  expect((await run(compare, agent, 'v1', 'v9', '--rollout', 'lost')).code).toBe(1);
});

it('replay asks a version what a recorded exchange asked, marked as a shadow, and shows both answers', async () => {
  const asked: unknown[] = [];
  const upstream = createServer((request, response) => {
    asked.push(request.url, request.headers['x-coalmine-shadow']);
    const answer = { choices: [{ message: { content: 'said otherwise' } }] };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const view = agentWith();
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
  const versions = view.versions.map((version) => ({ ...version, upstream: url }));
  controller.close();
  controller = await startStubController({ [`GET /v1/agents/${agent}`]: { ...view, name: agent, versions } });
  try {
    const { stdout } = await run(replay, `${agent}-a`, '--on', 'v2');
    expect(stdout).toMatch(/live, v1: 200 ok[^]*said no[^]*v2: 200 ok[^]*said otherwise/);
    expect(asked).toEqual(['/v1/chat/completions', '1']);
    expect((await run(replay, `${agent}-a`, '--on', 'v9')).stderr).toContain('there are v1, v2');
    expect((await run(replay, 'lost', '--on', 'v2')).stderr).toContain('there is no exchange lost');
  } finally {
    upstream.close();
  }
});

describe('lag and offsets', () => {
  it('say how far each group is, by partition too', async () => {
    const { lag: rows } = JSON.parse((await run(lag, '--group', 'judge', '--partitions', '--json')).stdout) as {
      lag: object[];
    };
    expect(rows).toHaveLength(EXCHANGES.partitions + 4);
    expect((await run(lag)).stdout).toMatch(/GROUP +STATE +MEMBERS[^]*coalmine-controller/);
  });

  it('say in a dry run what a reset would do, and why it would have no effect', async () => {
    const plan = await run(
      offsets,
      'reset',
      'judge',
      '--to',
      'earliest',
      '--topic',
      'exchanges',
      '--dry-run',
      '--json',
    );
    expect(JSON.parse(plan.stdout)).toMatchObject({ dryRun: true, partitions: [{}, {}, {}, {}] });
    expect((await run(offsets, 'reset', 'analyzer', '--to', 'latest', '--yes')).stderr).toContain(
      'goes by its snapshots',
    );
    expect((await run(offsets, 'reset', 'judge', '--to', 'soon')).code).toBe(2);
  });

  it('move a group that has no members, and none that has some', async () => {
    const group = `${agent}-group`;
    const opened = createGroupOffsets({ brokers, log: silentLog });
    const admin = createKafka({ brokers, clientId: 'verbs-test', log: silentLog }).admin();
    await admin.connect();
    const at = { topic: EXCHANGES.name, partition: 1, offset: 1 };
    try {
      await opened.commit(group, [at]);
      const [fetched] = await admin.fetchOffsets({ groupId: group, topics: [EXCHANGES.name] });
      expect(fetched?.partitions.find(({ partition }) => partition === 1)).toMatchObject({ offset: '1' });
      const joined = vi.fn();
      const consumer = await bus.consume(group, [
        subscription(EXCHANGES, { onAssign: async () => void joined(), onRecords: async () => {} }),
      ]);
      await until('the group to have a member', () => (joined.mock.calls.length > 0 ? true : undefined), 30_000);
      await expect(opened.commit(group, [at])).rejects.toThrow('has members: stop them first');
      await consumer.stop();
    } finally {
      await admin.disconnect();
      await opened.close();
    }
  });
});

describe('dead letters', () => {
  const reason = `the test ${agent} says so`;

  it('are counted, shown, and sent back once if they can be decoded by now', async () => {
    const lost = exchangeOf({ ...common, exchangeId: `${agent}-lost` });
    const value = { source: agent, sequence: 99, timeMs: nowMs, tick: null, event: lost };
    const encode = await createCodec(createHttpRegistry(access, systemClock)).encoder(EXCHANGES);
    const letter = {
      topic: EXCHANGES.name,
      partition: 0,
      offset: 7,
      reason,
      key: null,
      value: null,
      timestampMs: nowMs,
    };
    const producer = createKafka({ brokers, clientId: 'verbs-test', log: silentLog }).producer();
    await producer.connect();
    const forged = { ...letter, topic: 'coalmine.decisions' };
    await producer.send({
      topic: 'coalmine.mirror.dlq',
      messages: [
        { key: 'k', partition: 0, value: encode(value), headers: deadLetterHeaders(letter) },
        { key: `k${hostile}`, partition: 0, value: `raw ${hostile}`, headers: deadLetterHeaders(letter) },
        { key: 'k', partition: 1, value: encode(value), headers: deadLetterHeaders(forged) },
      ],
    });
    await producer.disconnect();

    expect((await run(dlq, 'list', 'mirror')).stdout).toMatch(
      /coalmine-mirror +coalmine\.exchanges +\d+ +0 .* the test/,
    );
    const shown = await run(dlq, 'show', 'mirror', '--reason', agent);
    expect(shown.stdout).toContain('it can be decoded: dlq replay sends it back');
    expect(shown.stdout).not.toContain('\u001b');

    const refused = await run(dlq, 'replay', 'mirror', '--reason', agent);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('1 letter of coalmine-mirror would be sent back'),
    });
    const fates = async (...args: string[]): Promise<unknown> =>
      (
        JSON.parse((await run(dlq, 'replay', 'mirror', '--reason', agent, '--json', ...args)).stdout) as {
          fates: unknown;
        }
      ).fates;
    const others = { 'still not decodable': 1, 'of unknown origin': 1 };
    expect(await fates('--dry-run')).toMatchObject({ replayed: 1, 'already replayed': 0, ...others });
    expect(await fates('--yes')).toMatchObject({ replayed: 1, failed: 0, ...others });
    expect(await fates('--dry-run')).toMatchObject({ replayed: 0, 'already replayed': 1, ...others });
    const back = await run(tail, 'exchanges', '--since', '1h', '--no-follow', '--agent', agent, '--json');
    expect(back.stdout).toContain(`"exchangeId":"${agent}-lost"`);
  });
});

it('doctor looks at everything, says what to do, and ends with 1 where something does not work', async () => {
  const { code, stdout } = await run(doctor);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^ok {4}topics +Kafka answers/m);
  expect(stdout).toMatch(/^ok {4}schemas +the registry has all 11 schemas/m);
  expect(stdout).toMatch(/^ok {4}keys +Redis answers/m);
  expect(stdout).toMatch(/^fail {2}controller .*\n +→ start one/m);
});
