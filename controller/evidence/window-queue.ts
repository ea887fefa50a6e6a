import { type WindowRecord, type WindowRow } from '../../schemas/window.ts';

/** A tick of `coalmine.windows`, and an agent's rows between it and the tick before. */
export type WindowStep = { rows: readonly WindowRow[]; topic: string; closedThroughMs: number };

/**
 * What waits in one partition of `coalmine.windows`, by agent and in the order of the log: each tick is one step, so that
 * the order in which windows are judged follows from the log alone and not from how many records came at a time. The
 * analyzer writes rows and then the tick that closes them; of a compacted log many ticks are gone, and the rows before the
 * next one that is left make one step. Mutable: one partition's, owned by the one loop that reads it.
 */
export type WindowQueue = {
  /** By source topic: how far its windows are closed. */
  closedThroughMs: Map<string, number>;
  agents: Map<string, { rows: WindowRow[]; steps: WindowStep[] }>;
};

export const newQueue = (): WindowQueue => ({ closedThroughMs: new Map(), agents: new Map() });

/** Takes one record in; true if it moved stream time. A tick is a step of the agents given and of all that have rows. */
export const addRecord = (queue: WindowQueue, record: WindowRecord, agents: readonly string[]): boolean => {
  if (record.event !== null) waitingOf(queue, record.event.agent).rows.push(record.event);
  if (record.tick === null) return false;
  const { sourceTopic: topic, closedThroughMs } = record.tick;
  if (closedThroughMs <= (queue.closedThroughMs.get(topic) ?? -1)) return false;
  queue.closedThroughMs.set(topic, closedThroughMs);
  for (const agent of agents) waitingOf(queue, agent);
  for (const waiting of queue.agents.values()) {
    waiting.steps.push({ rows: waiting.rows, topic, closedThroughMs });
    waiting.rows = [];
  }
  return true;
};

/** The agent's next step; null while there is none, or a tick that closes one of its rows is still to come. */
export const nextStep = (queue: WindowQueue, agent: string): WindowStep | null => {
  const step = queue.agents.get(agent)?.steps[0];
  const isClosed = (row: WindowRow): boolean => row.startMs < (queue.closedThroughMs.get(row.sourceTopic) ?? -1);
  return step?.rows.every(isClosed) ? step : null;
};

/** Takes the agent's next step off the queue. */
export const dropStep = (queue: WindowQueue, agent: string): void => void queue.agents.get(agent)?.steps.shift();

const waitingOf = (queue: WindowQueue, agent: string): { rows: WindowRow[]; steps: WindowStep[] } => {
  const waiting = queue.agents.get(agent) ?? { rows: [], steps: [] };
  queue.agents.set(agent, waiting);
  return waiting;
};
