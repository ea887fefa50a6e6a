import { once } from 'node:events';
import {
  type AssignedPartition,
  type Bus,
  type Consumer,
  type Incoming,
  subscription,
} from '../../platform/kafka/bus.ts';
import { createRunAgain, type RunAgain } from '../../platform/process/run-again.ts';
import { GROUPS, WINDOWS } from '../../schemas/topics.ts';
import type { WindowRecord } from '../../schemas/window.ts';
import type { Live } from '../verdict/moment.ts';
import { NO_TRAFFIC, type RecentTraffic } from '../evidence/recent-traffic.ts';
import type { Look } from '../evidence/evidence-series.ts';
import { addRecord, newQueue } from '../evidence/window-queue.ts';
import { evaluateAgent, type AgentEvaluationDeps, type OwnedPartition } from './agent-evaluation.ts';
import type { Ledger } from '../ledger.ts';
import { type AskOnce, createChecking } from './checking.ts';
import { createSmokeCheck, type SendSmoke } from './smoke-check.ts';

export type EvaluationDeps = Omit<AgentEvaluationDeps, 'signal' | 'checkSmoke' | 'askChecks'> & {
  bus: Bus;
  ledger: Ledger;
  sendSmoke: SendSmoke;
  askCheck: AskOnce;
};

export type Evaluation = {
  /** To be called when an agent's state has changed. */
  kick(agent: string): void;
  /** The live evidence of a rollout, if this controller owns its windows. */
  live(runId: string): Live | null;
  /** How the evidence of a rollout came about; empty where this controller did not see it. */
  looks(runId: string): readonly Look[];
  /** Whether this controller sees to an agent: owns its windows. */
  owns(agent: string): boolean;
  /** What an agent's traffic is like of late; null if this controller does not own its windows. */
  traffic(agent: string): RecentTraffic | null;
  stop(): Promise<void>;
};

/**
 * Reads the windows of the partitions that the group gives this controller, always from the first record and only once the
 * decision log is read: evidence is rebuilt by replay, so there is nothing to save and nothing to restore wrongly. Proposes the automatic steps of the agents
 * in those partitions; another controller that does so too only loses races.
 */
export const startEvaluation = async (deps: EvaluationDeps): Promise<Evaluation> => {
  const { bus, ledger } = deps;
  const ownedPartitions = new Map<number, { owned: OwnedPartition; evaluation: RunAgain<string> }>();
  const stopping = new AbortController();
  const { signal } = stopping;
  const checkSmoke = createSmokeCheck({ ...deps, send: deps.sendSmoke, signal });
  const live = (runId: string): Live | null => {
    for (const { owned } of ownedPartitions.values())
      for (const { runId: id, evidence, observation } of owned.watches.values())
        if (id === runId && observation !== null) return { evidence, observation };
    return null;
  };
  const askChecks = createChecking({ ...deps, ask: deps.askCheck, live, signal });
  const evaluate = async (owned: OwnedPartition, agent: string): Promise<void> => {
    try {
      await evaluateAgent({ ...deps, checkSmoke, askChecks, signal }, owned, agent);
    } catch (error) {
      if (!signal.aborted) deps.events.judgingFailed(agent, error);
    }
  };
  const stopped = once(stopping.signal, 'abort');
  let partitions = 0;
  const agentsOf = (owned: OwnedPartition): string[] =>
    [...ledger.agents.keys()].filter((agent) => bus.partitionFor(agent, partitions) === owned.partition);

  const ownerOf = (agent: string): OwnedPartition | undefined =>
    [...ownedPartitions.values()].map(({ owned }) => owned).find((owned) => agentsOf(owned).includes(agent));

  const onRecords = async (partition: AssignedPartition, records: readonly Incoming<WindowRecord>[]): Promise<void> => {
    const found = ownedPartitions.get(partition.partition);
    if (found === undefined) return;
    const { owned, evaluation } = found;
    const agents = agentsOf(owned);
    let moved = false;
    for (const record of records) moved = addRecord(owned.queue, record.value, agents) || moved;
    if (moved) for (const agent of agents) evaluation.ask(agent);
    const last = records.at(-1);
    if (last !== undefined) void partition.commit(last.offset + 1);
  };

  const consumer: Consumer = await bus.consume(GROUPS.controller, [
    subscription(WINDOWS, {
      onAssign: async (assigned) => {
        partitions = await bus.partitionCount(WINDOWS);
        await Promise.race([ledger.whenRead, stopped]);
        const { partition } = assigned;
        const alive = (): boolean => assigned.alive() && !stopping.signal.aborted;
        const owned: OwnedPartition = {
          partition,
          queue: newQueue(),
          watches: new Map(),
          traffic: new Map(),
          series: new Map(),
          inService: new Map(),
          coverage: new Map(),
          alive,
        };
        const evaluation = createRunAgain<string>(
          (agent) => evaluate(owned, agent),
          () => !alive(),
        );
        ownedPartitions.set(partition, { owned, evaluation });
        for (const agent of agentsOf(owned)) evaluation.ask(agent);
        return 0;
      },
      onRecords,
      onRevoke: async ({ partition }) => {
        ownedPartitions.delete(partition);
      },
    }),
  ]);

  return {
    kick: (agent) => {
      for (const { owned, evaluation } of ownedPartitions.values())
        if (agentsOf(owned).includes(agent)) evaluation.ask(agent);
    },
    live,
    looks: (runId) => [...ownedPartitions.values()].flatMap(({ owned }) => owned.series.get(runId)?.looks ?? []),
    owns: (agent) => ownerOf(agent) !== undefined,
    traffic: (agent) => {
      const owned = ownerOf(agent);
      return owned === undefined ? null : (owned.traffic.get(agent) ?? NO_TRAFFIC);
    },
    stop: async () => {
      stopping.abort();
      await consumer.stop();
    },
  };
};
