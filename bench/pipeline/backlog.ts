import { partitionOfKey } from '../../platform/kafka/partition-of-key.ts';
import type { Tick } from '../../schemas/envelope.ts';
import type { Exchange, ExchangeRecord } from '../../schemas/exchange.ts';
import type { Calls } from './calls.ts';
import { type AgentRoute, exchangeAt } from './exchanges.ts';

/**
 * A backlog as the ingress' publisher would have left it in the topic: by partition, numbered, with a tick on every
 * partition for each second of stream time. Pure: the same seed, routes and start give the same records.
 */

const TICK_EVERY_MS = 1_000;

export type BacklogPlan = {
  calls: Calls;
  /** Exchanges go to them in turn. */
  routes: readonly AgentRoute[];
  /** Slice labels that each exchange bears, from 1. */
  labels: number;
  /** How many exchanges, and the number of the first one. */
  count: number;
  first: number;
  perSecond: number;
  startMs: number;
  /** Ticks go on for so long after the last exchange, and two more: then all its windows are closed on every partition. */
  windowMs: number;
};

export type Backlog = {
  byPartition: ExchangeRecord[][];
  /** Of the last tick; what follows in the same stream starts after it. */
  endMs: number;
};

type ArmCount = Tick['arms'][number];

/** One source's stream of backlogs; its numbers and counters go on from one to the next. */
export const createBacklogStream = (source: string, partitions: number): ((plan: BacklogPlan) => Backlog) => {
  const sequences = Array.from({ length: partitions }, () => 0);
  const arms = new Map<string, ArmCount>();
  let accepted = 0;

  const countIn = ({ agent, rollout, routingSequence, assignedVersion: version, assignedArm: arm }: Exchange): void => {
    accepted += 1;
    const key = `${agent}|${arm}`;
    const before = arms.get(key) ?? { agent, rollout, routingSequence, version, arm, accepted: 0, dropped: 0 };
    arms.set(key, { ...before, accepted: before.accepted + 1 });
  };

  const tickOf = (): Tick => ({
    counters: { accepted, published: accepted, dropped: 0 },
    arms: [...arms.values()],
    share: null,
  });

  return ({ calls, routes, labels, count, first, perSecond, startMs, windowMs }) => {
    const byPartition: ExchangeRecord[][] = sequences.map(() => []);
    const tickAll = (timeMs: number): void => {
      const tick = tickOf();
      for (const [partition, sequence] of sequences.entries())
        byPartition[partition]!.push({ source, sequence, timeMs, event: null, tick });
    };
    // A tick stands behind everything up to its time, so it is due once the next exchange is later.
    let tickMs = startMs + TICK_EVERY_MS - 1;
    for (let n = 0; n < count; n++) {
      const finishedAtMs = startMs + Math.floor((n * 1_000) / perSecond);
      for (; finishedAtMs > tickMs; tickMs += TICK_EVERY_MS) tickAll(tickMs);
      const i = first + n;
      const event = exchangeAt(calls, routes[i % routes.length]!, { i, finishedAtMs, labels });
      const partition = partitionOfKey(event.exchangeId, partitions);
      const sequence = (sequences[partition] ?? 0) + 1;
      sequences[partition] = sequence;
      byPartition[partition]!.push({ source, sequence, timeMs: finishedAtMs, event, tick: null });
      countIn(event);
    }
    const lastMs = tickMs + windowMs + 2 * TICK_EVERY_MS;
    for (; tickMs < lastMs; tickMs += TICK_EVERY_MS) tickAll(tickMs);
    return { byPartition, endMs: tickMs - TICK_EVERY_MS };
  };
};
