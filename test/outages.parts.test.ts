import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createControllerClient } from '../cli/controller/client.ts';
import { type Follower, followDecisions } from '../cli/story/play.ts';
import type { Stack } from '../cli/story/stack.ts';
import { until } from '../cli/until.ts';
import { startTraffic, type Traffic } from '../cli/story/traffic.ts';
import { createTopics } from '../infra/create-topics.ts';
import { createChild } from '../infra/parts/child.ts';
import { type Parts } from '../infra/parts/parts.ts';
import { pickFreePorts } from '../infra/parts/ports.ts';
import type { Bus } from '../platform/kafka/bus.ts';
import { createKafkaBus } from '../platform/kafka/kafka-bus.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { connectRedis, type Redis, redisReady } from '../platform/redis/redis.ts';
import { forceView } from '../platform/redis/force-view.fixture.ts';
import { routingKey } from '../platform/redis/routing-table.ts';
import type { Decision } from '../schemas/decision.ts';
import type { Exchange } from '../schemas/exchange.ts';
import type { RoutingView } from '../schemas/routing-view.ts';
import { EXCHANGES, GROUPS, SCORES } from '../schemas/topics.ts';
import { followDeadLetters, writeRaw } from './outages/dead-letters.ts';
import { replayedWindows, scoreFaults, scoresOf, writtenWindows } from './outages/promises.ts';
import {
  absentParts,
  killAndRevive,
  logOf,
  metricOrRubric,
  PARTS,
  pidOf,
  probe,
  SERVICES,
  startRig,
  story,
  untilReady,
} from './outages/rig.ts';
import { KIND_ROLLOUT, RUDE_CANARY } from './outages/rollouts.ts';
import { isWhole } from './whole.ts';

const PER_SECOND = 20;
const NOTHING_LISTENS = '127.0.0.1:9';
const BACKLOG = 'coalmine_ingress_publisher_journal_backlog_bytes';
const SEQUENCE = 'coalmine_ingress_routing_sequence';

const said: string[] = [];
const root = path.resolve(import.meta.dirname, '..');
let parts: Parts;
let stack: Stack;
let bus: Bus;
let redis: Redis;
let traffic: Traffic;
let log: Follower;
let deadLetters: Awaited<ReturnType<typeof followDeadLetters>>;
/** What the topics hold, as it comes: effective exchanges by id, and the ids of those with a score. */
const exchanges = new Map<string, Exchange>();
const scored = new Set<string>();
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  parts = await absentParts();
  closing.push(() => parts.stop());
});
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

const brokers = (): string[] => parts.env.KAFKA_BROKERS.split(',');
const accepted = (): number => traffic.ledger.accepted.size;
const accepts = (more: number): Promise<true> => {
  const goal = accepted() + more;
  return until(`${more} more answers`, () => accepted() >= goal || undefined, 60_000);
};
const current = (): Decision => log.decisions.at(-1)!;
const api = () => createControllerClient(stack.controllerUrl, stack.adminKey.text);
const apply = (document: unknown) => api().applyDocuments({ body: JSON.stringify(document) });
/** A command to the rollout; resolves when the decision log has it. */
const command = async (rollout: string, verb: string): Promise<void> => {
  const before = current().sequence;
  const response = await fetch(`${stack.controllerUrl}/v1/rollouts/${rollout}/${verb}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.adminKey.text}`, 'content-type': 'application/json' },
    body: '{}',
  });
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  await until(`the ${verb}`, () => current().sequence > before || undefined, 10_000);
};
const sequenceInForce = (): Promise<number> => metricOrRubric(stack, 'ingress', SEQUENCE);
const untilInForce = (sequence: number): Promise<true> =>
  until(`sequence ${sequence} at the ingress`, async () => (await sequenceInForce()) === sequence || undefined, 20_000);
const untilScored = (ids: readonly string[]): Promise<true> =>
  until('scores of every answer', () => ids.every((id) => scored.has(id)) || undefined, 60_000);
/** Why the rollouts are where they are, for whoever reads of a time-out. */
const standing = async (): Promise<string> => {
  const { rollouts } = (await (
    await fetch(`${stack.controllerUrl}/v1/rollouts`, { headers: { authorization: `Bearer ${stack.adminKey.text}` } })
  ).json()) as { rollouts: object[] };
  return JSON.stringify(rollouts.map((r) => ({ ...r, metrics: undefined })));
};
const decision = (what: string, wanted: (d: Decision) => boolean, timeoutMs: number): Promise<Decision> =>
  until(what, () => log.decisions.find(wanted), timeoutMs).catch(async (error: Error) => {
    throw new Error(`${error.message}; ${await standing()}`, { cause: error });
  });
/** Every answer so far was whole, and nobody had to wait for a place. */
const expectNobodyLetDown = (): void => {
  const { refused, broken, heldBack } = traffic.ledger;
  expect({ refused: [...refused], broken, heldBack }).toEqual({ refused: [], broken: 0, heldBack: 0 });
};

const follow = async (): Promise<void> => {
  const registryUrl = parts.env.SCHEMA_REGISTRY_URL;
  const metrics = createMetrics('outages_test');
  bus = await createKafkaBus({ brokers: brokers(), registryUrl, clientId: 'outages-test', log: silentLog, metrics });
  closing.push(() => bus.close(3_000));
  await bus.tail(EXCHANGES, async (_partition, records) => {
    for (const { event } of records.map((r) => r.value))
      if (event && !exchanges.has(event.exchangeId)) exchanges.set(event.exchangeId, event);
  });
  await bus.tail(SCORES, async (_partition, records) => {
    for (const { event } of records.map((r) => r.value)) if (event) scored.add(event.exchangeId);
  });
  log = await followDecisions(bus, story.agent, () => {});
  deadLetters = await followDeadLetters(brokers());
  closing.push(() => deadLetters.stop());
  redis = connectRedis({ redisUrl: parts.env.REDIS_URL }, silentLog);
  closing.push(() => redis.disconnect());
};

describe('with its parts failing one by one, under traffic', { timeout: 240_000 }, () => {
  it('every service starts without Kafka, registry and Redis, says so without a flood, and recovers by itself', async () => {
    stack = await startRig(parts, said);
    closing.push(() => stack.stop());
    for (const name of SERVICES) {
      expect(await probe(stack, name, '/livez')).toMatchObject({ status: 200 });
      const wanted = name === 'ingress' ? 'Redis, which has them, could not be read' : 'Kafka is away';
      expect(await probe(stack, name, '/readyz')).toEqual({ status: 503, text: expect.stringContaining(wanted) });
      await until(
        `${name} to say that Kafka is away`,
        () => logOf(stack, name).some(({ msg }) => msg.startsWith(`Kafka at ${brokers()[0]} is away`)) || undefined,
        20_000,
      );
    }
    const pids = SERVICES.map((name) => pidOf(stack, name));

    await Promise.all(PARTS.map((part) => parts.start(part)));
    await createTopics({ brokers: brokers(), registryUrl: parts.env.SCHEMA_REGISTRY_URL, replication: 1 });
    await untilReady(stack, ['mirror', 'judge', 'analyzer', 'controller'], 30_000);
    await apply(story.agentDocument(stack.upstreamUrls));
    await untilReady(stack, ['ingress'], 10_000);
    await follow();
    const { agent, request } = story;
    traffic = startTraffic({ url: stack.ingressUrl, agent, ratePerSecond: PER_SECOND, request });
    closing.push(() => traffic.stop());
    await accepts(50);
    await untilScored([...traffic.ledger.accepted]);
    expect(SERVICES.map((name) => pidOf(stack, name))).toEqual(pids);
    for (const name of SERVICES) {
      const complaints = logOf(stack, name).filter(({ level }) => level !== 'info');
      expect(complaints.length, complaints.map(({ msg }) => msg).join('\n')).toBeLessThanOrEqual(8);
    }
  });

  it.runIf(isWhole)('an ingress with a saved table serves at once while all three are away', async () => {
    const [port] = (await pickFreePorts(1)) as [number];
    const dataDir = path.join(stack.logFolder, 'second-ingress');
    mkdirSync(dataDir);
    copyFileSync(path.join(stack.logFolder, 'ingress', 'routing.json'), path.join(dataDir, 'routing.json'));
    const url = `http://127.0.0.1:${port}`;
    const second = createChild({
      name: 'second-ingress',
      command: process.execPath,
      args: [path.join(root, 'ingress/main.ts')],
      env: {
        ...process.env,
        KAFKA_BROKERS: NOTHING_LISTENS,
        SCHEMA_REGISTRY_URL: `http://${NOTHING_LISTENS}`,
        REDIS_URL: `redis://${NOTHING_LISTENS}`,
        INGRESS_PORT: String(port),
        INGRESS_DATA_DIR: dataDir,
        INGRESS_POLICY: path.join(root, 'examples/local-policy.yaml'),
      },
      runFolder: stack.logFolder,
      probe: async () => (await fetch(`${url}/livez`)).ok,
      onProgress: (line) => said.push(line),
    });
    closing.push(() => second.stop());
    await second.start();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const body = JSON.stringify({ ...story.request(0), model: story.agent, stream: false });
    const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body });
    expect(response.status).toBe(200);
    await response.text();
    await second.stop();
  });

  it('Kafka killed for ten seconds costs no request: the journal grows and drains, and a rollout is judged after it', async () => {
    await apply(RUDE_CANARY);
    const start = await decision('the canary to start', (d) => d.type === 'start', 10_000);
    await untilInForce(start.sequence);
    await parts.kill('kafka', 'SIGKILL');
    await accepts(10 * PER_SECOND);
    expect(await metricOrRubric(stack, 'ingress', BACKLOG)).toBeGreaterThan(0);
    const during = [...traffic.ledger.accepted];
    const backAtMs = Date.now();
    await parts.start('kafka');
    await until(
      'the journal to drain',
      async () => (await metricOrRubric(stack, 'ingress', BACKLOG)) === 0 || undefined,
      60_000,
    );
    const end = await decision('the rude version to be rolled back', (d) => d.type === 'rollback', 90_000);
    expect(end).toMatchObject({ rollout: start.rollout, metric: 'empathy', by: 'controller' });
    expect(end.timeMs).toBeGreaterThan(backAtMs);
    await untilInForce(end.sequence);
    await untilScored(during);
    expectNobodyLetDown();
  });

  it('Redis killed, wiped or restored from an older value never moves the weights back', async () => {
    const key = routingKey(story.agent);
    await redisReady(redis);
    const older = (await redis.get(key))!;
    const stored = async (): Promise<number | undefined> => {
      const json = await redis.get(key);
      return json === null ? undefined : (JSON.parse(json) as RoutingView).sequence;
    };
    const untilHealed = async (): Promise<void> => {
      const { sequence } = current();
      await until(`sequence ${sequence} in Redis`, async () => (await stored()) === sequence || undefined, 20_000);
      await untilInForce(sequence);
    };
    await apply(KIND_ROLLOUT);
    const start = await decision(
      'the rollout to start',
      ({ rollout, type }) => type === 'start' && rollout.startsWith('kind#'),
      10_000,
    );
    await untilHealed();

    await parts.kill('redis', 'SIGKILL');
    await command('kind', 'pause');
    await accepts(2 * PER_SECOND);
    expect(await sequenceInForce()).toBeGreaterThanOrEqual(start.sequence);
    await parts.start('redis');
    await redisReady(redis);
    await untilHealed();

    await redis.flushall();
    await untilHealed();

    await forceView(redis, story.agent, older);
    await untilHealed();

    await command('kind', 'resume');
    await untilHealed();
    expectNobodyLetDown();
  });

  it.runIf(isWhole)(
    'the registry killed changes nothing for what runs; a judge restarted meanwhile goes on when it is back',
    async () => {
      await parts.kill('registry', 'SIGKILL');
      await accepts(PER_SECOND);
      await untilScored([...traffic.ledger.accepted]);
      await killAndRevive(stack, 'judge');
      await accepts(3 * PER_SECOND);
      expect(await probe(stack, 'judge', '/livez')).toMatchObject({ status: 200 });
      const unscored = [...traffic.ledger.accepted].filter((id) => !scored.has(id));
      expect(unscored.length).toBeGreaterThan(0);
      const complains = (): boolean => logOf(stack, 'judge').some(({ msg }) => msg.includes('the schema registry at'));
      await until('the judge to say what it waits for', () => complains() || undefined, 20_000);
      await parts.start('registry');
      await untilScored(unscored);
      expectNobodyLetDown();
    },
  );

  it('garbage and an unknown schema go to the dead letters of each group that reads them, which goes on', async () => {
    const garbage = Buffer.from('this is no Avro');
    const unknownSchema = Buffer.concat([Buffer.from([0, 0, 0x0f, 0xff, 0xff]), Buffer.from('any')]);
    const wanted: unknown[] = [];
    for (const [topic, partition, groups] of [
      [EXCHANGES.name, 1, [GROUPS.mirror, GROUPS.judge, GROUPS.analyzer]],
      [SCORES.name, 2, [GROUPS.analyzer]],
    ] as const) {
      const offsets = await writeRaw(brokers(), topic, partition, [garbage, unknownSchema]);
      for (const group of groups)
        for (const [i, [value, reason]] of [
          [garbage, 'Confluent wire format'],
          [unknownSchema, 'no schema 1048575'],
        ].entries())
          wanted.push({
            group,
            topic,
            partition,
            offset: offsets[i],
            reason: expect.stringContaining(reason as string),
            value: (value as Buffer).toString('latin1'),
          });
    }
    await until('the dead letters', () => deadLetters.letters.length >= wanted.length || undefined, 60_000);
    await accepts(PER_SECOND);
    await untilScored([...traffic.ledger.accepted]);
    expect(deadLetters.letters).toHaveLength(wanted.length);
    expect(deadLetters.letters).toEqual(expect.arrayContaining(wanted));
  });

  it.runIf(isWhole)(
    'a rollout goes to its end though each service behind the front door is killed on the way',
    async () => {
      await decision('the canary', ({ rollout, state }) => rollout.startsWith('kind#') && state === 'canary', 120_000);
      for (const name of ['analyzer', 'mirror', 'controller', 'judge'] as const) {
        await killAndRevive(stack, name);
        await accepts(PER_SECOND);
      }
      const isEnd = ({ rollout, type }: Decision): boolean => rollout.startsWith('kind#') && type === 'promote';
      await decision('the kind version to be promoted', isEnd, 120_000);
      await untilInForce(current().sequence);
      expectNobodyLetDown();
    },
  );

  it('in the end every answer is one exchange, under a routing from the one chain of decisions', async () => {
    await traffic.stop();
    const { ledger } = traffic;
    await until('every answer in the topic', () => exchanges.size >= ledger.accepted.size || undefined, 30_000);
    expect(new Set(exchanges.keys())).toEqual(ledger.accepted);
    expect(log.decisions.map((d) => d.sequence)).toEqual(log.decisions.map((_, i) => i + 1));
    expect(log.decisions.map((d) => d.routing.sequence)).toEqual(log.decisions.map((d) => d.sequence));
    const inOrder = [...exchanges.values()].toSorted((a, b) => a.startedAtMs - b.startedAtMs);
    const used = inOrder.map(({ routingSequence }) => routingSequence);
    expect(used).toEqual(used.toSorted((a, b) => a - b));
    const logged = new Set(log.decisions.map((d) => d.sequence));
    expect(used.filter((sequence) => !logged.has(sequence))).toEqual([]);
  });

  it('in the end every live exchange of a rollout has one score of each metric, and the windows are those of a replay', async () => {
    const ofRollout = [...exchanges.values()].filter(({ rollout }) => rollout.startsWith('kind#'));
    expect(ofRollout.length).toBeGreaterThan(isWhole ? 300 : 100);
    await until(
      'all scores',
      async () => scoreFaults(ofRollout, await scoresOf(bus)).length === 0 || undefined,
      30_000,
    ).catch(() => {});
    expect(scoreFaults(ofRollout, await scoresOf(bus))).toEqual([]);

    const before = await writtenWindows(bus);
    expect(before.length).toBeGreaterThan(1_000);
    const expected = await replayedWindows(bus);
    expect(before.filter(({ key, text }) => expected.get(key) !== text)).toEqual([]);
    await until(
      'the rows of the replay',
      async () => {
        const written = new Set((await writtenWindows(bus)).map(({ key }) => key));
        return [...expected.keys()].every((key) => written.has(key)) || undefined;
      },
      60_000,
    );
    expect(deadLetters.letters).toHaveLength(8);
  });
});
