import type { WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import type { Lab } from './lab.ts';

/** The windows that an analyzer has written, as a reader of the topic sees them: of each key the last row. */

export const windowsIn = async (lab: Lab): Promise<Map<string, WindowRow>> => {
  const { WINDOWS } = lab.checkout.topics;
  const rows = new Map<string, WindowRow>();
  for (let partition = 0; partition < WINDOWS.partitions; partition++)
    await lab.bus.readToEnd(WINDOWS, partition, 0, ({ key, value: { event } }) => {
      if (event !== null) rows.set(key, event);
    });
  return rows;
};

/** Items of a live metric, without slices: those with a value, and those that could have none. */
export const countedOnce = (rows: ReadonlyMap<string, WindowRow>, metric: string): number =>
  [...rows.values()]
    .filter((row) => row.metric === metric && row.kind === 'live' && row.slice === ALL)
    .reduce((sum, { count, errors, notApplicable }) => sum + count + errors + notApplicable, 0);

/** Each record of scores as text, but for when it was given. */
export const scoresIn = async (lab: Lab): Promise<Set<string>> => {
  const { SCORES } = lab.checkout.topics;
  const texts = new Set<string>();
  const isTime = (name: string): boolean => name === 'scoredAtMs';
  for (let partition = 0; partition < SCORES.partitions; partition++)
    await lab.bus.readToEnd(SCORES, partition, 0, ({ value: { event } }) => {
      if (event !== null)
        texts.add(JSON.stringify(event, (name, value: unknown) => (isTime(name) ? undefined : value)));
    });
  return texts;
};
