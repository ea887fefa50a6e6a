import path from 'node:path';
import type { Decision } from '../../schemas/decision.ts';
import type { Bus } from '../../platform/kafka/bus.ts';
import { createKafkaBus } from '../../platform/kafka/kafka-bus.ts';
import { createLagReader, type LagReader, messagesBehind } from '../../platform/kafka/lag.ts';
import { createLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { readTopicsAccess } from '../../platform/process/parts-access.ts';
import { type ControllerClient, createControllerClient } from '../controller/client.ts';
import { removeLocal, writeLocal } from '../controller/local-controller.ts';
import { keptFolder } from './kept-data.ts';
import { clearTheStage, followDecisions, playRollouts } from './play.ts';
import { replayStory } from './replay-story.ts';
import type { Reporter, Summary } from './reporter.ts';
import { type StartedStack, startStack, type Stack } from './stack.ts';
import { pageLine, standByLines } from './stand-by.ts';
import type { Played, Story } from './story.ts';
import { LOCAL_JUDGE, supportStory } from './support-story.ts';
import { type Tally, tallyTopics } from './tally.ts';
import { type ClientRecord, startTraffic } from './traffic.ts';
import { until } from '../until.ts';
import { followRollouts } from './rollout-log.ts';
import { watch } from './watch.ts';

const HOME = path.resolve(import.meta.dirname, '../../.coalmine');
const ROLLOUT_TIMEOUT_MS = 600_000;
const READY_TIMEOUT_MS = 90_000;
const SETTLE_TIMEOUT_MS = 60_000;
const IDLE_SHARE = 0.1;
const INTERRUPTED = 130;

/** How the story is played, or none is. A port of 0 takes a free one. */
export type StoryOptions = {
  once: boolean;
  /** False starts everything that a story needs but its agent. */
  story: boolean;
  /** Forgets what an earlier start has kept. */
  fresh: boolean;
  /** Null takes the width of the windows that are kept, else a second. */
  windowMs: number | null;
  swap: boolean;
  replay: { dir: string; agent: string; stable: string; candidate: string; speed: number } | null;
  seed: number;
  ratePerSecond: number;
  ingressPort: number;
  controllerPort: number;
};

const storyOf = (options: StoryOptions): Story =>
  options.replay ? replayStory({ ...options.replay, seed: options.seed }) : supportStory(options);

const curlLine = (stack: Stack, { agent }: Story): string => {
  const body = { model: agent, user: 'you', messages: [{ role: 'user', content: 'Where is my order?' }] };
  return `curl ${stack.ingressUrl}/v1/chat/completions -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
};

const summaryOf = (played: readonly Played[], tally: Tally, ledger: ClientRecord): Summary => ({
  rollouts: played.map(({ rollout, ...rest }) => ({
    ...rest,
    candidateRequests: tally.candidates.get(rollout)?.requests ?? 0,
  })),
  counts: {
    accepted: ledger.accepted.size,
    exchanges: tally.exchanges.size,
    scores: tally.scores.size,
    windows: tally.windows.size,
    decisions: tally.decisions.length,
  },
});

/** Answers that the client saw whole and the topic does not hold. */
const lostOf = ({ accepted }: ClientRecord, { exchanges }: Tally): number =>
  [...accepted].filter((id) => !exchanges.has(id)).length;

/** What speaks against the run having gone as it must; empty when nothing does. */
const complaintsOf = (story: Story, played: readonly Played[], tally: Tally, ledger: ClientRecord): string[] => {
  const lost = lostOf(ledger, tally);
  const logged = new Set(tally.decisions.map((d) => d.sequence));
  const unlogged = [...tally.routingSequences].filter((sequence) => !logged.has(sequence));
  return [
    ...played.flatMap(({ candidate, outcome }, i) => {
      const mustEnd = story.rollouts[i]?.mustEnd ?? null;
      if (mustEnd !== null && outcome !== mustEnd) return [`${candidate} ended ${outcome}, not ${mustEnd}`];
      return outcome === 'inconclusive' ? [`${candidate} came to no verdict`] : [];
    }),
    ...(lost > 0 ? [`${lost} answered requests are not in the topic`] : []),
    ...(unlogged.length > 0 ? [`routing sequences ${unlogged.join(', ')} were served and are in no decision`] : []),
    ...(ledger.broken > 0 ? [`${ledger.broken} requests got no whole answer`] : []),
    ...[...ledger.refused].map(([status, count]) => `${count} requests were refused with ${status}`),
  ];
};

const reportTimings = (played: readonly Played[], tally: Tally, reporter: Reporter): void => {
  for (const { rollout, candidate, outcome } of played) {
    const traffic = tally.candidates.get(rollout);
    const rollback = tally.decisions.find((d) => d.rollout === rollout && d.type === 'rollback');
    if (outcome !== 'rolled_back' || !rollback || traffic?.firstBadAtMs == null || traffic.lastStartedAtMs === null)
      continue;
    reporter.timing({
      candidate,
      decidedAfterMs: rollback.timeMs - traffic.firstBadAtMs,
      lastRequestAfterMs: traffic.lastStartedAtMs - traffic.firstBadAtMs,
      requests: traffic.requests,
    });
  }
};

/** Until the controller has read its log, it answers as if there were no agents. */
const awaitLog = (stack: Stack): Promise<true> =>
  until(
    'the controller to have read its log',
    async () => (await fetch(`${stack.controllerUrl}/readyz`)).ok || undefined,
    READY_TIMEOUT_MS,
  );

const awaitReady = async (
  stack: Stack,
  controller: ControllerClient,
  story: Story,
  agentDocument: unknown,
): Promise<void> => {
  const body = JSON.stringify(agentDocument);
  await until('the controller to take the agent', () => controller.applyDocuments({ body }), READY_TIMEOUT_MS);
  await until(
    'the ingress to know the agent',
    async () => {
      const models = (await (await fetch(`${stack.ingressUrl}/v1/models`)).json()) as { data: { id: string }[] };
      return models.data.some((m) => m.id === story.agent) || undefined;
    },
    READY_TIMEOUT_MS,
  );
};

/** Counts once every answer is in the topic, every group has read everything, and all windows are closed. */
const settleAndCount = async (bus: Bus, lag: LagReader, ledger: ClientRecord, reporter: Reporter): Promise<Tally> => {
  const settled = async (): Promise<Tally | undefined> => {
    if ((await lag.read()).some((group) => messagesBehind(group) > 0)) return undefined;
    const tally = await tallyTopics(bus);
    return tally.isClosed && lostOf(ledger, tally) === 0 ? tally : undefined;
  };
  return until('all that was answered to be judged and counted', settled, SETTLE_TIMEOUT_MS).catch((error: Error) => {
    reporter.progress(error.message);
    return tallyTopics(bus);
  });
};

/** What is to be closed, in reverse, and the exit code if the user ends it now. */
type Session = { closing: (() => Promise<void> | void)[]; codeIfInterrupted: number };

const closeAll = async ({ closing }: Session, reporter: Reporter): Promise<void> => {
  for (const close of closing.toReversed())
    await Promise.resolve(close()).catch((error: unknown) => reporter.progress(`while stopping: ${String(error)}`));
};

/** The topics of a running stack, for whoever looks at them while it runs. */
const openTopics = async ({ parts }: Stack, { closing }: Session): Promise<{ bus: Bus; lag: LagReader }> => {
  const log = createLog('start', 'error');
  const access = readTopicsAccess({ ...process.env, ...parts.envOf('cli') });
  const metrics = createMetrics('start');
  const bus = await createKafkaBus({ ...access, clientId: 'coalmine-start', log, metrics });
  const lag = createLagReader({ ...access, log });
  closing.push(
    () => bus.close(3_000),
    () => lag.close(),
  );
  return { bus, lag };
};

/** Plays the story on a running stack. Resolves to the exit code; never without `once`, for then the user ends it. */
const playOn = async (
  stack: Stack,
  story: Story,
  { once, ratePerSecond }: StoryOptions,
  reporter: Reporter,
  session: Session,
): Promise<number> => {
  const { closing } = session;
  const { bus, lag } = await openTopics(stack, session);
  const controller = createControllerClient(stack.controllerUrl, stack.adminKey.text);
  const agentDocument = story.agentDocument(stack.upstreamUrls);
  const decisions = await followDecisions(bus, story.agent, reporter.decision, Date.now());
  const toldElsewhere = (decision: Decision): void => {
    if (decision.agent !== story.agent) reporter.decision(decision);
  };
  const rollouts = await followRollouts(bus, toldElsewhere, Date.now());
  closing.push(
    () => decisions.stop(),
    () => rollouts.stop(),
  );
  await awaitLog(stack);
  await clearTheStage(controller, decisions, story.agent);
  await awaitReady(stack, controller, story, agentDocument);
  reporter.progress(`ready: logs in ${stack.logFolder}, controller at ${stack.controllerUrl}`);
  reporter.progress(pageLine(stack));
  reporter.progress(curlLine(stack, story));

  const traffic = startTraffic({ url: stack.ingressUrl, agent: story.agent, ratePerSecond, request: story.request });
  const watching = watch({ controller, lag, log: rollouts, traffic, reporter, ratePerSecond });
  closing.push(
    () => traffic.stop(),
    () => watching.stop(),
  );
  const timeoutMs = ROLLOUT_TIMEOUT_MS;
  const played = await playRollouts({ story, controller, log: decisions, reporter, agentDocument, timeoutMs });
  reporter.progress(watching.carried());
  if (!once) {
    watching.ask(Math.max(1, ratePerSecond * IDLE_SHARE));
    reporter.progress('the story has ended; everything runs on, with a little traffic. Ctrl-C ends it.');
    reporter.progress(curlLine(stack, story));
    session.codeIfInterrupted = 0;
    return new Promise(() => {});
  }
  await traffic.stop();
  const tally = await settleAndCount(bus, lag, traffic.ledger, reporter);
  const complaints = complaintsOf(story, played, tally, traffic.ledger);
  for (const complaint of complaints) reporter.progress(`not as it must be: ${complaint}`);
  reportTimings(played, tally, reporter);
  watching.stop();
  reporter.summary(summaryOf(played, tally, traffic.ledger));
  return complaints.length === 0 ? 0 : 1;
};

/** Everything runs, and nothing is played but shown what the user does: the user ends it. */
const standBy = async (
  stack: StartedStack,
  keptIn: string | null,
  reporter: Reporter,
  session: Session,
): Promise<never> => {
  const controller = createControllerClient(stack.controllerUrl, stack.adminKey.text);
  await awaitLog(stack);
  const { agents } = await controller.listAgents({});
  for (const line of standByLines(stack, agents, keptIn)) reporter.progress(line);
  const { bus, lag } = await openTopics(stack, session);
  const log = await followRollouts(bus, reporter.decision, Date.now());
  const watching = watch({ controller, lag, log, traffic: null, reporter, ratePerSecond: 0 });
  session.closing.push(
    () => log.stop(),
    () => watching.stop(),
  );
  session.codeIfInterrupted = 0;
  return new Promise(() => {});
};

/** What else goes on while the stack is up; returns how that ends. */
export type Alongside = (stack: Stack, say: (line: string) => void) => () => Promise<void>;

/**
 * Starts everything, plays the story, says how it went. Resolves to the exit code once all is stopped again; if it is
 * interrupted while it sets up, at once: what was started then dies with this process.
 */
export const runStory = async (
  options: StoryOptions,
  reporter: Reporter,
  interrupted: Promise<void>,
  alongside?: Alongside,
): Promise<number> => {
  const { story, once, fresh, windowMs, ingressPort, controllerPort } = options;
  const played = story ? storyOf(options) : null;
  for (const note of played?.notes ?? []) reporter.progress(note);
  const keepIn = keptFolder(HOME, { once, env: process.env });
  const starting = startStack({
    home: HOME,
    ports: 'fixed',
    env: process.env,
    keepIn,
    fresh,
    windowMs,
    ingressPort,
    controllerPort,
    upstreams: (played ?? LOCAL_JUDGE).upstreams,
    judgeEnv: (played ?? LOCAL_JUDGE).judgeEnv,
    onProgress: reporter.progress,
  });
  const stack = await Promise.race([starting, interrupted]);
  if (!stack) return INTERRUPTED;
  const local = { url: stack.controllerUrl, keyFile: stack.adminKey.file, parts: stack.parts.envOf('cli') };
  writeLocal(local);
  const session: Session = { closing: [() => stack.stop(), () => removeLocal(local)], codeIfInterrupted: INTERRUPTED };
  if (alongside !== undefined) session.closing.push(alongside(stack, reporter.progress));
  try {
    const playing =
      played === null ? standBy(stack, keepIn, reporter, session) : playOn(stack, played, options, reporter, session);
    return await Promise.race([playing, interrupted.then(() => session.codeIfInterrupted)]);
  } finally {
    await closeAll(session, reporter);
  }
};
