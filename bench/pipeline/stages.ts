import { setTimeout as sleep } from 'node:timers/promises';
import { pickFreePorts } from '../../infra/parts/ports.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import { type Program, TARGET_CORE } from '../front-door/machine.ts';
import { createBacklogStream } from './backlog.ts';
import type { Lab } from './lab.ts';
import { floorRun, type Measured, measureStage, type Run } from './measure-stage.ts';
import { eventKeysIn, type RawTopic, splitAt } from './raw-log.ts';
import { analyzerProgram, controllerProgram, judgeProgram, mirrorProgram } from './services.ts';
import { rolloutSeen, type Setup, setView } from './setup.ts';
import { countedOnce, windowsIn } from './windows.ts';

/**
 * The stages that read Kafka, each alone. What one has written is kept as bytes and is the backlog of the next; each begins
 * on empty topics.
 */

/** Stream time at which the story's requests come. */
const PER_SECOND = 100;
/** The judge takes how old an exchange is for how far it is behind; a backlog that lies ahead of the clock never is. */
const AHEAD_MS = 60_000;
/** A tick that speaks for all before it comes within so long. */
const NEXT_TICK_MS = 1_500;

/** A backlog to warm up with and the one to measure. */
export type Halves = { warm: RawTopic[]; measured: RawTopic[] };

/** What the verifications count with. */
type Expected = { exchanges: number; warm: number; asAssigned: number; byAgent: Map<string, { candidate: number }> };

export type Written = { exchanges: Halves; expected: Expected };

export const warmCount = (count: number): number => Math.max(500, Math.round(count / 4));

const expectedOf = (events: readonly Exchange[], exchanges: number): Expected => {
  const byAgent = Map.groupBy(events, ({ agent }) => agent);
  return {
    exchanges,
    warm: events.length - exchanges,
    asAssigned: events.filter(({ assignedArm, servedArm }) => assignedArm === servedArm).length,
    byAgent: new Map(
      [...byAgent].map(([agent, own]) => [
        agent,
        { candidate: own.filter(({ assignedArm }) => assignedArm === 'candidate').length },
      ]),
    ),
  };
};

/** Encodes both backlogs by the checkout's own schema and takes them out of the topic again as bytes. */
export const writeBacklog = async (lab: Lab, setup: Setup, exchanges: number, round: number): Promise<Written> => {
  await lab.reset();
  const topic = lab.checkout.topics.EXCHANGES;
  const next = createBacklogStream(`bench-${round}@${Date.now()}`, topic.partitions);
  const { labels, windowMs } = setup.shape;
  const plan = { calls: setup.calls, routes: setup.routes, labels, perSecond: PER_SECOND, windowMs };
  const warmUp = warmCount(exchanges);
  const first = round * (warmUp + exchanges);
  const startMs = Math.ceil((Date.now() + AHEAD_MS) / 1_000) * 1_000;
  const warm = next({ ...plan, count: warmUp, first, startMs });
  const measured = next({ ...plan, count: exchanges, first: first + warmUp, startMs: warm.endMs + 1 });
  const append = async ({ byPartition }: typeof warm): Promise<void> => {
    const batches = byPartition.map(async (records, partition) => {
      for (let at = 0; at < records.length; at += 500)
        await lab.bus.append(topic, partition, records.slice(at, at + 500));
    });
    await Promise.all(batches);
  };
  await append(warm);
  const between = await lab.endsOf(topic.name);
  await append(measured);
  const [warmRaw, measuredRaw] = splitAt(await lab.raw.read(topic.name, topic.partitions), between);
  const events = [warm, measured].flatMap(({ byPartition }) => byPartition.flat()).flatMap(({ event }) => event ?? []);
  return { exchanges: { warm: [warmRaw], measured: [measuredRaw] }, expected: expectedOf(events, exchanges) };
};

const halvesOf = async (lab: Lab, topic: { name: string; partitions: number }, run: Measured): Promise<Halves> => {
  const all = await lab.raw.read(topic.name, topic.partitions);
  const [warm, measured] = splitAt(all, run.writtenBefore.get(topic.name) ?? []);
  return { warm: [warm], measured: [measured] };
};

export const joined = (...halves: readonly Halves[]): Halves => ({
  warm: halves.flatMap(({ warm }) => warm),
  measured: halves.flatMap(({ measured }) => measured),
});

/** Members take turns on the two cores, the first on that of the target. */
const placed = (members: number, programOf: (n: number) => Program): Run['programs'] =>
  Array.from({ length: members }, (_, i) => ({ core: (TARGET_CORE + i) % 2, program: programOf(i + 1) }));

export const missing = (seen: number, wanted: number, what: string): string | null =>
  seen === wanted ? null : `${seen} of ${wanted} ${what}`;

/** Done: the group has committed all exchanges, which it does once their scores are in the topic. Every id must be there. */
export const measureJudge = async (
  lab: Lab,
  setup: Setup,
  { exchanges, expected }: Written,
  members = 1,
): Promise<{ run: Measured; scores: Halves }> => {
  const { EXCHANGES, SHADOWS, SCORES, GROUPS } = lab.checkout.topics;
  await lab.reset();
  const run = await measureStage(lab, {
    name: 'judge',
    programs: placed(members, (n) => judgeProgram(lab, setup.calls.judgeEnv, n)),
    reads: [{ group: GROUPS.judge, topics: [EXCHANGES.name, SHADOWS.name] }],
    ...exchanges,
    exchanges: expected.exchanges,
    writes: [SCORES.name],
    verify: async () => {
      // It ticks until the window of its last score is closed.
      await sleep(setup.shape.windowMs + NEXT_TICK_MS);
      const ids = eventKeysIn([await lab.raw.read(SCORES.name, SCORES.partitions)]);
      return missing(ids.size, expected.exchanges + expected.warm, 'exchanges have scores');
    },
  });
  return { run, scores: await halvesOf(lab, SCORES, run) };
};

/**
 * Done: the first group has committed exchanges and scores, which it does once their partials are in the topic, then the
 * second all partials, which it does once their windows are. The backlogs end with ticks that close all their windows: the
 * rows must count every exchange, and every score of one metric, once.
 */
export const measureAnalyzer = async (
  lab: Lab,
  setup: Setup,
  { expected }: Written,
  input: Halves,
  members = 1,
): Promise<{ run: Measured; partials: Halves; windows: Halves }> => {
  const { EXCHANGES, SHADOWS, SCORES, FEEDBACK, PARTIALS, WINDOWS, GROUPS } = lab.checkout.topics;
  await lab.reset();
  const run = await measureStage(lab, {
    name: 'analyzer',
    programs: placed(members, (n) => analyzerProgram(lab, setup.shape.windowMs, n)),
    reads: [
      { group: GROUPS.analyzer, topics: [EXCHANGES.name, SHADOWS.name, SCORES.name, FEEDBACK.name] },
      { group: GROUPS.analyzerMerge, topics: [PARTIALS.name] },
    ],
    ...input,
    exchanges: expected.exchanges,
    writes: [PARTIALS.name, WINDOWS.name],
    verify: async () => {
      const rows = await windowsIn(lab);
      const seen = missing(countedOnce(rows, 'error_rate'), expected.exchanges + expected.warm, 'exchanges in windows');
      return seen ?? missing(countedOnce(rows, 'tool_validity'), expected.asAssigned, 'scored exchanges in windows');
    },
  });
  return { run, partials: await halvesOf(lab, PARTIALS, run), windows: await halvesOf(lab, WINDOWS, run) };
};

/** Of the latest tick of each source in the shadows' first partition, the exchanges received. */
const receivedByMirror = async (lab: Lab): Promise<number> => {
  const received = new Map<string, number>();
  await lab.bus.readToEnd(lab.checkout.topics.SHADOWS, 0, 0, ({ value: { source, tick } }) => {
    if (tick !== null) received.set(source, tick.counters['received'] ?? 0);
  });
  return [...received.values()].reduce((sum, count) => sum + count, 0);
};

/** Done: the group has committed all exchanges. Its ticks must count every one; `sharePct` of stable's are replayed. */
export const measureMirror = async (
  lab: Lab,
  setup: Setup,
  { exchanges, expected }: Written,
  sharePct: number,
): Promise<Measured> => {
  const { EXCHANGES, GROUPS } = lab.checkout.topics;
  await lab.reset();
  const plan = { arm: 'candidate', version: 'v2', sharePct, noiseSharePct: 0, maxPerSecond: 1_000_000 };
  for (const [agent, json] of setup.views)
    if (sharePct > 0) await setView(lab, agent, JSON.stringify({ ...JSON.parse(json), shadow: plan }));
  const run = await measureStage(lab, {
    name: sharePct > 0 ? 'mirror-shadow' : 'mirror',
    programs: placed(1, () => mirrorProgram(lab)),
    reads: [{ group: GROUPS.mirror, topics: [EXCHANGES.name] }],
    ...exchanges,
    exchanges: expected.exchanges,
    verify: async () => {
      await sleep(NEXT_TICK_MS);
      return missing(await receivedByMirror(lab), expected.exchanges + expected.warm, 'exchanges received');
    },
  });
  for (const [agent, json] of setup.views) await setView(lab, agent, json);
  return run;
};

/**
 * Done: the group has committed all windows and the process is quiet, since it judges after its commit. Every request of
 * the candidates must be among their rollouts' evidence.
 */
export const measureController = async (
  lab: Lab,
  setup: Setup,
  { expected }: Written,
  windows: Halves,
): Promise<Measured> => {
  const { WINDOWS, GROUPS } = lab.checkout.topics;
  await lab.reset();
  await lab.raw.append(setup.decided);
  const [port = 0] = await pickFreePorts(1);
  return measureStage(lab, {
    name: 'controller',
    programs: [{ core: TARGET_CORE, program: controllerProgram(lab, port) }],
    reads: [{ group: GROUPS.controller, topics: [WINDOWS.name] }],
    ...windows,
    exchanges: expected.exchanges,
    worksOn: true,
    verify: async () => {
      let seen = 0;
      for (const agent of expected.byAgent.keys())
        seen += (await rolloutSeen(`http://127.0.0.1:${port}`, agent)).candidateRequests ?? 0;
      const wanted = [...expected.byAgent.values()].reduce((sum, { candidate }) => sum + candidate, 0);
      return missing(seen, wanted, 'candidate requests in evidence');
    },
  });
};

/** A bare consumer of what a stage reads. */
export const measureFloor = async (
  lab: Lab,
  name: string,
  { expected }: Written,
  halves: Halves,
): Promise<Measured> => {
  await lab.reset();
  const topics = [...new Set([...halves.warm, ...halves.measured].map(({ topic }) => topic))];
  return measureStage(lab, floorRun(lab, { name, ...halves, exchanges: expected.exchanges }, topics));
};
