import type { WindowRecord, WindowRow } from '../../schemas/window.ts';
import { windowKeyText } from '../../schemas/window.ts';

/**
 * What waits in one partition of `coalmine.windows`. Rows of a source topic are complete for windows that start before its
 * `closedThroughMs`; until all topics that a rollout needs are that far, its rows wait here. Mutable: one partition's, owned
 * by the one loop that reads it.
 */
export type WindowGate = {
  closedThroughMs: Map<string, number>;
  /** By agent, then by row key: the analyzer may write a row again. */
  waiting: Map<string, Map<string, WindowRow>>;
};

export const newGate = (): WindowGate => ({ closedThroughMs: new Map(), waiting: new Map() });

/** Takes one record in; true if it moved stream time. */
export const addRecord = (gate: WindowGate, record: WindowRecord): boolean => {
  if (record.event !== null) putBack(gate, [record.event]);
  if (record.tick === null) return false;
  const { sourceTopic, closedThroughMs } = record.tick;
  const before = gate.closedThroughMs.get(sourceTopic) ?? -1;
  if (closedThroughMs <= before) return false;
  gate.closedThroughMs.set(sourceTopic, closedThroughMs);
  return true;
};

/** Lets rows wait (again). */
export const putBack = (gate: WindowGate, rows: readonly WindowRow[]): void => {
  for (const row of rows) {
    const waiting = gate.waiting.get(row.agent) ?? new Map<string, WindowRow>();
    waiting.set(windowKeyText(row), row);
    gate.waiting.set(row.agent, waiting);
  }
};

/** Stream time over the topics: the least of them, null until each has spoken. */
export const streamTimeMs = (gate: WindowGate, topics: readonly string[]): number | null => {
  let least = Infinity;
  for (const topic of topics) {
    const throughMs = gate.closedThroughMs.get(topic);
    if (throughMs === undefined) return null;
    least = Math.min(least, throughMs);
  }
  return Number.isFinite(least) ? least : null;
};

/** Forgets the agent's rows for which `keep` says no. */
export const forget = (gate: WindowGate, agent: string, keep: (row: WindowRow) => boolean): void => {
  const rows = gate.waiting.get(agent);
  for (const [key, row] of rows ?? []) if (!keep(row)) rows?.delete(key);
};

/** Takes out the agent's rows of windows that start before `throughMs`, by start, each start's in order of key. */
export const takeComplete = (
  gate: WindowGate,
  agent: string,
  throughMs: number,
): { startMs: number; endMs: number; rows: WindowRow[] }[] => {
  const rows = gate.waiting.get(agent) ?? new Map<string, WindowRow>();
  const complete = [...rows].filter(([, row]) => row.startMs < throughMs).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key] of complete) rows.delete(key);
  const starts = Map.groupBy(complete, ([, row]) => row.startMs);
  return [...starts]
    .sort(([a], [b]) => a - b)
    .map(([startMs, found]) => ({
      startMs,
      endMs: found.reduce((end, [, row]) => Math.max(end, row.endMs), startMs),
      rows: found.map(([, row]) => row),
    }));
};
