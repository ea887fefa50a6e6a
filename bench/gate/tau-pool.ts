import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Measured } from '../../cli/gate/measured.ts';
import type { Pool } from './worlds.ts';

const TRIALS = '../shared/data/tau-bench/gpt-4o-airline.json';

const Trial = z.object({ task_id: z.number(), reward: z.number() });

/** Of each of tau-bench's 50 airline tasks its four recorded trials, as `task_success`; null where the file is absent. */
export const loadTauPool = (): Pool | null => {
  if (!existsSync(TRIALS)) return null;
  const trials = z.array(Trial).parse(JSON.parse(readFileSync(TRIALS, 'utf8')));
  const byTask = Map.groupBy(trials, ({ task_id }) => task_id);
  return [...byTask].map(([task, trials]) =>
    trials.map(({ reward }): Measured => {
      const caseId = String(task);
      const values = { task_success: { value: reward }, error_rate: { value: 0 } };
      return { caseId, cluster: caseId, slices: {}, repeat: 0, values };
    }),
  );
};
