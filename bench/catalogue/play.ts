import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { uniform } from '../../examples/chat-api/seeded.ts';
import { readOrders } from '../../examples/support/orders.ts';
import { createToolCallCheck } from '../../judge/answers/tool-schema.ts';
import { createJudgeEvents } from '../../judge/events.ts';
import { createScoring } from '../../judge/scoring.ts';
import { createMirrorEvents } from '../../mirror/events.ts';
import { createReplaying } from '../../mirror/replaying.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import type { RolloutState } from '../../schemas/decision.ts';
import type { Tick } from '../../schemas/envelope.ts';
import type { Exchange, Shadow } from '../../schemas/exchange.ts';
import type { ScoreSheet } from '../../schemas/score.ts';
import { EXCHANGES, SCORES } from '../../schemas/topics.ts';
import { say } from './agent.ts';
import type { Candidate } from './candidate.ts';
import { type Request, requestOf } from './customers.ts';
import { exchangeThrough } from './exchange.ts';
import { createSteppedClock, startServices } from './services.ts';
import { createTopicLog } from './topic-log.ts';
import { type Sent, sentOf } from './wire.ts';
import { person } from '../../controller/test/person.fixture.ts';

export type Setting = {
  requestsPerMinute: number;
  maxMinutes: number;
  seed: number;
  /** The rollout document's `spec`, but for agent and candidate. */
  spec: object;
};

/** How a candidate fared. `requests` it served to users, shadows apart; `metric` and `slice` are those that stopped it. */
export type Fate = {
  candidate: Candidate;
  state: RolloutState | null;
  /** The stage in which it ended: `shadow`, or the weight that it had. */
  stoppedIn: 'shadow' | 'canary';
  metric: string | null;
  slice: string | null;
  minutes: number;
  requests: number;
  sentence: string;
};

const T0 = 1_700_000_040_000;
const WINDOW_MS = 60_000;
const CANDIDATE = 'v2';
const orders = readOrders();

const agentDocument = (): object =>
  parse(readFileSync(path.resolve(import.meta.dirname, '../../examples/support/agent.yaml'), 'utf8')) as object;

const rolloutDocument = (spec: object): object => ({
  apiVersion: 'coalmine/v1',
  kind: 'Rollout',
  metadata: { name: 'catalogue' },
  spec: { agent: 'support', candidate: CANDIDATE, ...spec },
});

const NO_COUNTERS: Tick = { counters: {}, arms: [], share: null };

/** What the front door says of each arm in its ticks: how many exchanges it has taken so far. */
const createAccepted = () => {
  const arms = new Map<string, Tick['arms'][number]>();
  return {
    count: ({ agent, rollout, routingSequence, assignedVersion: version, assignedArm: arm }: Exchange): void => {
      const key = `${rollout}|${routingSequence}|${arm}`;
      const known = arms.get(key) ?? { agent, rollout, routingSequence, version, arm, accepted: 0, dropped: 0 };
      arms.set(key, { ...known, accepted: known.accepted + 1 });
    },
    tick: (): Tick => ({ ...NO_COUNTERS, arms: [...arms.values()] }),
  };
};

/** What of a minute's requests was begun and not yet ended waits for the minute in which it ends. */
const arrivals = (setting: Setting, minute: number): { request: Request; number: number; startedAtMs: number }[] =>
  Array.from({ length: setting.requestsPerMinute }, (_, i) => {
    const number = minute * setting.requestsPerMinute + i;
    const within = uniform(`${setting.seed}|${number}`, 'arrival');
    const startedAtMs = T0 + Math.floor((minute + (i + within) / setting.requestsPerMinute) * WINDOW_MS);
    return { request: requestOf(setting.seed, number), number, startedAtMs };
  });

/**
 * Plays one rollout of a candidate on virtual time: each request goes through the front door's routing and capture, the mirror's replays,
 * the judge's rules, and by the topics of a bus in memory to analyzer and controller, which run as they do in service.
 */
export const play = async (candidate: Candidate, setting: Setting): Promise<Fate> => {
  const clock = createSteppedClock(T0);
  const services = await startServices(clock, WINDOW_MS);
  const { bus, views, controller } = services;
  const exchanges = createTopicLog<Exchange>(bus, EXCHANGES, 'ingress-1');
  const sheets = createTopicLog<ScoreSheet>(bus, SCORES, 'judge-1');
  const accepted = createAccepted();
  let calls = 0;
  let served = 0;

  const ask = (version: string, requestText: string, isShadow: boolean): Sent => {
    const request = JSON.parse(requestText);
    calls += 1;
    const own = version === CANDIDATE ? candidate : null;
    const said = say(request, own, orders, { nth: calls, sinceMs: clock.nowMs() - T0 });
    return sentOf(request, said, version, isShadow);
  };

  const score = createScoring({
    clock,
    events: createJudgeEvents(silentLog, createMetrics('judge')),
    check: createToolCallCheck(),
    references: new Map(),
    models: null,
    sampleOf: () => ({ share: 1, leftOut: false, modelShare: 1, modelsLeftOut: false }),
    write: async (sheet, timeMs) => sheets.add(sheet.exchangeId, timeMs, sheet),
  });
  const shadows: Shadow[] = [];
  const mirror = createReplaying(
    {
      clock,
      events: createMirrorEvents(silentLog, createMetrics('mirror')),
      views,
      send: async (_upstream, _path, body, { version }) => {
        const { contentType, text, ...rest } = ask(version, body, true);
        const sizeBytes = Buffer.byteLength(text);
        return { ...rest, responseBody: { state: 'full', contentType, text, sizeBytes, sha256: '' } };
      },
      write: async (shadow) => void shadows.push(shadow),
    },
    { maxUsdPerHour: 1e9, maxPerUpstream: 64 },
  );

  const finish = async (exchange: Exchange): Promise<void> => {
    clock.set(exchange.finishedAtMs);
    exchanges.add(exchange.exchangeId, exchange.finishedAtMs, exchange);
    accepted.count(exchange);
    if (exchange.servedVersion === CANDIDATE) served += 1;
    await score({ exchange, shadow: null });
    await mirror.run(exchange);
    for (const shadow of shadows.splice(0)) await score({ exchange: shadow.exchange, shadow });
  };

  const documents = [agentDocument(), rolloutDocument(setting.spec)].map((one) => JSON.stringify(one)).join('\n---\n');
  const applied = await controller.apply(documents, person('catalogue'), AbortSignal.timeout(30_000));
  if (!('ok' in applied)) throw new Error(JSON.stringify(applied));
  await services.routed();
  await exchanges.close(T0, NO_COUNTERS);
  await sheets.close(T0, NO_COUNTERS);

  let pending: Exchange[] = [];
  let minute = 0;
  for (; minute < setting.maxMinutes && !services.isOver(); minute++) {
    const endMs = T0 + (minute + 1) * WINDOW_MS;
    const view = views.get('support')!;
    for (const { request, number, startedAtMs } of arrivals(setting, minute)) {
      clock.set(startedAtMs);
      pending.push(
        exchangeThrough(view, request, { exchangeId: `${setting.seed}-${number}`, startedAtMs }, (version, text) =>
          ask(version, text, false),
        ),
      );
    }
    const ended = pending.filter(({ finishedAtMs }) => finishedAtMs < endMs);
    pending = pending.filter(({ finishedAtMs }) => finishedAtMs >= endMs);
    for (const exchange of ended.sort((a, b) => a.finishedAtMs - b.finishedAtMs)) await finish(exchange);
    clock.set(endMs);
    await exchanges.close(endMs, accepted.tick());
    await sheets.close(endMs, NO_COUNTERS);
    await services.judgedThrough(endMs);
  }

  const decisions = controller.decisions('support', 1_000) ?? [];
  const last = decisions[0]!;
  const run = controller.agents()[0]?.run ?? null;
  const before = decisions.slice(1).find(({ state }) => state === 'shadow' || state === 'canary');
  const fate: Fate = {
    candidate,
    state: last.state,
    stoppedIn: before?.state === 'shadow' ? 'shadow' : 'canary',
    metric: last.metric,
    slice: last.slice,
    minutes: minute,
    requests: served,
    sentence: run === null ? last.reason : (controller.rollout(run.name)?.sentence ?? last.reason),
  };
  await services.stop();
  return fate;
};
