import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import type { z } from 'zod';
import type { ApiKey } from '../../schemas/api-key.ts';
import { IngressPolicy } from '../../schemas/ingress-policy.ts';
import type { ExchangeRecord } from '../../schemas/exchange.ts';
import type { FeedbackRecord } from '../../schemas/feedback.ts';
import { NO_RULES } from '../../schemas/routing-view.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { EXCHANGES, FEEDBACK } from '../../schemas/topics.ts';
import type { Topic } from '../../schemas/topics.ts';
import type { Bus } from '../../platform/kafka/bus.ts';
import type { Conversations } from '../../platform/redis/conversations.ts';
import { systemClock } from '../../platform/process/clock.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMemoryBus } from '../../platform/kafka/memory-bus.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { loadCheckpoint, saveCheckpoint } from '../journal/checkpoint-file.io.ts';
import { createFloor, settledMs, writesSoFar } from '../journal/journal-floor.ts';
import { untilWritten } from '../journal/journal-watch.io.ts';
import type { JournalFloor } from '../journal/journal-floor.ts';
import { backlogBytes, deleteBefore, readBatch } from '../journal/journal-reader.io.ts';
import { openJournal } from '../journal/journal.io.ts';
import { createAddressing } from '../admission/trusted-proxies.io.ts';
import { createUpstreamHttp } from '../upstream/upstream-http.io.ts';
import { createUpstreamWs } from '../upstream/upstream-ws.io.ts';
import { installUws, startServer } from '../uws/uws-server.io.ts';
import { createAdmission } from '../admission/chain.ts';
import type { CreatePolicy } from '../admission/chain.ts';
import { createAddressOf } from '../admission/client-address.ts';
import type { RateLimiter } from '../admission/limits.ts';
import { createIngressEvents } from '../events.ts';
import { createIdSigner } from '../exchange/exchange-id.ts';
import type { IngressEvents } from '../events.ts';
import { createPolicyInForce } from '../policy/policy-in-force.ts';
import { startPublisher } from '../journal/publish.ts';
import type { PublisherDeps } from '../journal/publish.ts';
import { createPublisherEvents } from '../journal/publisher-events.ts';
import { createFrontDoor } from '../service.ts';
import { createSocketEvents } from '../relay/socket-events.ts';
import { createUpstreams } from '../upstream/upstreams.ts';

/** What tests of the whole front door share: it runs in this process, over a real server, journal and sockets. */

export type Upstream = { url: string; requests: IncomingMessage[]; close: () => Promise<void> };

/** A version's server; `answer` gets each request with its body read. */
export const startUpstream = async (
  answer: (res: ServerResponse, body: string, req: IncomingMessage) => void,
): Promise<Upstream> => {
  const requests: IncomingMessage[] = [];
  const server = createServer((req, res) => {
    requests.push(req);
    let body = '';
    req.on('data', (chunk: Buffer) => (body += chunk.toString()));
    req.on('end', () => answer(res, body, req));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

export const completion = (content: string) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
});

export const answerJson = (res: ServerResponse, body: unknown, status = 200): void => {
  const text = JSON.stringify(body);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
};

export const viewOf = (
  stable: string,
  candidate: string,
  weight: number,
  more: Partial<RoutingView> = {},
): RoutingView => {
  const version = (label: string, upstream: string) => ({
    label,
    upstream,
    id: `id-${label}`,
    promptUsdPerMillion: 1,
    completionUsdPerMillion: 2,
    cachedPromptUsdPerMillion: null,
    upstreamModel: '',
  });
  return {
    agent: 'support',
    sequence: 3,
    rollout: 'r1',
    salt: 'salt',
    arms: [
      { name: 'stable', version: 'v1', upstream: stable, weight: 100 - weight },
      { name: 'candidate', version: 'v2', upstream: candidate, weight },
    ],
    versions: [version('v1', stable), version('v2', candidate)],
    rules: NO_RULES,
    flags: [],
    shadow: null,
    shadowTools: 'pass',
    http: null,
    judging: null,
    judgedPct: 100,
    slices: [],
    metrics: [],
    events: [],
    issuedAt: 1_000,
    ...more,
  };
};

export const until = async <T>(probe: () => T | undefined | null | false, what: string, forMs = 25_000): Promise<T> => {
  for (const endMs = Date.now() + forMs; Date.now() < endMs;) {
    const value = probe();
    if (value !== undefined && value !== null && value !== false) return value;
    await systemClock.sleep(5);
  }
  throw new Error(`gave up waiting for ${what}`);
};

const collect = async <T>(bus: Bus, topic: Topic<T>): Promise<T[]> => {
  const values: T[] = [];
  await bus.tail(topic, async (_partition, records) => {
    for (const record of records) values.push(record.value);
  });
  return values;
};

export const startTestPublisher = (
  dataDir: string,
  bus: Bus,
  floor: JournalFloor,
  overrides: Partial<PublisherDeps> = {},
) => {
  const journalDir = path.join(dataDir, 'journal');
  const file = path.join(dataDir, 'checkpoint.json');
  return startPublisher({
    bus,
    clock: systemClock,
    log: silentLog,
    events: createPublisherEvents(silentLog, createMetrics('ingress_publisher')),
    settledMs: () => settledMs(floor, Date.now()),
    writesSoFar: () => writesSoFar(floor),
    untilWritten: (writes, withinMs, signal) => untilWritten(floor, writes, withinMs, signal),
    readBatch: (from) => readBatch(journalDir, from),
    deleteBefore: (position) => deleteBefore(journalDir, position),
    backlogBytes: (from) => backlogBytes(journalDir, from),
    loadCheckpoint: (onLost) => loadCheckpoint(file, onLost),
    saveCheckpoint: (checkpoint) => saveCheckpoint(file, checkpoint),
    tickEveryMs: 20,
    ...overrides,
  });
};

export type FrontDoorOptions = {
  views: RoutingView[];
  isRoutingKnown?: boolean;
  /** The spec of an ingress policy, as a document has it. By default callers without a key may do all. */
  policy?: z.input<typeof IngressPolicy>['spec'];
  keys?: readonly ApiKey[];
  limiter?: RateLimiter;
  /** In place of the policies of the product. */
  chain?: readonly CreatePolicy[];
  conversations?: Conversations;
  captureLimitBytes?: number;
  journalCapBytes?: number;
  stalledSince?: () => string | null;
  tls?: { certFile: string; keyFile: string };
  /** As if it listened on all addresses, unless told: raw clients ask for any host. */
  isOnLoopback?: boolean;
};

/** What exchange ids and subjects are signed and hashed with. */
export const SECRET = Buffer.alloc(32, 7);

export const OPEN_ACCESS: { anonymous: { roles: ('pin' | 'subjects')[] } } = {
  anonymous: { roles: ['pin', 'subjects'] },
};

/** A policy as an operator would have it, with bodies kept as they are unless it says otherwise. */
export const policyOf = (spec: z.input<typeof IngressPolicy>['spec'] = {}): IngressPolicy =>
  IngressPolicy.parse({
    apiVersion: 'coalmine/v1',
    kind: 'IngressPolicy',
    metadata: { name: 'test' },
    spec: { access: OPEN_ACCESS, defaults: { capture: { mode: 'full' } }, ...spec },
  });

/** Conversations of one process. */
export const localConversations = (): Conversations => {
  const known = new Map<string, string>();
  return {
    find: (agent, id) => known.get(`${agent} ${id}`),
    remember: (agent, id, version) => void known.set(`${agent} ${id}`, version),
    stop: () => {},
  };
};

const openTestJournal = (dataDir: string, capBytes: number, events: IngressEvents) => {
  const floor = createFloor();
  const journal = openJournal({
    dir: path.join(dataDir, 'journal'),
    capBytes,
    segmentBytes: 1e6,
    floor,
    nowMs: Date.now,
    onDiskError: events.diskError,
    onRecovered: events.diskRecovered,
  });
  return { floor, journal };
};

export const startFrontDoor = async (options: FrontDoorOptions) => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'coalmine-ingress-'));
  const metrics = createMetrics('ingress');
  const events = createIngressEvents(silentLog, metrics, Date.now);
  const { floor, journal } = openTestJournal(dataDir, options.journalCapBytes ?? 1e9, events);
  const views = new Map(options.views.map((view) => [view.agent, view]));
  const elapsedMs = (): number => performance.now();
  const http = createUpstreamHttp(elapsedMs);
  const ws = createUpstreamWs({ maxMessageBytes: 1_048_576, pingEveryMs: 30_000 });
  let document = policyOf(options.policy);
  const policy = createPolicyInForce(() => document);
  const addressOf = createAddressOf(policy, createAddressing);
  const deps = {
    policy,
    addressOf,
    findKey: (sha256: string) => options.keys?.find((key) => key.sha256 === sha256),
    areKeysCurrent: () => true,
    limiter: options.limiter ?? { take: () => null },
    nowMs: Date.now,
    isOnLoopback: options.isOnLoopback ?? false,
  };
  const beginCall = createAdmission(deps, options.chain);
  const upstreams = createUpstreams({
    send: http.send,
    policyOf: (agent) => policy.ofAgent(agent).upstream,
    nowMs: elapsedMs,
    random: Math.random,
    later: (ms, run) => void setTimeout(run, ms),
    events,
  });
  const sweeping = setInterval(() => upstreams.sweep(), 100);
  const front = createFrontDoor({
    views,
    isRoutingKnown: () => options.isRoutingKnown ?? true,
    policy,
    addressOf,
    beginCall,
    conversations: options.conversations ?? localConversations(),
    upstreams,
    events,
    captureLimitBytes: options.captureLimitBytes ?? 256 * 1024,
    maxHeldBytes: 256 * 1_048_576,
    elapsedMs,
    nowMs: Date.now,
    append: journal.append,
    credentialLines: () => '',
    secret: SECRET,
    signId: createIdSigner(SECRET, randomBytes),
    bootNonce: 'boot',
    stalledSince: options.stalledSince ?? (() => null),
    metricsText: () => metrics.text(),
    openSocket: ws.open,
    socketEvents: createSocketEvents(metrics),
  });
  const tls = options.tls ?? null;
  const server = await startServer(await installUws(), { host: '127.0.0.1', port: 0, sharesPort: false, tls, front });
  const bus = createMemoryBus();
  const exchangeRecords: ExchangeRecord[] = await collect(bus, EXCHANGES);
  const feedbackRecords: FeedbackRecord[] = await collect(bus, FEEDBACK);
  const publisher = await startTestPublisher(dataDir, bus, floor);
  return {
    dataDir,
    views,
    front,
    server,
    journal,
    metrics,
    publisher,
    upstreams,
    exchangeRecords,
    /** Puts another view of an agent in force. */
    routed: (view: RoutingView) => {
      views.set(view.agent, view);
      front.routed(view.agent);
    },
    applyPolicy: (spec: z.input<typeof IngressPolicy>['spec']) => {
      document = policyOf(spec);
    },
    url: `${tls === null ? 'http' : 'https'}://127.0.0.1:${server.port}`,
    exchanges: () => exchangeRecords.flatMap((record) => record.event ?? []),
    feedback: () => feedbackRecords.flatMap((record) => record.event ?? []),
    close: async () => {
      clearInterval(sweeping);
      front.closeSockets();
      server.close();
      journal.close();
      await publisher.stop(2_000);
      await bus.close(500);
      http.close();
      ws.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

export type TestFrontDoor = Awaited<ReturnType<typeof startFrontDoor>>;

/** For a test file: what its tests start this way is closed again after each, the last first. */
export const closedAfterEach = () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
  const closed = <T extends { close: () => Promise<void> }>(started: T): T => {
    closing.push(started.close);
    return started;
  };
  return {
    onClose: (close: () => Promise<void>): void => void closing.push(close),
    closed,
    upstream: async (...args: Parameters<typeof startUpstream>): Promise<Upstream> =>
      closed(await startUpstream(...args)),
    frontDoor: async (options: FrontDoorOptions): Promise<TestFrontDoor> => closed(await startFrontDoor(options)),
  };
};
