import type { Calls } from './calls.ts';
import type { Lab } from './lab.ts';
import { measureRound } from './round.ts';
import { setUp, type Shape } from './setup.ts';

/** How the cost of an exchange grows with slice labels and with agents, the traffic being the same. */

const SHAPES: readonly Shape[] = [
  { agents: 1, labels: 1 },
  { agents: 1, labels: 8 },
  { agents: 10, labels: 1 },
  { agents: 100, labels: 1 },
];
const WANTED = new Set(['analyzer', 'controller']);

type Options = { exchanges: number; isJson: boolean; say: (line: string) => void };

/** Resolves with the exit code: 1 if something was lost on the way. */
export const measureGrowth = async (
  labs: readonly Lab[],
  calls: Calls,
  upstreams: { v1: string; v2: string },
  { exchanges, isJson, say }: Options,
): Promise<number> => {
  const rows: { checkout: string; agents: number; labels: number; analyzerCpuUs: number; controllerCpuUs: number }[] =
    [];
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
