import type { Bus } from '../../platform/kafka/bus.ts';
import type { Progress } from '../../schemas/envelope.ts';
import type { Decision } from '../../schemas/decision.ts';
import { isFailure } from '../../schemas/exchange.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { type Score, flatScores } from '../../schemas/score.ts';
import { DECISIONS, EXCHANGES, SCORES, type Topic, WINDOWS } from '../../schemas/topics.ts';

export type Counts = { accepted: number; exchanges: number; scores: number; windows: number; decisions: number };

/** One candidate's traffic in one rollout, by the ingress' clock; null where it never came to that. */
export type CandidateTraffic = { requests: number; firstBadAtMs: number | null; lastStartedAtMs: number | null };

/** What the topics hold: every distinct id once, however often it was appended. */
export type Tally = {
  exchanges: Set<string>;
  scores: Set<string>;
  windows: Set<string>;
  /** The effective ones, in order. */
  decisions: Decision[];
  /** Every routing sequence under which an ingress served. */
  routingSequences: Set<number>;
  candidates: Map<string, CandidateTraffic>;
  /** Whether the windows of everything counted here are in their topic, too. */
  isClosed: boolean;
};

const forEach = async <T>(bus: Bus, topic: Topic<T>, visit: (value: T, key: string) => void): Promise<void> => {
  const partitions = await bus.partitionCount(topic);
  await Promise.all(
    Array.from({ length: partitions }, (_, p) => bus.readToEnd(topic, p, 0, ({ value, key }) => visit(value, key))),
  );
};

const isBad = ({ metric, value }: Score): boolean => {
  const { family, better } = metricOrRubric(metric);
  return family === 'rate' && value === (better === 'higher' ? 0 : 1);
};

/** Follows how far a topic's events go, and how far each partition of the windows is closed for them. */
const createClosure = (topics: readonly string[]) => {
  const lastEventMs = new Map<string, number>();
  const closedThroughMs = new Map<string, number[]>();
  return {
    event: (topic: string, timeMs: number): void => {
      lastEventMs.set(topic, Math.max(lastEventMs.get(topic) ?? 0, timeMs));
    },
    progress: ({ sourceTopic, sourcePartition, sourcePartitions, closedThroughMs: ms }: Progress): void => {
      const known = closedThroughMs.get(sourceTopic) ?? Array.from({ length: sourcePartitions }, () => 0);
      closedThroughMs.set(sourceTopic, known.with(sourcePartition, Math.max(known[sourcePartition] ?? 0, ms)));
    },
    isClosed: (): boolean =>
      topics.every((topic) => Math.min(...(closedThroughMs.get(topic) ?? [0])) > (lastEventMs.get(topic) ?? -1)),
  };
};

/** Reads the topics from their first record to the end they have now. */
export const tallyTopics = async (bus: Bus): Promise<Tally> => {
  const tally: Tally = {
    exchanges: new Set(),
    scores: new Set(),
    windows: new Set(),
    decisions: [],
    routingSequences: new Set(),
    candidates: new Map(),
    isClosed: false,
  };
  const closure = createClosure([EXCHANGES.name, SCORES.name]);
  const candidateOf = (rollout: string): CandidateTraffic => {
    const known = tally.candidates.get(rollout) ?? { requests: 0, firstBadAtMs: null, lastStartedAtMs: null };
    tally.candidates.set(rollout, known);
    return known;
  };
  const sawBad = (rollout: string, atMs: number): void => {
    const candidate = candidateOf(rollout);
    candidate.firstBadAtMs = Math.min(candidate.firstBadAtMs ?? Infinity, atMs);
  };
  // A tick tells of requests that its own window counts as accepted, which may be the one after that of the last of them.
  const told = new Map<string, number>();
  await forEach(bus, EXCHANGES, ({ source, event, tick, timeMs }) => {
    const accepted = tick?.arms.reduce((sum, arm) => sum + arm.accepted + arm.dropped, 0) ?? 0;
    if (accepted !== (told.get(source) ?? 0)) {
      told.set(source, accepted);
      closure.event(EXCHANGES.name, timeMs - 1);
    }
    if (!event || tally.exchanges.has(event.exchangeId)) return;
    closure.event(EXCHANGES.name, timeMs);
    tally.exchanges.add(event.exchangeId);
    tally.routingSequences.add(event.routingSequence);
    if (event.assignedArm !== 'candidate') return;
    const candidate = candidateOf(event.rollout);
    candidate.requests += 1;
    candidate.lastStartedAtMs = Math.max(candidate.lastStartedAtMs ?? 0, event.startedAtMs);
    if (isFailure(event.outcome)) sawBad(event.rollout, event.finishedAtMs);
  });
  await forEach(bus, SCORES, ({ event, timeMs }) => {
    if (!event) return;
    closure.event(SCORES.name, timeMs);
    for (const { scoreId } of flatScores(event)) tally.scores.add(scoreId);
    if (event.kind === 'live' && event.arm === 'candidate' && event.scores.some(isBad))
      sawBad(event.rollout, event.exchangeAtMs);
  });
  await forEach(bus, WINDOWS, ({ event, tick }, key) => {
    if (event) tally.windows.add(key);
    if (tick) closure.progress(tick);
  });
  tally.isClosed = closure.isClosed();
  const sequences = new Map<string, number>();
  await forEach(bus, DECISIONS, (decision) => {
    if (decision.expect !== (sequences.get(decision.agent) ?? 0)) return;
    sequences.set(decision.agent, decision.sequence);
    tally.decisions.push(decision);
  });
  return tally;
};
