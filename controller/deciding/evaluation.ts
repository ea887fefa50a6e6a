import { once } from 'node:events';
import {
  type AssignedPartition,
  type Bus,
  type Consumer,
  type Incoming,
  subscription,
} from '../../platform/kafka/bus.ts';
import { GROUPS, WINDOWS } from '../../schemas/topics.ts';
import type { WindowRecord } from '../../schemas/window.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { Observation } from '../verdict/observe.ts';
import { addRecord, newQueue } from '../evidence/window-queue.ts';
import { judgeAgent, type JudgingDeps, type Lane } from './judging.ts';
import type { Ledger } from '../ledger.ts';
import { createSmokeCheck, type SendSmoke } from './smoke-check.ts';

export type EvaluationDeps = Omit<JudgingDeps, 'signal' | 'checkSmoke'> & {
  bus: Bus;
  ledger: Ledger;
  sendSmoke: SendSmoke;
};

export type Evaluation = {
  /** To be called when an agent's state has changed. */
  kick(agent: string): void;
  /** The live evidence of a rollout, if this controller owns its windows. */
  live(runId: string): { evidence: Evidence; observation: Observation } | null;
  stop(): Promise<void>;
};

/**
 * Reads the windows of the partitions that the group gives this controller, always from the first record and only once the
 * decision log is read: evidence is rebuilt by replay, so there is nothing to save and nothing to restore wrongly. Proposes the automatic steps of the agents
 * in those partitions; another controller that does so too only loses races.
 */
export const startEvaluation = async (deps: EvaluationDeps): Promise<Evaluation> => {
  const { bus, ledger } = deps;
  const lanes = new Map<number, Lane>();
  const stopping = new AbortController();
  const { signal } = stopping;
  const checkSmoke = createSmokeCheck({ ...deps, send: deps.sendSmoke, signal });
  const judging = createSerialJudging({ ...deps, checkSmoke, signal });
  const stopped = once(stopping.signal, 'abort');
  let partitions = 0;
  const agentsOf = (lane: Lane): string[] =>
    [...ledger.agents.keys()].filter((agent) => bus.partitionFor(agent, partitions) === lane.partition);

  const onRecords = async (partition: AssignedPartition, records: readonly Incoming<WindowRecord>[]): Promise<void> => {
    const lane = lanes.get(partition.partition);
    if (lane === undefined) return;
    const agents = agentsOf(lane);
    let moved = false;
    for (const record of records) moved = addRecord(lane.queue, record.value, agents) || moved;
    if (moved) for (const agent of agents) judging(lane, agent);
    const last = records.at(-1);
    if (last !== undefined) await partition.commit(last.offset + 1);
  };

  const consumer: Consumer = await bus.consume(GROUPS.controller, [
    subscription(WINDOWS, {
      onAssign: async (assigned) => {
        partitions = await bus.partitionCount(WINDOWS);
        await Promise.race([ledger.whenRead, stopped]);
        const { partition } = assigned;
        const alive = (): boolean => assigned.alive() && !stopping.signal.aborted;
        const lane: Lane = { partition, queue: newQueue(), watches: new Map(), alive };
        lanes.set(partition, lane);
        for (const agent of agentsOf(lane)) judging(lane, agent);
        return 0;
      },
      onRecords,
      onRevoke: async ({ partition }) => {
        lanes.delete(partition);
      },
    }),
  ]);

  return {
    kick: (agent) => {
      for (const lane of lanes.values()) if (agentsOf(lane).includes(agent)) judging(lane, agent);
    },
    live: (runId) => {
      for (const lane of lanes.values())
        for (const { runId: id, evidence, observation } of lane.watches.values())
          if (id === runId && observation !== null) return { evidence, observation };
      return null;
    },
    stop: async () => {
      stopping.abort();
      await consumer.stop();
    },
  };
};

/** Judges an agent in a lane, one time after the other; asked again meanwhile, once more afterwards. */
const createSerialJudging = (deps: JudgingDeps): ((lane: Lane, agent: string) => void) => {
  const busy = new WeakMap<Lane, Map<string, { again: boolean }>>();
  return (lane, agent) => {
    const inLane = busy.get(lane) ?? new Map<string, { again: boolean }>();
    busy.set(lane, inLane);
    const running = inLane.get(agent);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const turn = { again: false };
    inLane.set(agent, turn);
    void (async () => {
      do {
        turn.again = false;
        try {
          await judgeAgent(deps, lane, agent);
        } catch (error) {
          if (!deps.signal.aborted) deps.events.judgingFailed(agent, error);
        }
      } while (turn.again && lane.alive());
      inLane.delete(agent);
    })();
  };
};
