import type { Calls } from './calls.ts';
import type { Lab } from './lab.ts';
import { measureRound } from './round.ts';
import { setUp, type Shape } from './setup.ts';

/**
 * How the cost of an exchange grows with slice labels and with agents. A row costs about as much as ten scores do, so agents are
 * compared where each has as many exchanges in a window: the traffic is the same, and windows are as much wider as there are
 * more agents. The last three shapes are those; the first two have windows as wide as they are by default.
 */

const MINUTE_MS = 60_000;
const SHAPES: readonly Shape[] = [
  { agents: 1, labels: 1, windowMs: MINUTE_MS },
  { agents: 1, labels: 8, windowMs: MINUTE_MS },
  { agents: 1, labels: 1, windowMs: MINUTE_MS / 100 },
  { agents: 10, labels: 1, windowMs: MINUTE_MS / 10 },
  { agents: 100, labels: 1, windowMs: MINUTE_MS },
];
const WANTED = new Set(['analyzer', 'controller']);

type Row = {
  checkout: string;
  agents: number;
  labels: number;
  windowMs: number;
  /** Rows that the analyzer wrote for each exchange. */
  windowRows: number;
  analyzerCpuUs: number;
  controllerCpuUs: number;
};
type Options = { exchanges: number; isJson: boolean; say: (line: string) => void };

/** Resolves with the exit code: 1 if something was lost on the way. */
export const measureGrowth = async (
  labs: readonly Lab[],
  calls: Calls,
  upstreams: { v1: string; v2: string },
  { exchanges, isJson, say }: Options,
): Promise<number> => {
  const rows: Row[] = [];
  const notes: string[] = [];
  const losses: string[] = [];
  for (const [round, shape] of SHAPES.entries())
    for (const lab of labs) {
      const setup = await setUp(lab, calls, shape, upstreams);
      const found = await measureRound(lab, setup, { exchanges, round, wanted: WANTED, hasFloor: false, say });
      notes.push(...found.notes);
      losses.push(...found.losses);
      rows.push({
        checkout: lab.name,
        ...shape,
        windowRows: Number(found.windowRows?.toFixed(2)),
        analyzerCpuUs: Math.round(found.stages.analyzer?.cpuUs ?? Number.NaN),
        controllerCpuUs: Math.round(found.stages.controller?.cpuUs ?? Number.NaN),
      });
    }
  console.table(rows);
  for (const note of notes) console.log(`note: ${note}`);
  for (const loss of losses) console.log(`missing: ${loss}`);
  if (isJson) console.log(JSON.stringify({ growth: rows }));
  return losses.length > 0 ? 1 : 0;
};
